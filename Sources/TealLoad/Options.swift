/// What one run is to do, from the command line.
struct Options: Equatable {
    /// The highest rate with `--bound`, per second.
    static let boundRateMax = 5000
    /// The longest run with `--bound`, two hours; also the end of one `--until-signal`.
    static let boundSecondsMax = 7200

    var host = "127.0.0.1"
    var port = 0
    /// The `Host` field to send.
    var hostField = ""
    var rate = 300
    var seconds = 60
    var report = ""
    var events: String?
    var routed: String?
    var streams = 0
    var streamSeconds = 10
    var webSockets = 0
    var relayPairs = 0
    var sse = 0
    var connectionsMax = 512
    /// Whether connections are encrypted (`https`).
    var isEncrypted = false
    /// A file with the certificates that the server's may be signed by; nil for the system's.
    var authorities: String?
    var webSocketPath = "/ws"
    var relayPath = "/relay"
    var showsProgress = false

    /// Reads the arguments, without the program's own name.
    init(arguments: [String]) throws(OptionsError) {
        var rest = arguments[...]
        var url = ""
        var isBound = false
        while let name = rest.popFirst() {
            switch name {
            case "--until-signal": seconds = Self.boundSecondsMax
            case "--progress": showsProgress = true
            case "--bound": isBound = true
            default:
                guard let value = rest.popFirst() else { throw OptionsError("\(name) needs a value, or is not known") }
                if name == "--url" { url = value } else { try take(name, value) }
            }
        }
        try takeURL(url)
        guard !report.isEmpty else { throw OptionsError("--report FILE is missing") }
        if isBound { try checkBounds() }
    }

    private mutating func take(_ name: String, _ value: String) throws(OptionsError) {
        switch name {
        case "--host": hostField = value
        case "--report": report = value
        case "--events": events = value
        case "--ca": authorities = value
        case "--websocket-path": webSocketPath = try Self.path(name, value)
        case "--relay-path": relayPath = try Self.path(name, value)
        case "--routed": routed = value
        case "--rate": rate = try Self.number(name, value, in: 1...100_000)
        case "--duration": seconds = try Self.number(name, value, in: 1...86_400)
        case "--streams": streams = try Self.number(name, value, in: 0...1000)
        case "--stream-seconds": streamSeconds = try Self.number(name, value, in: 1...3600)
        case "--websockets": webSockets = try Self.number(name, value, in: 0...1000)
        case "--relay-pairs": relayPairs = try Self.number(name, value, in: 0...1000)
        case "--sse": sse = try Self.number(name, value, in: 0...1000)
        case "--max-connections": connectionsMax = try Self.number(name, value, in: 1...10_000)
        default: throw OptionsError("\(name) is not known")
        }
    }

    private static func number(_ name: String, _ value: String, in range: ClosedRange<Int>) throws(OptionsError) -> Int
    {
        guard let number = Int(value), range.contains(number) else {
            throw OptionsError("\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func path(_ name: String, _ value: String) throws(OptionsError) -> String {
        guard value.hasPrefix("/"), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "?") })
        else {
            throw OptionsError("\(name) is \(value); expected a path such as /ws")
        }
        return value
    }

    private mutating func takeURL(_ url: String) throws(OptionsError) {
        isEncrypted = url.hasPrefix("https://")
        let scheme = isEncrypted ? "https://" : "http://"
        let authority = url.hasPrefix(scheme) ? url.dropFirst(scheme.count).prefix { $0 != "/" } : ""
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (1...65_535).contains(port) else {
            throw OptionsError("--url is \(url.isEmpty ? "missing" : url); expected http://host:port")
        }
        if authorities != nil, !isEncrypted { throw OptionsError("--ca is for a --url that begins with https://") }
        self.host = String(parts[0])
        self.port = port
        if hostField.isEmpty { hostField = String(authority) }
    }

    private func checkBounds() throws(OptionsError) {
        if rate > Self.boundRateMax { throw OptionsError("--bound refuses more than \(Self.boundRateMax) per second") }
        if seconds > Self.boundSecondsMax { throw OptionsError("--bound refuses more than \(Self.boundSecondsMax) s") }
        guard host == "localhost" || host.hasPrefix("127.") else {
            throw OptionsError("--bound refuses \(host), which is no loopback address")
        }
    }
}

/// Arguments that make no sense.
struct OptionsError: Error, Equatable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
