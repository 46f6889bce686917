/// What happens when sources change during development.
package struct ComposeDevelop: ComposePart, Hashable {
    package let watch: [ComposeWatch]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        watch = fields.parts("watch")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("watch", watch)
        }
        .value
    }
}
