import NIOCore
import TealProxyWire

/// Who is at the other end of a client connection, and on which port it came in.
struct Peer {
    /// The address as text; `unknown` when the system does not say.
    let text: String
    /// The address as 4 or 16 bytes; empty when unknown.
    let bytes: [UInt8]
    /// The port that it asked for: the local one, but at a stand-in the one that this stands for.
    var port: Int
    /// Where the connection came in; nil when the system does not say.
    let local: ListenerPlace?

    init(remote: SocketAddress?, local: SocketAddress?) {
        text = remote?.ipAddress ?? "unknown"
        bytes = IPAddressText.bytes(of: text) ?? []
        port = local?.port ?? 0
        self.local = ListenerPlace(local)
    }

    /// The peer as a node of a `Forwarded` field (RFC 7239 section 6).
    var node: String { text.utf8.contains(UInt8(ascii: ":")) ? "\"[\(text)]\"" : text }
}
