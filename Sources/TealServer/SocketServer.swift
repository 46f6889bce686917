import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
import TealAPI
package import TealCore

/// Answers the API on a Unix socket; whoever may open the socket may do everything.
///
/// The socket is bound under another name, given mode 0660 and its group, and only then renamed into place, so that it is
/// never open to others. A socket that is left over is replaced; anything else in its place is left alone, and so is, at the
/// end, a socket that another daemon has put there.
package struct SocketServer: Service {
    /// The most connections at a time.
    static let connectionsMax = 512

    let place: SocketPlace
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
        place = SocketPlace(path: path)
        try place.checkLength()
        self.groupID = groupID
        self.router = router
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        try place.prepare()
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
                address: .unixDomainSocket(path: place.boundPath),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)
            ),
            onServerRunning: { channel in
                do throws(Problem) {
                    await opened.put(try place.put(groupID: groupID))
                    logger.info("API answers", metadata: ["socket.path": "\(place.path)"])
                    onListening()
                } catch {
                    await opened.fail(error)
                    // The server has nothing to answer on; closing its channel ends `run`.
                    channel.close(promise: nil)
                }
            },
            logger: quiet
        )
        do {
            try await application.run()
        } catch {
            // Once it has answered, what ends it is no matter of its place any more.
            guard await opened.file == nil else { throw error }
            throw error as? Problem ?? place.failed("bind", "\(error)")
        }
        if let failure = await opened.failure { throw failure }
        if let own = await opened.file { place.remove(own) }
    }
}

/// Remembers which socket was opened, or why it could not be.
private actor OpenedSocket {
    private(set) var failure: Problem?
    private(set) var file: SocketPlace.File?

    func put(_ file: SocketPlace.File) { self.file = file }

    func fail(_ problem: Problem) { failure = problem }
}
