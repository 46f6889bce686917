/// Options of a mount of type tmpfs.
package struct ComposeTmpfsOptions: ComposePart, Hashable {
    package let sizeBytes: Int
    /// The permissions.
    package let mode: Int
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        sizeBytes = fields.bytes("size")
        mode = fields.natural("mode", upTo: 4_294_967_295) ?? 0
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("size", bytes: sizeBytes)
            $0.add("mode", mode)
        }
        .value
    }
}
