/// How a service is attached to a network.
package struct ComposeAttachment: ComposePart, Hashable {
    package let aliases: [String]
    package let driverOptions: [String: String]
    /// The network with the highest one is the way out.
    package let gatewayPriority: Int
    package let interfaceName: String?
    package let ipv4Address: String?
    package let ipv6Address: String?
    package let linkLocalAddresses: [String]
    package let macAddress: String?
    /// The network with the highest one is attached first.
    package let priority: Int
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        aliases = fields.texts("aliases")
        driverOptions = fields.pairs("driver_opts")
        gatewayPriority = fields.whole("gw_priority")
        interfaceName = fields.text("interface_name")
        ipv4Address = fields.text("ipv4_address")
        ipv6Address = fields.text("ipv6_address")
        linkLocalAddresses = fields.texts("link_local_ips")
        macAddress = fields.text("mac_address")
        priority = fields.whole("priority")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("aliases", aliases)
            $0.add("driver_opts", driverOptions)
            $0.add("gw_priority", gatewayPriority)
            $0.add("interface_name", interfaceName)
            $0.add("ipv4_address", ipv4Address)
            $0.add("ipv6_address", ipv6Address)
            $0.add("link_local_ips", linkLocalAddresses)
            $0.add("mac_address", macAddress)
            $0.add("priority", priority)
        }
        .value
    }
}
