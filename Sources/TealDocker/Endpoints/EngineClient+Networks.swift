extension EngineClient {
    /// Every network.
    func networks() async throws(DockerError) -> [NetworkFacts] {
        try await json(EngineCall("GET", "/networks", "list networks")).array.compactMap { NetworkFacts($0) }
    }

    /// What is known of a network, with its members; nil when there is none.
    func network(_ id: String) async throws(DockerError) -> NetworkFacts? {
        let call = EngineCall("GET", "/networks/\(EngineCall.part(id))", "inspect network")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let facts = JSONValue(parsing: answer.bytes).flatMap({ NetworkFacts($0) }) else {
            throw .unreadable(call: call.what, reason: "it is no network")
        }
        return facts
    }

    /// Makes a bridge network.
    ///
    /// - Returns: Its id.
    func createNetwork(_ body: JSONValue) async throws(DockerError) -> String {
        var call = EngineCall("POST", "/networks/create", "create network", limit: EngineCall.longLimit)
        call.body = body
        guard let id = try await json(call)["Id"].string else {
            throw .unreadable(call: call.what, reason: "it has no id")
        }
        return id
    }

    /// Removes a network.
    ///
    /// - Returns: False when something is in it, or it is not there.
    func removeNetwork(_ id: String) async throws(DockerError) -> Bool {
        let call = EngineCall(
            "DELETE",
            "/networks/\(EngineCall.part(id))",
            "remove network",
            limit: EngineCall.longLimit
        )
        return try await answer(call, accepting: [403, 404, 409]).status < 400
    }

    func connect(_ container: String, to network: String, endpoint: JSONValue) async throws(DockerError) {
        var call = EngineCall("POST", "/networks/\(EngineCall.part(network))/connect", "connect container")
        call.body = ["Container": .string(container), "EndpointConfig": endpoint]
        _ = try await answer(call)
    }

    func disconnect(_ container: String, from network: String) async throws(DockerError) {
        var call = EngineCall("POST", "/networks/\(EngineCall.part(network))/disconnect", "disconnect container")
        call.body = ["Container": .string(container), "Force": true]
        _ = try await answer(call, accepting: [404])
    }
}
