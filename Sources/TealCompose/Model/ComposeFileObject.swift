package import TealCore

/// A secret or a config of the project, or an external one.
package struct ComposeFileObject: ComposePart, Hashable {
    /// The name that the engine knows it by.
    package let name: String?
    /// The file with its content.
    package let file: String?
    /// The variable with its content.
    package let environment: String?
    /// The content as it was written; configs only.
    package let content: String?
    /// What the variable held when the files were read; nil when it was not set.
    package let value: Secret?
    /// Whether it is made elsewhere and must exist.
    package let isExternal: Bool
    package let labels: [String: String]
    package let driver: String?
    package let driverOptions: [String: String]
    package let templateDriver: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.text("name")
        file = fields.text("file")
        environment = fields.text("environment")
        content = fields.text("content")
        value = fields.node(EnvironmentValues.valueKey)?.text.map(Secret.init)
        isExternal = fields.flag("external")
        labels = fields.pairs("labels")
        driver = fields.text("driver")
        driverOptions = fields.strictPairs("driver_opts")
        templateDriver = fields.text("template_driver")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("name", name)
            $0.add("file", file)
            $0.add("environment", environment)
            $0.add("content", environment == nil ? content : nil)
            $0.add("external", isExternal)
            $0.add("labels", labels)
            $0.add("driver", driver)
            $0.add("driver_opts", driverOptions)
            $0.add("template_driver", templateDriver)
        }
        .value
    }
}
