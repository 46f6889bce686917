/// How it is found out whether a container is healthy.
package struct ComposeHealthcheck: ComposePart, Hashable {
    /// `CMD` with words, `CMD-SHELL` with a command for a shell, or `NONE`; empty for the image's own.
    package let test: [String]
    package let timeout: Duration?
    package let interval: Duration?
    package let retries: Int?
    package let startPeriod: Duration?
    package let startInterval: Duration?
    package let isDisabled: Bool
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        if let command = fields.node("test")?.text {
            test = ["CMD-SHELL", command]
        } else {
            test = fields.texts("test")
        }
        timeout = fields.duration("timeout")
        interval = fields.duration("interval")
        retries = fields.natural("retries")
        startPeriod = fields.duration("start_period")
        startInterval = fields.duration("start_interval")
        isDisabled = fields.flag("disable")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("test", test)
            $0.add("timeout", timeout)
            $0.add("interval", interval)
            $0.add("retries", optional: retries)
            $0.add("start_period", startPeriod)
            $0.add("start_interval", startInterval)
            $0.add("disable", isDisabled)
        }
        .value
    }
}
