/// Options of a mount of type image.
package struct ComposeImageOptions: ComposePart, Hashable {
    package let subpath: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        subpath = fields.text("subpath")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("subpath", subpath)
        }
        .value
    }
}
