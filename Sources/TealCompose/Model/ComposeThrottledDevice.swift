/// A device with the most that a container may read or write in a second.
package struct ComposeThrottledDevice: ComposePart, Hashable {
    package let path: String
    /// Bytes or operations a second.
    package let rate: Int

    init(_ fields: Fields) {
        path = fields.text("path") ?? ""
        rate = fields.bytes("rate")
    }

    var json: JSONValue {
        JSONFields {
            $0.always("Path", .string(path))
            $0.always("Rate", .string(String(rate)))
        }
        .value
    }
}
