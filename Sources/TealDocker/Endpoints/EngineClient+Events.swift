extension EngineClient {
    /// What happens to containers from a moment on, `seconds.nanoseconds` since 1970.
    ///
    /// Networks are told of as well: their events carry no label, so that they cannot be asked for by one.
    func events(since: String) async throws(DockerError) -> EngineStream {
        var call = EngineCall("GET", "/events", "follow events")
        call.query = [("since", since), EngineCall.filters(["type": ["container", "network"]])]
        return try await open(call)
    }
}
