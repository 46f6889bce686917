/// What happens when a file below a path changes during development.
package struct ComposeWatch: ComposePart, Hashable {
    package let path: String
    /// `rebuild`, `sync`, `restart`, `sync+restart` or `sync+exec`.
    package let action: String
    /// The path in the container.
    package let target: String?
    /// What runs in the container after `sync+exec`.
    package let hook: ComposeHook?
    package let include: [String]
    package let ignore: [String]
    /// Whether everything is copied at the beginning.
    package let syncsAtStart: Bool
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        path = fields.text("path") ?? ""
        action = fields.text("action") ?? ""
        target = fields.text("target")
        hook = fields.part("exec")
        include = fields.texts("include")
        ignore = fields.texts("ignore")
        syncsAtStart = fields.flag("initial_sync")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.always("path", .string(path))
            $0.always("action", .string(action))
            $0.add("target", target)
            $0.always("exec", hook?.json ?? .object(["command": .null]))
            $0.add("include", include)
            $0.add("ignore", ignore)
            $0.add("initial_sync", syncsAtStart)
        }
        .value
    }
}
