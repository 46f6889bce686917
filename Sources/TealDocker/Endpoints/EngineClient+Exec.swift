extension EngineClient {
    /// How a command beside a container stands.
    struct ExecState: Sendable {
        let isRunning: Bool
        let exitCode: Int?
        /// The host's id of its process.
        let pid: Int?
    }

    /// Prepares a command in a container.
    ///
    /// - Returns: The exec's id.
    func createExec(
        _ command: [String],
        in container: String,
        withInput: Bool = false
    ) async throws(DockerError) -> String {
        var call = EngineCall("POST", "/containers/\(EngineCall.part(container))/exec", "create exec")
        call.body = [
            "AttachStdin": .bool(withInput), "AttachStdout": true, "AttachStderr": true, "Cmd": JSONValue(command),
        ]
        guard let id = try await json(call)["Id"].string else {
            throw .unreadable(call: call.what, reason: "it has no id")
        }
        return id
    }

    /// Runs a prepared command; the stream of its outputs ends with it.
    func startExec(_ id: String) async throws(DockerError) -> EngineStream {
        var call = EngineCall("POST", "/exec/\(EngineCall.part(id))/start", "start exec")
        call.body = ["Detach": false, "Tty": false]
        return try await open(call)
    }

    /// Runs a prepared command with an input, over a connection of its own.
    func startExec(
        _ id: String,
        _ use: @escaping @Sendable (HijackedStream) async throws(DockerError) -> Void
    ) async throws(DockerError) {
        var call = EngineCall("POST", "/exec/\(EngineCall.part(id))/start", "start exec")
        call.body = ["Detach": false, "Tty": false]
        try await HijackedCall(socket: socket, call: call, version: try await version()).run(use)
    }

    func exec(_ id: String) async throws(DockerError) -> ExecState {
        let json = try await json(EngineCall("GET", "/exec/\(EngineCall.part(id))/json", "inspect exec"))
        return ExecState(
            isRunning: json["Running"].bool ?? false,
            exitCode: json["ExitCode"].int,
            pid: json["Pid"].int.flatMap { $0 > 0 ? $0 : nil }
        )
    }
}
