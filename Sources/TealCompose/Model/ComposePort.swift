/// A port of a container, with the host's port that leads to it.
package struct ComposePort: ComposePart, Hashable {
    package let name: String?
    /// `ingress` or `host`.
    package let mode: String?
    /// The address of the host; every one when it is nil.
    package let hostAddress: String?
    /// The port in the container.
    package let target: Int
    /// The port of the host, or a range to choose from; any one when it is nil.
    package let published: String?
    /// `tcp`, `udp` or `sctp`.
    package let transport: String?
    package let applicationProtocol: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.text("name")
        mode = fields.text("mode")
        hostAddress = fields.text("host_ip")
        target = fields.natural("target", upTo: 4_294_967_295) ?? 0
        published = fields.text("published")
        transport = fields.text("protocol")
        applicationProtocol = fields.text("app_protocol")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("name", name)
            $0.add("mode", mode)
            $0.add("host_ip", hostAddress)
            $0.add("target", target)
            $0.add("published", published)
            $0.add("protocol", transport)
            $0.add("app_protocol", applicationProtocol)
        }
        .value
    }
}
