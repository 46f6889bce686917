/// Where the daemon's socket is.
package enum SocketPath {
    /// The home of a daemon that serves the whole host.
    package static let systemHome = "/var/lib/teal"
    /// The socket of that daemon.
    package static let systemSocket = "/run/teal/teal.sock"

    /// The socket that is meant by what a person said.
    ///
    /// - Parameters:
    ///   - socket: A path that was named (`--socket`, `TEAL_SOCKET`); it wins.
    ///   - home: A daemon's home that was named (`--home`, `TEAL_HOME`).
    /// - Returns: A path; nothing is looked up.
    package static func choose(socket: String?, home: String?) -> String {
        if let socket { return socket }
        guard let home, home != systemHome else { return systemSocket }
        return home + (home.hasSuffix("/") ? "" : "/") + "run/teal.sock"
    }
}
