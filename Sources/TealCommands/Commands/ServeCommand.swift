import ArgumentParser
import TealClient
import TealCore

/// What a daemon is started with.
package struct ServeOptions: Hashable, Sendable {
    /// The directory that holds everything the daemon writes, an absolute path or from the working directory.
    package let home: String
    /// Where the API's socket is made.
    package let socket: String
    /// Public addresses of the proxy, `address:port`; at least one.
    package let listen: [String]
    /// Internal addresses of the proxy, `address:port`; at least one.
    package let internalListen: [String]
}

/// How the daemon is run.
///
/// A closure in a box: optimised code of Swift 6.3 crashes when a task-local value is an optional closure itself.
struct DaemonStart: Sendable {
    let run: @Sendable (ServeOptions) async throws -> Void
}

/// `teal serve`.
struct ServeCommand: AsyncParsableCommand {
    /// Runs the daemon; the executable gives it.
    @TaskLocal static var daemon: DaemonStart?

    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the daemon of this host.",
        discussion: """
            Without `--home` (or TEAL_HOME) it serves the host: home \(SocketPath.systemHome), socket \
            \(SocketPath.systemSocket), public address 0.0.0.0:80. With one, everything is below that directory, nothing \
            needs root, and the public address is 127.0.0.1:8080. The proxy and the services go on when the daemon stops.
            """
    )

    @Option(help: .init("The directory for everything that is written (also TEAL_HOME).", valueName: "directory"))
    var home: String?
    @Option(help: .init("Where the API's socket is made (also TEAL_SOCKET).", valueName: "path"))
    var socket: String?
    @Option(help: .init("A public address of the proxy; may be repeated.", valueName: "address:port"))
    var listen: [String] = []
    @Option(help: .init("An internal address of the proxy; may be repeated.", valueName: "address:port"))
    var internalListen: [String] = []

    func validate() throws {
        for address in listen + internalListen {
            let port = address.split(separator: ":").last.flatMap { Int($0) }
            guard let port, (0...65_535).contains(port), address.contains(":"), !address.hasPrefix(":") else {
                throw ValidationError("'\(address)' is not an address with a port, such as 127.0.0.1:8080 or [::]:80.")
            }
        }
    }

    mutating func run() async throws {
        guard let daemon = Self.daemon else {
            throw Problem(
                "cli.no-daemon",
                "nothing has been changed: this build of teal has no daemon in it",
                next: ["Install teal on the server, and run `teal serve` there"]
            )
        }
        try await daemon.run(options())
    }

    func options(_ console: Console = .current) -> ServeOptions {
        let variables = console.environment
        let named = home ?? variables["TEAL_HOME"]
        let isSystem = named == nil || named == SocketPath.systemHome
        return ServeOptions(
            home: named ?? SocketPath.systemHome,
            socket: SocketPath.choose(socket: socket ?? variables["TEAL_SOCKET"], home: named),
            listen: listen.isEmpty ? [isSystem ? "0.0.0.0:80" : "127.0.0.1:8080"] : listen,
            internalListen: internalListen.isEmpty ? ["127.0.0.1:7080"] : internalListen
        )
    }
}
