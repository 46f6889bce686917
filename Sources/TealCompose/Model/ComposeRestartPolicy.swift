/// When a replica that ended is started again.
package struct ComposeRestartPolicy: ComposePart, Hashable {
    package let condition: String?
    package let delay: Duration?
    package let attemptsMax: Int?
    package let window: Duration?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        condition = fields.text("condition")
        delay = fields.duration("delay")
        attemptsMax = fields.natural("max_attempts")
        window = fields.duration("window")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("condition", condition)
            $0.add("delay", delay)
            $0.add("max_attempts", optional: attemptsMax)
            $0.add("window", window)
        }
        .value
    }
}
