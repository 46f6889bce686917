import TealCore

extension EngineClient {
    /// How long a pull, or the unpacking of an image, may take.
    static let pullLimit: Duration = .seconds(60 * 60)
    /// How long a pull may take that only asks what a name stands for: a command gives up after ten minutes.
    static let askingPullLimit: Duration = .seconds(9 * 60)

    /// What is known of an image on the host, by id, name or `name@digest`; nil when it is not there.
    func image(_ name: String) async throws(DockerError) -> ImageFacts? {
        let call = EngineCall("GET", "/images/\(EngineCall.imagePart(name))/json", "inspect image")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let facts = JSONValue(parsing: answer.bytes).flatMap({ ImageFacts($0) }) else {
            throw .unreadable(call: call.what, reason: "it is no image")
        }
        return facts
    }

    /// All that the engine says of an image on the host; nil when it is not there.
    func inspectedImage(_ name: String) async throws(DockerError) -> JSONValue? {
        let call = EngineCall("GET", "/images/\(EngineCall.imagePart(name))/json", "inspect image")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let json = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: call.what, reason: "it is no JSON")
        }
        return json
    }

    /// Pulls an image by its digest.
    ///
    /// Many failures come after a status of 200, in the stream; both kinds are thrown.
    func pull(_ name: String, digest: String, login: RegistryLogin?) async throws(DockerError) {
        try await pull(name, digest, login, "pull \(name)@\(digest)", within: Self.pullLimit)
    }

    /// Pulls what a name stands for now, for an engine that asks a registry in no other way.
    ///
    /// - Parameters:
    ///   - name: The whole name, with its registry.
    ///   - reference: Which of its images; the digest where it has one, else the tag.
    ///   - login: Who asks; nil for anybody.
    /// - Throws: What kept it from being pulled.
    func pullAsked(_ name: String, _ reference: ImageReference, login: RegistryLogin?) async throws(DockerError) {
        let version = reference.digest ?? reference.tag ?? "latest"
        try await pull(name, version, login, Self.askingRegistry + "\(reference)", within: Self.askingPullLimit)
    }

    private func pull(
        _ name: String,
        _ version: String,
        _ login: RegistryLogin?,
        _ what: String,
        within limit: Duration
    ) async throws(DockerError) {
        var call = EngineCall("POST", "/images/create", what, limit: .seconds(120))
        call.query = [("fromImage", name), ("tag", version)]
        call.registryAuth = login?.header
        let pull = call
        try await withDeadline(limit, what) { [self] () async throws(DockerError) in
            try await open(pull).forEachValue { _ async throws(DockerError) in }
        }
    }

    /// Gives an image a further name.
    func tagImage(_ image: String, repository: String, tag: String) async throws(DockerError) {
        var call = EngineCall("POST", "/images/\(EngineCall.imagePart(image))/tag", "tag image")
        call.query = [("repo", repository), ("tag", tag)]
        _ = try await answer(call)
    }

    /// Takes a name from an image, and the image away with its last one.
    ///
    /// - Returns: False when something needs it, or it is not there.
    func removeImage(_ name: String) async throws(DockerError) -> Bool {
        var call = EngineCall(
            "DELETE",
            "/images/\(EngineCall.imagePart(name))",
            "remove image",
            limit: EngineCall.longLimit
        )
        call.query = [("noprune", "0")]
        return try await answer(call, accepting: [404, 409]).status < 400
    }

    /// The names of images that begin with a prefix, `repository:tag` each.
    func imageTags(in prefix: String) async throws(DockerError) -> [String] {
        let answer = try await json(EngineCall("GET", "/images/json", "list images"))
        return answer.array.flatMap { $0["RepoTags"].strings }.filter { $0.hasPrefix(prefix) }
    }
}
