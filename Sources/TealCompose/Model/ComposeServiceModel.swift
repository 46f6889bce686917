/// How a service learns of a model.
package struct ComposeServiceModel: ComposePart, Hashable {
    /// The variable with its address.
    package let endpointVariable: String?
    /// The variable with its name.
    package let modelVariable: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        endpointVariable = fields.text("endpoint_var")
        modelVariable = fields.text("model_var")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("endpoint_var", endpointVariable)
            $0.add("model_var", modelVariable)
        }
        .value
    }
}
