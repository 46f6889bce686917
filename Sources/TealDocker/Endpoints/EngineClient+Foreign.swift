import TealCore
import TealDriverKit

/// Containers that Teal did not make.
extension EngineClient {
    /// The running containers that publish a TCP port of the host (`GET /containers/json`, filter `publish`).
    func containers(publishing port: Int) async throws(DockerError) -> [JSONValue] {
        var call = EngineCall("GET", "/containers/json", "list containers")
        call.query = [EngineCall.filters(["publish": ["\(port)/tcp"], "status": ["running", "paused", "restarting"]])]
        return try await json(call).array
    }

    /// What else is known of one of them: its stop limit in seconds and its restart policy.
    func settings(of id: String) async throws(DockerError) -> (stopSeconds: Int, restartPolicy: String)? {
        let call = EngineCall("GET", "/containers/\(EngineCall.part(id))/json", "inspect container")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404, let json = JSONValue(parsing: answer.bytes) else { return nil }
        let policy = json["HostConfig"]["RestartPolicy"]["Name"].string ?? ""
        return (json["Config"]["StopTimeout"].int ?? 10, policy.isEmpty ? "no" : policy)
    }

    /// Stops a container with its own signal; after the limit, in whole seconds, it is killed.
    func stopContainer(_ id: String, within limit: Duration) async throws(DockerError) {
        var call = EngineCall(
            "POST",
            "/containers/\(EngineCall.part(id))/stop",
            "stop container",
            limit: limit + EngineCall.shortLimit
        )
        call.query = [("t", "\(limit.components.seconds)")]
        _ = try await answer(call, accepting: [404])
    }
}
