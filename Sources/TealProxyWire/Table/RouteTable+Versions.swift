extension RouteTable {
    /// The first version, of the protocol and of the stored table, that knows scopes.
    package static let scopesVersion: UInt32 = 2
    /// The first version, of the protocol and of the stored table, that knows ports of the host.
    package static let portsVersion: UInt32 = 3

    /// Whether anything in the table is of a scope.
    package var namesScopes: Bool { !listeners.isEmpty || routes.contains { $0.scope != nil } }

    /// The scopes of ports of the host.
    package var portScopes: Set<String> { Set(listeners.filter(\.isPort).map(\.scope)) }

    /// Whether the proxy takes requests at ports of the host by it.
    package var namesPorts: Bool { listeners.contains(where: \.isPort) }

    /// The table as one who speaks this version understands it.
    ///
    /// One who knows no scopes would take a scope's routes for everybody's, and one who knows no ports would refuse theirs,
    /// so that they are left out for it.
    package func spoken(in version: UInt32) -> RouteTable {
        guard version < Self.portsVersion, namesScopes else { return self }
        var table = self
        if version < Self.scopesVersion {
            table.listeners = []
            table.routes.removeAll { $0.scope != nil }
        } else {
            let ports = portScopes
            table.listeners.removeAll(where: \.isPort)
            table.routes.removeAll { $0.scope.map(ports.contains) ?? false }
        }
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
        switch self {
        case .table(let table): return .table(table.spoken(in: version))
        case .status(var status) where version < RouteTable.portsVersion:
            status.scoped?.removeAll(where: \.listener.isPort)
            return .status(status)
        default: return self
        }
    }
}
