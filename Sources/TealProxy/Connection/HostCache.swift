import TealProxyWire

/// What follows from the host of a request, remembered for the next one on the same connection.
struct HostCache {
    /// The Host field's value as it came.
    private var key: [UInt8] = []
    private var generation = -1
    private(set) var routes: HostRoutes?
    /// Whether the peer's own forwarded fields are believed.
    private(set) var trustsPeer = false
    /// The fields that say who asked, and the empty line that ends the head.
    private(set) var forwarded: [UInt8] = []

    /// Whether the cache holds for this host and table.
    @inline(__always) func holds(_ host: UnsafePointer<UInt8>, _ count: Int, generation: Int) -> Bool {
        guard self.generation == generation, key.count == count else { return false }
        for index in 0..<count where host[index] != key[index] { return false }
        return true
    }

    /// Works out what follows from a host.
    ///
    /// - Throws: ``Refusal/badRequest`` when it is no host name.
    mutating func fill(
        _ host: UnsafeBufferPointer<UInt8>,
        loop: ProxyLoop,
        listener: ProxyRoute.Listener,
        scope: String?,
        peer: Peer
    ) throws(Refusal) {
        let name: String
        if host.isEmpty {
            name = ""
        } else if let normal = HostName.normal(host) {
            name = normal
        } else {
            throw .badRequest
        }
        key = Array(host)
        generation = loop.generation
        routes = loop.routes.routes(for: name, on: listener, in: scope)
        trustsPeer = loop.trustedProxies.contains { $0.contains(peer.bytes) }
        let shown = String(decoding: host, as: UTF8.self)
        var text = "X-Forwarded-For: \(peer.text)\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: \(peer.port)\r\n"
        if shown.isEmpty {
            text += "Forwarded: for=\(peer.node);proto=http\r\n\r\n"
        } else {
            text += "X-Forwarded-Host: \(shown)\r\nForwarded: for=\(peer.node);host=\"\(shown)\";proto=http\r\n\r\n"
        }
        forwarded = Array(text.utf8)
    }
}
