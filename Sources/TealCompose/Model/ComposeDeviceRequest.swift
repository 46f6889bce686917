/// A request for devices such as GPUs.
package struct ComposeDeviceRequest: ComposePart, Hashable {
    package let capabilities: [String]
    package let driver: String?
    /// How many; -1 for all of them, 0 where `identifiers` name them.
    package let count: Int
    package let identifiers: [String]
    package let options: [String: String]

    init(_ fields: Fields) {
        capabilities = fields.texts("capabilities")
        driver = fields.text("driver")
        if fields.node("count")?.text?.lowercased() == "all" {
            count = -1
        } else {
            count = fields.whole("count")
        }
        identifiers = fields.texts("device_ids")
        options = fields.pairs("options")
    }

    var json: JSONValue {
        JSONFields {
            $0.add("capabilities", capabilities)
            $0.add("driver", driver)
            $0.add("count", count)
            $0.add("device_ids", identifiers)
            $0.add("options", options)
        }
        .value
    }
}
