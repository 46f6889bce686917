extension RouteTable {
    /// The first version, of the protocol and of the stored table, that knows scopes.
    package static let scopesVersion: UInt32 = 2

    /// Whether anything in the table is of a scope.
    package var namesScopes: Bool { !listeners.isEmpty || routes.contains { $0.scope != nil } }

    /// The table as one who speaks this version understands it.
    ///
    /// One who knows no scopes would take a scope's routes for everybody's, so that they are left out for it.
    package func spoken(in version: UInt32) -> RouteTable {
        guard version < Self.scopesVersion, namesScopes else { return self }
        var table = self
        table.listeners = []
        table.routes.removeAll { $0.scope != nil }
        return table
    }
}

extension ControlRequest {
    /// The request as one who speaks this version understands it.
    package func spoken(in version: UInt32) -> ControlRequest {
        guard case .publish(let table, let mustPersist) = self else { return self }
        return .publish(table.spoken(in: version), mustPersist: mustPersist)
    }
}

extension ControlReply {
    /// The answer as one who speaks this version understands it.
    package func spoken(in version: UInt32) -> ControlReply {
        guard case .table(let table) = self else { return self }
        return .table(table.spoken(in: version))
    }
}
