/// A resource of the host that is counted.
package struct ComposeGenericResource: ComposePart, Hashable {
    package let discrete: ComposeDiscreteResource?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        discrete = fields.part("discrete_resource_spec")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("discrete_resource_spec", discrete)
        }
        .value
    }
}
