/// A place where the proxy listens because its table says so: the door of one scope, such as a project's own network, or a
/// port of the host that is one service's.
///
/// A request that comes in there is matched against the routes of that scope alone; see ``ProxyRoute/scope``.
package struct ScopedListener: Hashable, Sendable, CustomStringConvertible {
    /// The scope's name; several listeners may share it.
    package let scope: String
    /// One address and a port that is not zero; a listener for everybody may be at all addresses of a family.
    package let address: TargetAddress
    /// Who may come in there beside the host itself: the addresses of the scope's own network; nil for everybody, as at a
    /// port of the host.
    package let sources: NetworkPrefix?

    package init(scope: String, address: TargetAddress, sources: NetworkPrefix?) {
        self.scope = scope
        self.address = address
        self.sources = sources
    }

    /// Whether it is a port of the host, where everybody may come in.
    package var isPort: Bool { sources == nil }

    package var description: String { "\(address) for \(scope)" }
}

extension ScopedListener: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, scope)
        writer.field(2, address.host)
        writer.field(3, UInt64(address.port))
        if let sources { writer.field(4, message: sources.write) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var scope = ""
        var host = ""
        var port: UInt16 = 0
        var sources: NetworkPrefix?
        while let field = try reader.next() {
            switch field.tag {
            case 1: scope = try field.text("scope")
            case 2: host = try field.text("host")
            case 3: port = try field.number("port", as: UInt16.self)
            case 4:
                var inner = field.message
                sources = try NetworkPrefix(from: &inner)
            default: break
            }
        }
        self.init(scope: scope, address: TargetAddress(host: host, port: port), sources: sources)
    }
}
