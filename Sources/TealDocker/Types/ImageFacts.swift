/// What the Engine says of an image that is on the host (`GET /images/{name}/json`).
package struct ImageFacts: Hashable, Sendable {
    /// `sha256:…`.
    package let id: String
    /// The user that it runs as; nil for root.
    package let user: String?
    /// The program before its command.
    let entrypoint: [String]
    /// What runs a command that is a text; empty for `/bin/sh -c`.
    let shell: [String]
    /// The signal that ends it, with `SIG`; nil where it does not say.
    let stopSignal: String?
    /// The TCP ports that it says it listens on, ascending.
    package let exposedPorts: [Int]
    /// Where it wants volumes, ascending.
    package let volumes: [String]
    /// Its HEALTHCHECK; nil for none.
    package let healthcheck: Healthcheck?
    /// The same as the Engine has it, with its own interval and retries.
    let healthcheckSettings: [String: JSONValue]
    package let sizeBytes: Int?
    package let environment: [String]
    /// `repository:tag`, as the Engine shows them.
    package let tags: [String]
    /// `repository@sha256:…`, of every registry that it came from or went to.
    package let digests: [String]

    /// An image's own health check.
    package struct Healthcheck: Hashable, Sendable {
        /// The program and its arguments.
        package let command: [String]
        package let timeout: Duration

        package init(command: [String], timeout: Duration) {
            self.command = command
            self.timeout = timeout
        }

        /// Follows the OCI image specification's Docker extension: `Test` is `[]`, `["NONE"]`, `["CMD", …]` or
        /// `["CMD-SHELL", text]`; a shell's text is run by the image's own `Shell`, or `/bin/sh -c`.
        ///
        /// - Returns: Nil where nothing is checked.
        init?(_ settings: JSONValue, shell: [String]) {
            let test = settings["Test"].strings
            switch test.first {
            case "CMD": command = Array(test.dropFirst())
            case "CMD-SHELL": command = (shell.isEmpty ? ["/bin/sh", "-c"] : shell) + test.dropFirst()
            default: return nil
            }
            guard !command.isEmpty else { return nil }
            let nanoseconds = settings["Timeout"].int ?? 0
            timeout = nanoseconds > 0 ? .nanoseconds(nanoseconds) : .seconds(30)
        }
    }

    package var hasHealthcheck: Bool { healthcheck != nil }
    package var runsAsRoot: Bool { user.map { ContainerUser(parsing: $0).isRoot } ?? true }

    /// - Returns: Nil for what is no image.
    init?(_ json: JSONValue) {
        guard let id = json["Id"].string else { return nil }
        self.id = id
        let config = json["Config"]
        user = config["User"].string.flatMap { $0.isEmpty ? nil : $0 }
        entrypoint = config["Entrypoint"].strings
        shell = config["Shell"].strings
        stopSignal = config["StopSignal"].string.flatMap { $0.isEmpty ? nil : $0 }
        exposedPorts = config["ExposedPorts"].object.keys.compactMap(Self.tcpPort).sorted()
        volumes = config["Volumes"].object.keys.sorted()
        healthcheck = Healthcheck(config["Healthcheck"], shell: shell)
        healthcheckSettings = config["Healthcheck"].object
        sizeBytes = json["Size"].int
        environment = config["Env"].strings
        // An image that has lost its last tag is listed by its digest, or as none.
        tags = json["RepoTags"].strings.filter { !$0.contains("@") && !$0.hasPrefix("<none>") }
        digests = json["RepoDigests"].strings
    }

    /// The manifest digest that a repository knows the image by; nil when it was neither pulled from there nor pushed.
    func digest(in repository: String) -> String? {
        digests.lazy.compactMap { text -> String? in
            guard let at = text.lastIndex(of: "@"), Self.familiar(String(text[..<at])) == repository else { return nil }
            return String(text[text.index(after: at)...])
        }.first
    }

    /// Podman writes the whole names of Docker Hub's images.
    private static func familiar(_ repository: String) -> String {
        for prefix in ["docker.io/library/", "docker.io/"] where repository.hasPrefix(prefix) {
            return String(repository.dropFirst(prefix.count))
        }
        return repository
    }

    private static func tcpPort(_ text: String) -> Int? {
        let parts = text.split(separator: "/")
        guard parts.count == 1 || (parts.count == 2 && parts[1] == "tcp") else { return nil }
        return Int(parts[0]).flatMap { (1...65535).contains($0) ? $0 : nil }
    }
}

/// A user as images and people write it: `user`, `uid`, `user:group` or `uid:gid`.
package struct ContainerUser: Hashable, Sendable {
    package let name: String

    package init(parsing text: String) {
        name = text.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    }

    package var isRoot: Bool { name.isEmpty || name == "root" || Int(name) == 0 }
}
