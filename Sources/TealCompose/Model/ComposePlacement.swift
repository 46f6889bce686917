/// Which hosts a replica may run on.
package struct ComposePlacement: ComposePart, Hashable {
    package let constraints: [String]
    package let preferences: [ComposePlacementPreference]
    package let replicasPerNodeMax: Int
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        constraints = fields.texts("constraints")
        preferences = fields.parts("preferences")
        replicasPerNodeMax = fields.natural("max_replicas_per_node") ?? 0
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("constraints", constraints)
            $0.add("preferences", preferences)
            $0.add("max_replicas_per_node", replicasPerNodeMax)
        }
        .value
    }
}
