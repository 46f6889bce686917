/// A device of the host that a container sees.
package struct ComposeDevice: ComposePart, Hashable {
    package let source: String?
    package let target: String?
    package let permissions: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        source = fields.text("source")
        target = fields.text("target")
        permissions = fields.text("permissions")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("source", source)
            $0.add("target", target)
            $0.add("permissions", permissions)
        }
        .value
    }
}
