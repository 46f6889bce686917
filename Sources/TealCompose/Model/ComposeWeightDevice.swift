/// A device with its weight among a container's devices.
package struct ComposeWeightDevice: ComposePart, Hashable {
    package let path: String
    package let weight: Int

    init(_ fields: Fields) {
        path = fields.text("path") ?? ""
        weight = fields.natural("weight", upTo: 65_535) ?? 0
    }

    var json: JSONValue {
        JSONFields {
            $0.always("Path", .string(path))
            $0.always("Weight", .number(String(weight)))
        }
        .value
    }
}
