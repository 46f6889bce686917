/// Options of a mount of type volume.
package struct ComposeVolumeOptions: ComposePart, Hashable {
    package let labels: [String: String]
    /// Whether a new volume stays empty instead of getting what the image has there.
    package let doesNotCopy: Bool
    package let subpath: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        labels = fields.pairs("labels")
        doesNotCopy = fields.flag("nocopy")
        subpath = fields.text("subpath")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("labels", labels)
            $0.add("nocopy", doesNotCopy)
            $0.add("subpath", subpath)
        }
        .value
    }
}
