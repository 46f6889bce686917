import ArgumentParser
import TealClient
package import TealCore

/// What a daemon is started with.
package struct ServeOptions: Hashable, Sendable {
    /// The directory that holds everything the daemon writes, an absolute path or from the working directory.
    package let home: String
    /// Where the API's socket is made.
    package let socket: String
    /// What moves the traffic.
    package let trafficSwitch: SwitchKind
    /// Where nginx is, where that moves the traffic.
    package let nginx: NginxPlaces
    /// Public addresses of the switch, `address:port`; at least one with the proxy.
    package let listen: [String]
    /// Internal addresses of the switch, `address:port`; at least one.
    package let internalListen: [String]
    /// The Engine's socket; nil for the usual ones.
    package let dockerSocket: String?
    /// The addresses that networks of projects are made of, such as `10.213.0.0/16`.
    package let dockerSubnets: String
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
            With `--switch nginx` an nginx that runs already takes the place of Teal's own proxy; it gets public addresses only \
            where `--listen` names some.
            """
    )

    @Option(help: .init("The directory for everything that is written (also TEAL_HOME).", valueName: "directory"))
    var home: String?
    @Option(help: .init("Where the API's socket is made (also TEAL_SOCKET).", valueName: "path"))
    var socket: String?
    @Option(
        name: .customLong("switch"),
        help: .init("What moves the traffic (also TEAL_SWITCH; default: proxy).", valueName: "proxy|nginx")
    )
    var trafficSwitch: SwitchKind?
    @Option(help: .init("A public address of the switch; may be repeated.", valueName: "address:port"))
    var listen: [String] = []
    @Option(help: .init("An internal address of the switch; may be repeated.", valueName: "address:port"))
    var internalListen: [String] = []
    @Option(
        help: .init(
            "The Docker Engine's socket (also TEAL_DOCKER_SOCKET and DOCKER_HOST); Podman's works as well.",
            valueName: "path"
        )
    )
    var dockerSocket: String?
    @Option(
        help: .init(
            "The addresses that networks of projects are made of (also TEAL_DOCKER_SUBNETS).",
            valueName: "address/bits"
        )
    )
    var dockerSubnets: String?
    @OptionGroup var nginx: NginxOptions

    /// The addresses that networks of projects are made of where nothing is said.
    static let subnets = "10.213.0.0/16"

    func validate() throws {
        for address in listen + internalListen {
            let port = address.split(separator: ":").last.flatMap { Int($0) }
            guard let port, (0...65_535).contains(port), address.contains(":"), !address.hasPrefix(":") else {
                throw ValidationError("'\(address)' is not an address with a port, such as 127.0.0.1:8080 or [::]:80.")
            }
        }
        if let dockerSubnets, !Self.isPool(dockerSubnets) { throw ValidationError(Self.noPool(dockerSubnets)) }
        if let trafficSwitch { try check(trafficSwitch) }
    }

    /// Looks whether what was given goes with what moves the traffic.
    private func check(_ kind: SwitchKind) throws {
        var lines = nginx.complaints(for: kind)
        if kind == .nginx {
            lines += (listen + internalListen).filter { $0.hasSuffix(":0") }.map { "'\($0)': nginx takes no port 0." }
        }
        guard lines.isEmpty else { throw ValidationError(lines.joined(separator: "\n")) }
    }

    private static func noPool(_ text: String) -> String {
        "'\(text)' is no range of IPv4 addresses with 8 to 24 bits, such as \(subnets)."
    }

    /// Whether a text is a range of IPv4 addresses that has room for networks of 256 (RFC 4632 section 3.1).
    private static func isPool(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let bits = number(halves[1], 8...24) else { return false }
        let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { number($0, 0...255) }
        guard parts.count == 4 else { return false }
        var address: UInt32 = 0
        for part in parts {
            guard let part else { return false }
            address = address << 8 | UInt32(part)
        }
        // What is behind the bits is nothing: else it would be one address, and no range.
        return address & (UInt32.max >> UInt32(bits)) == 0
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard let number = Int(text), "\(number)" == text, range.contains(number) else { return nil }
        return number
    }

    mutating func run() async throws {
        guard let daemon = Self.daemon else {
            throw Problem(
                "cli.no-daemon",
                "nothing has been changed: this build of teal has no daemon in it",
                next: ["Install teal on the server, and run `teal serve` there"]
            )
        }
        let chosen = try options()
        // From a variable it has not been looked at yet.
        guard Self.isPool(chosen.dockerSubnets) else { throw ValidationError(Self.noPool(chosen.dockerSubnets)) }
        do {
            try await daemon.run(chosen)
        } catch let problem as Problem where problem.code == "daemon.superseded" {
            throw CommandFailure(problem, exit: .superseded)
        }
    }

    func options(_ console: Console = .current) throws -> ServeOptions {
        let variables = console.environment
        let kind = try trafficSwitch ?? Self.written(variables["TEAL_SWITCH"]).map(Self.kind) ?? .proxy
        try check(kind)
        let named = home ?? variables["TEAL_HOME"]
        let isSystem = named == nil || named == SocketPath.systemHome
        return ServeOptions(
            home: named ?? SocketPath.systemHome,
            socket: SocketPath.choose(socket: socket ?? variables["TEAL_SOCKET"], home: named),
            trafficSwitch: kind,
            nginx: nginx.places,
            listen: !listen.isEmpty || kind == .nginx ? listen : [isSystem ? "0.0.0.0:80" : "127.0.0.1:8080"],
            internalListen: internalListen.isEmpty ? ["127.0.0.1:7080"] : internalListen,
            dockerSocket: dockerSocket ?? Self.written(variables["TEAL_DOCKER_SOCKET"]),
            dockerSubnets: dockerSubnets ?? Self.written(variables["TEAL_DOCKER_SUBNETS"]) ?? Self.subnets
        )
    }

    private static func kind(_ text: String) throws -> SwitchKind {
        guard let kind = SwitchKind(rawValue: text) else {
            throw ValidationError("TEAL_SWITCH: '\(text)' is neither 'proxy' nor 'nginx'.")
        }
        return kind
    }

    /// A variable's value; nil for an empty one.
    private static func written(_ value: String?) -> String? { value.flatMap { $0.isEmpty ? nil : $0 } }
}
