/// Where a container's output goes.
package struct ComposeLogging: ComposePart, Hashable {
    package let driver: String?
    package let options: [String: String]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        driver = fields.text("driver")
        options = fields.pairs("options")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("driver", driver)
            $0.add("options", options)
        }
        .value
    }
}
