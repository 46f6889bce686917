/// The credential of a Windows container.
package struct ComposeCredential: ComposePart, Hashable {
    package let config: String?
    package let file: String?
    package let registry: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        config = fields.text("config")
        file = fields.text("file")
        registry = fields.text("registry")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("config", config)
            $0.add("file", file)
            $0.add("registry", registry)
        }
        .value
    }
}
