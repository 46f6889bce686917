/// How the addresses of a network are given out.
package struct ComposeAddressing: ComposePart, Hashable {
    package let driver: String?
    package let pools: [ComposeAddressPool]
    /// Options of the driver; the reference implementation reads them and takes no notice, so that its JSON has none.
    package let options: [String: String]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        driver = fields.text("driver")
        pools = fields.parts("config")
        options = fields.pairs("options")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("driver", driver)
            $0.add("config", pools)
        }
        .value
    }
}
