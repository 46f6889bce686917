/// A resource of which a host has a whole number.
package struct ComposeDiscreteResource: ComposePart, Hashable {
    package let kind: String
    package let value: Int

    init(_ fields: Fields) {
        kind = fields.text("kind") ?? ""
        value = fields.whole("value")
    }

    var json: JSONValue {
        JSONFields {
            $0.always("kind", .string(kind))
            $0.always("value", .number(String(value)))
        }
        .value
    }
}
