/// A range of addresses of a network.
package struct ComposeAddressPool: ComposePart, Hashable {
    /// In CIDR form.
    package let subnet: String?
    package let gateway: String?
    /// The part of the subnet that containers get addresses from, in CIDR form.
    package let range: String?
    /// Addresses that are taken already, by host name.
    package let auxiliary: [String: String]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        subnet = fields.text("subnet")
        gateway = fields.text("gateway")
        range = fields.text("ip_range")
        auxiliary = fields.pairs("aux_addresses")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("subnet", subnet)
            $0.add("gateway", gateway)
            $0.add("ip_range", range)
            $0.add("aux_addresses", auxiliary)
        }
        .value
    }
}
