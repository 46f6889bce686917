import TealProxyWire

/// The command line of `teal-proxy`, read.
struct ProxyArguments: Hashable {
    enum Problem: Error, Hashable {
        case unknown(String)
        case valueMissing(String)
        case unfit(option: String, value: String)
        case missing(String)
    }

    static let usage = """
        usage: teal-proxy --state-dir DIR --control SOCKET --listen ADDRESS:PORT …
          --state-dir DIR          where the lock and the table are kept; made when missing
          --control SOCKET         path of the control socket
          --listen ADDRESS:PORT    listen for users here; may be repeated; port 0 lets the system choose
          --internal ADDRESS:PORT  listen for services of this host here; may be repeated
          --loops N                event loops, 1 to 64 (default: one per processor)
          --detach                 start in the background, return when it serves; log in DIR/proxy.log
          --version                print the version
          --help                   print this

        Sockets handed over by systemd (LISTEN_FDS) are public unless their name in LISTEN_FDNAMES is "internal".
        Ends with 2 on wrong usage, 3 when another proxy holds DIR, 4 when it cannot listen, 1 otherwise.

        """

    var stateDirectory = ""
    var control = ""
    var listeners: [ProxyConfiguration.Listener] = []
    var loopCount: Int?
    var detaches = false
    var wantsVersion = false
    var wantsHelp = false

    init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--detach": detaches = true
            case "--version": wantsVersion = true
            case "--help", "-h": wantsHelp = true
            case "--state-dir", "--control", "--listen", "--internal", "--loops":
                guard let value = rest.popFirst() else { throw .valueMissing(option) }
                try take(option, value)
            default: throw .unknown(option)
            }
        }
        if wantsVersion || wantsHelp { return }
        if stateDirectory.isEmpty { throw .missing("--state-dir") }
        if control.isEmpty { throw .missing("--control") }
    }

    private mutating func take(_ option: String, _ value: String) throws(Problem) {
        switch option {
        case "--state-dir": stateDirectory = value
        case "--control": control = value
        case "--listen", "--internal":
            guard let (address, port) = Self.place(value) else { throw .unfit(option: option, value: value) }
            let kind: ProxyRoute.Listener = option == "--listen" ? .public : .internal
            listeners.append(.init(kind: kind, address: address, port: port))
        default:
            guard let count = Int(value), (1...ProxyConfiguration.loopsMax).contains(count) else {
                throw .unfit(option: option, value: value)
            }
            loopCount = count
        }
    }

    /// `127.0.0.1:80`, `[::1]:80`, or `:80` for every IPv4 address.
    static func place(_ text: String) -> (String, UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var address = String(text[..<colon])
        if address.isEmpty { address = "0.0.0.0" }
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        return IPAddressText.bytes(of: address) == nil ? nil : (address, port)
    }
}

extension ProxyArguments.Problem: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknown(let option): "unknown option \(option)"
        case .valueMissing(let option): "\(option) needs a value"
        case .unfit(let option, let value): "\(option): \(value) does not fit"
        case .missing(let option): "\(option) is missing"
        }
    }
}
