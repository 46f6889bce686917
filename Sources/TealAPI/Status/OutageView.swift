/// A time in which users of a service had no answer, since none of its replicas could be reached, or since a port of the host
/// passed from a container to the proxy.
package struct OutageView: Hashable, Sendable, Codable {
    package let service: String
    /// Seconds since 1970.
    package let began: Double
    /// How long it lasted, or has lasted until now.
    package let seconds: Double
    package let isOver: Bool
    /// The port of the host that passed, at which alone there was no answer; nil for everywhere.
    package let port: String?

    package init(service: String, began: Double, seconds: Double, isOver: Bool, port: String? = nil) {
        self.service = service
        self.began = began
        self.seconds = seconds
        self.isOver = isOver
        self.port = port
    }
}

extension KeyedDecodingContainer {
    /// A daemon that knows nothing of outages tells of none.
    func decode(_ type: [OutageView].Type, forKey key: Key) throws -> [OutageView] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}
