/// An AI model that services use.
package struct ComposeModel: ComposePart, Hashable {
    package let name: String?
    /// The model's reference.
    package let model: String?
    /// In tokens.
    package let contextSize: Int
    package let runtimeFlags: [String]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.text("name")
        model = fields.text("model")
        contextSize = fields.whole("context_size")
        runtimeFlags = fields.texts("runtime_flags")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("name", name)
            $0.add("model", model)
            $0.add("context_size", contextSize)
            $0.add("runtime_flags", runtimeFlags)
        }
        .value
    }
}
