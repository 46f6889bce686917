import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
import TealAPI
package import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Answers the API on a Unix socket; whoever may open the socket may do everything.
///
/// The socket is bound under another name, given mode 0660 and its group, and only then renamed into place, so that it is
/// never open to others. One daemon per home is the caller's duty (`flock`): a socket that is left over is replaced.
package struct SocketServer: Service {
    /// Is added to the path while the socket is made.
    static let newSuffix = ".new"
    /// The most connections at a time.
    static let connectionsMax = 512

    let path: String
    let groupID: UInt32?
    let router: APIRouter
    let logger: Logger
    let onListening: @Sendable () -> Void

    /// Checks the path.
    ///
    /// - Parameters:
    ///   - path: Where the socket is to be, an absolute path in a directory that exists.
    ///   - groupID: The group that may use it; nil for the process's own.
    ///   - router: The API.
    ///   - logger: Where failures are written.
    ///   - onListening: Called when the socket answers at its path.
    /// - Throws: `daemon.socket-path` when the system cannot hold so long a path.
    package init(
        path: String,
        groupID: UInt32? = nil,
        router: APIRouter,
        logger: Logger,
        onListening: @escaping @Sendable () -> Void = {}
    ) throws(Problem) {
        let bytesMax = APILimits.socketPathBytesMax - Self.newSuffix.utf8.count
        guard path.utf8.count <= bytesMax else {
            throw Problem(
                "daemon.socket-path",
                "the daemon cannot start: the path of its socket has \(path.utf8.count) bytes, and \(bytesMax) are allowed",
                at: [path],
                next: ["Choose a shorter directory with `teal serve --home` or TEAL_HOME"]
            )
        }
        self.path = path
        self.groupID = groupID
        self.router = router
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let bound = path + Self.newSuffix
        let opened = OpenedSocket()
        // The server would name the socket by the path that it is bound at.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: router.router(),
            server: .http1(
                configuration: .init(additionalChannelHandlers: [CallerEndHandler()], idleTimeout: .seconds(60))
            ),
            configuration: .init(
                address: .unixDomainSocket(path: bound),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)
            ),
            onServerRunning: { channel in
                if let failure = put(bound) {
                    logger.error("Socket could not be put in its place", metadata: ["error": "\(failure)"])
                    await opened.fail(failure)
                    // The server has nothing to answer on; closing its channel ends `run`.
                    channel.close(promise: nil)
                } else {
                    logger.info("API answers", metadata: ["socket.path": "\(path)"])
                    onListening()
                }
            },
            logger: quiet
        )
        try await application.run()
        if let failure = await opened.failure { throw failure }
        // It may be gone already, or belong to nobody; the next daemon replaces it in either case.
        _ = unlink(path)
    }

    /// Gives the bound socket its mode and group and moves it to its path; the failure in words, or nil.
    private func put(_ bound: String) -> Problem? {
        guard chmod(bound, 0o660) == 0 else { return failed("chmod") }
        if let groupID, chown(bound, uid_t.max, groupID) != 0 { return failed("chown") }
        return rename(bound, path) == 0 ? nil : failed("rename")
    }

    private func failed(_ call: String) -> Problem {
        Problem(
            "daemon.socket",
            "the daemon cannot start: its socket could not be made (\(call): \(String(cString: strerror(errno))))",
            at: [path],
            next: ["Check who may write to the directory, or choose another with `teal serve --home`"]
        )
    }
}

/// Remembers why the socket could not be opened.
private actor OpenedSocket {
    private(set) var failure: Problem?

    func fail(_ problem: Problem) { failure = problem }
}
