/// Where the files of one replica, or of one once-only run, lie in its directory.
package struct ReplicaFiles: Hashable, Sendable {
    package let directory: String

    package init(_ directory: String) { self.directory = directory }

    /// What to run, secrets included (0600).
    ///
    /// See ``LaunchSpec``.
    package var spec: String { directory + "/spec" }
    /// How it stands.
    ///
    /// See ``ReplicaRecord``.
    package var state: String { directory + "/state" }
    /// `flock`ed by the shim for its life.
    package var lock: String { directory + "/lock" }
    /// The shim's control socket.
    package var socket: String { directory + "/s" }
    /// What it wrote; older parts in `log.1`, `log.2`.
    package var log: String { directory + "/log" }
    /// Of a once-only run: written before it begins.
    ///
    /// See ``OnceRecord``.
    package var begun: String { directory + "/begun" }
    /// Of a once-only run: written when it has ended.
    package var end: String { directory + "/end" }

    /// The log's parts on disk, oldest first.
    package func logParts(_ count: Int) -> [String] {
        (1..<max(count, 1)).reversed().map { "\(log).\($0)" } + [log]
    }
}
