/// How a service's replicas are replaced.
package struct ComposeUpdate: ComposePart, Hashable {
    /// How many at a time.
    package let parallelism: Int?
    /// Between two groups.
    package let delay: Duration?
    package let failureAction: String?
    /// How long each is watched.
    package let monitor: Duration?
    package let failureRatioMax: Float
    /// `start-first` or `stop-first`.
    package let order: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        parallelism = fields.natural("parallelism")
        delay = fields.duration("delay").flatMap { $0 == .zero ? nil : $0 }
        failureAction = fields.text("failure_action")
        monitor = fields.duration("monitor").flatMap { $0 == .zero ? nil : $0 }
        failureRatioMax = fields.number("max_failure_ratio")
        order = fields.text("order")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("parallelism", optional: parallelism)
            $0.add("delay", delay)
            $0.add("failure_action", failureAction)
            $0.add("monitor", monitor)
            $0.add("max_failure_ratio", failureRatioMax)
            $0.add("order", order)
        }
        .value
    }
}
