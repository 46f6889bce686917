/// What a service's replicas may use, and what is kept for them.
package struct ComposeResources: ComposePart, Hashable {
    package let limits: ComposeResource?
    package let reservations: ComposeResource?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        limits = fields.part("limits")
        reservations = fields.part("reservations")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("limits", limits)
            $0.add("reservations", reservations)
        }
        .value
    }
}
