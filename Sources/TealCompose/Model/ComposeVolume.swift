/// A volume of the project, or an external one.
package struct ComposeVolume: ComposePart, Hashable {
    /// The name that the engine knows it by.
    package let name: String?
    package let driver: String?
    package let driverOptions: [String: String]
    /// Whether it is made elsewhere and must exist.
    package let isExternal: Bool
    package let labels: [String: String]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.text("name")
        driver = fields.text("driver")
        driverOptions = fields.pairs("driver_opts")
        isExternal = fields.flag("external")
        labels = fields.pairs("labels")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("name", name)
            $0.add("driver", driver)
            $0.add("driver_opts", driverOptions)
            $0.add("external", isExternal)
            $0.add("labels", labels)
        }
        .value
    }
}
