/// A secret or a config that a container sees as a file.
package struct ComposeFileMount: ComposePart, Hashable {
    /// The name of the secret or config.
    package let source: String
    package let target: String?
    package let user: String?
    package let group: String?
    /// The file's permissions; nil for the usual ones.
    package let mode: Int?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        source = fields.text("source") ?? ""
        target = fields.text("target")
        user = fields.text("uid")
        group = fields.text("gid")
        if let text = fields.node("mode")?.text {
            mode = Int(text, radix: 8)
            if mode == nil, let node = fields.node("mode") {
                fields.report(node, "mode", must: "permissions such as `0440`")
            }
        } else {
            mode = fields.optionalWhole("mode")
        }
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("source", source)
            $0.add("target", target)
            $0.add("uid", user)
            $0.add("gid", group)
            $0.add("mode", mode.map { "0" + String($0, radix: 8) })
        }
        .value
    }
}
