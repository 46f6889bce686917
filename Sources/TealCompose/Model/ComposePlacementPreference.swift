/// What replicas are spread over.
package struct ComposePlacementPreference: ComposePart, Hashable {
    package let spread: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        spread = fields.text("spread")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("spread", spread)
        }
        .value
    }
}
