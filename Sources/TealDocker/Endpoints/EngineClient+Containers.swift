extension EngineClient {
    /// The ids of the containers that carry all of these labels, running or not.
    func containers(labelled labels: [String: String]) async throws(DockerError) -> [String] {
        var call = EngineCall("GET", "/containers/json", "list containers")
        let filter = labels.sorted { $0.key < $1.key }.map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }
        call.query = [("all", "1"), EngineCall.filters(["label": filter])]
        return try await json(call).array.compactMap { $0["Id"].string }
    }

    /// What is known of a container by its id or name; nil when there is none.
    func container(_ id: String) async throws(DockerError) -> ContainerFacts? {
        let call = EngineCall("GET", "/containers/\(EngineCall.part(id))/json", "inspect container")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let facts = JSONValue(parsing: answer.bytes).flatMap({ ContainerFacts($0) }) else {
            throw .unreadable(call: call.what, reason: "it is no container")
        }
        return facts
    }

    /// All that the engine says of a container; nil when there is none.
    func inspectedContainer(_ id: String) async throws(DockerError) -> JSONValue? {
        let call = EngineCall("GET", "/containers/\(EngineCall.part(id))/json", "inspect container")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let json = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: call.what, reason: "it is no JSON")
        }
        return json
    }

    /// Makes a container under a name.
    ///
    /// - Returns: Its id.
    func createContainer(
        _ body: JSONValue,
        named name: String,
        platform: String? = nil
    ) async throws(DockerError) -> String {
        var call = EngineCall("POST", "/containers/create", "create container", limit: EngineCall.longLimit)
        call.query = [("name", name)]
        if let platform { call.query.append(("platform", platform)) }
        call.body = body
        guard let id = try await json(call)["Id"].string else {
            throw .unreadable(call: call.what, reason: "it has no id")
        }
        return id
    }

    /// Starts a container; one that runs is left as it is.
    func startContainer(_ id: String) async throws(DockerError) {
        _ = try await answer(change(id, "start", "start container", limit: EngineCall.longLimit))
    }

    /// Sends a signal; succeeds when nothing of it runs.
    func signalContainer(_ id: String, _ signal: String) async throws(DockerError) {
        var call = change(id, "kill", "signal container")
        call.query = [("signal", signal)]
        // 409 says that it does not run.
        _ = try await answer(call, accepting: [404, 409])
    }

    /// Stops a container at once, also one that waits for its next start.
    func haltContainer(_ id: String) async throws(DockerError) {
        var call = change(id, "stop", "stop container", limit: EngineCall.longLimit)
        call.query = [("t", "0")]
        _ = try await answer(call, accepting: [404])
    }

    /// Stops a container with its own signal and its own time, and waits for that, for `limit` at most.
    func endContainer(_ id: String, within limit: Duration) async throws(DockerError) {
        _ = try await answer(change(id, "stop", "stop container", limit: limit), accepting: [404])
    }

    /// Waits until a container does not run, for `limit` at most.
    ///
    /// - Returns: Its exit code; nil when it runs on, or is gone.
    func waitForEnd(_ id: String, within limit: Duration) async throws(DockerError) -> Int? {
        var call = change(id, "wait", "wait for container", limit: limit)
        call.query = [("condition", "not-running")]
        do throws(DockerError) {
            let answer = try await answer(call, accepting: [404])
            return JSONValue(parsing: answer.bytes)?["StatusCode"].int
        } catch {
            if case .timedOut = error { return nil }
            throw error
        }
    }

    /// What a container uses now; nil when there is none, or it does not run.
    ///
    /// One look, without the second that the Engine otherwise waits for a second one (API v1.41, `one-shot`).
    func usage(of id: String) async throws(DockerError) -> ContainerUsage? {
        var call = EngineCall("GET", "/containers/\(EngineCall.part(id))/stats", "container stats")
        call.query = [("stream", "false"), ("one-shot", "true")]
        let answer = try await answer(call, accepting: [404, 409])
        guard answer.status == 200 else { return nil }
        guard let json = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: call.what, reason: "it is no JSON")
        }
        return ContainerUsage(json)
    }

    func unpauseContainer(_ id: String) async throws(DockerError) {
        _ = try await answer(change(id, "unpause", "unpause container"))
    }

    func renameContainer(_ id: String, to name: String) async throws(DockerError) {
        var call = change(id, "rename", "rename container")
        call.query = [("name", name)]
        _ = try await answer(call)
    }

    func setRestartPolicy(_ name: String, of id: String) async throws(DockerError) {
        var call = change(id, "update", "update container")
        call.body = ["RestartPolicy": ["Name": .string(name), "MaximumRetryCount": 0]]
        _ = try await answer(call)
    }

    /// Removes a container, running or not; succeeds when it is not there.
    func removeContainer(_ id: String, withVolumes: Bool) async throws(DockerError) {
        var call = EngineCall(
            "DELETE",
            "/containers/\(EngineCall.part(id))",
            "remove container",
            limit: EngineCall.longLimit
        )
        call.query = [("force", "1"), ("v", withVolumes ? "1" : "0")]
        let answer = try await answer(call, accepting: [404, 409])
        // 409 says that somebody else removes it just now.
        guard answer.status == 409 else { return }
        guard answer.message.contains("already in progress") else {
            throw .status(answer.status, message: answer.message, call: call.what)
        }
        for _ in 0..<100 {
            guard try await container(id) != nil else { return }
            do {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                throw .cancelled
            }
        }
        throw .timedOut(call: call.what, after: .seconds(10))
    }

    /// What a container wrote.
    ///
    /// - Parameters:
    ///   - id: The container.
    ///   - tail: How many of the last lines to begin with; nil for all.
    ///   - since: Only what was written after this moment, `seconds.nanoseconds` since 1970.
    ///   - follow: Whether to go on until it ends.
    /// - Returns: The stream; each line begins with its moment.
    /// - Throws: What the engine or the connection said, such as that the log driver only writes.
    func log(
        of id: String,
        tail: Int?,
        since: String? = nil,
        follow: Bool = false
    ) async throws(DockerError) -> EngineStream {
        var call = EngineCall("GET", "/containers/\(EngineCall.part(id))/logs", "read log")
        call.query = [("stdout", "1"), ("stderr", "1"), ("timestamps", "1"), ("tail", tail.map { "\($0)" } ?? "all")]
        if let since { call.query.append(("since", since)) }
        if follow { call.query.append(("follow", "1")) }
        return try await open(call)
    }

    /// What a container writes from now on, whatever its log driver.
    func attach(to id: String) async throws(DockerError) -> EngineStream {
        var call = change(id, "attach", "attach to container")
        call.query = [("stdout", "1"), ("stderr", "1"), ("stream", "1"), ("logs", "0")]
        return try await open(call)
    }

    /// The first file of what a container has at a path, running or not, its volumes included.
    ///
    /// - Returns: Nil when nothing is there.
    func firstEntry(of id: String, at path: String, bytesMax: Int) async throws(DockerError) -> TarEntry? {
        var call = EngineCall("GET", "/containers/\(EngineCall.part(id))/archive", "read from container")
        call.query = [("path", path)]
        let read = call
        return try await withDeadline(call.limit, call.what) { [self] () async throws(DockerError) in
            do throws(DockerError) {
                return TarEntry(first: try await open(read).prefix(bytesMax: bytesMax))
            } catch {
                guard error.isNotFound else { throw error }
                return nil
            }
        }
    }

    private func change(
        _ id: String,
        _ verb: String,
        _ what: String,
        limit: Duration = EngineCall.shortLimit
    ) -> EngineCall {
        EngineCall("POST", "/containers/\(EngineCall.part(id))/\(verb)", what, limit: limit)
    }
}
