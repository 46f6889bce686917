import Glibc

/// Where the Engine's socket is.
enum DockerSocket {
    /// Where an Engine usually listens; the place that is named where there is none.
    static let usual = "/var/run/docker.sock"

    /// The socket to use: the one that was named, else the one of `DOCKER_HOST`, else the first that is there.
    ///
    /// - Parameters:
    ///   - named: What the daemon was started with, a path, also behind `unix://`.
    ///   - dockerHost: The variable `DOCKER_HOST`; only sockets of this host count.
    ///   - user: Whose sockets are looked for beside the system's.
    ///   - isThere: Whether there is something at a path.
    /// - Returns: A path, whether or not there is a socket.
    static func choose(
        named: String?,
        dockerHost: String?,
        user: uid_t,
        isThere: (String) -> Bool
    ) -> String {
        if let named { return path(named) ?? named }
        if let dockerHost, let path = path(dockerHost) { return path }
        return candidates(of: user).first(where: isThere) ?? usual
    }

    /// In the order in which they are tried.
    static func candidates(of user: uid_t) -> [String] {
        [
            usual, "/run/user/\(user)/docker.sock", "/run/podman/podman.sock", "/run/user/\(user)/podman/podman.sock",
        ]
    }

    /// The path of `unix:///var/run/docker.sock`; nil for other forms.
    private static func path(_ text: String) -> String? {
        guard text.hasPrefix("unix://") else { return nil }
        let path = text.dropFirst("unix://".count)
        return path.hasPrefix("/") ? String(path) : nil
    }

    /// Whether `DOCKER_HOST` names an Engine that is not this host's, which Teal does not use.
    static func isElsewhere(_ dockerHost: String?) -> Bool {
        dockerHost.map { !$0.isEmpty && path($0) == nil } ?? false
    }
}
