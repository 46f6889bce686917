/// A service that must be there first.
package struct ComposeDependency: ComposePart, Hashable {
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    package let condition: String?
    /// Whether this service is restarted when that one is.
    package let restarts: Bool
    /// Whether its absence is a mistake.
    package let isRequired: Bool
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        condition = fields.text("condition")
        restarts = fields.flag("restart")
        isRequired = fields.optionalFlag("required") ?? false
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("condition", condition)
            $0.add("restart", restarts)
            $0.always("required", .bool(isRequired))
        }
        .value
    }
}
