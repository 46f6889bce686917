/// A program that stands in for a container.
package struct ComposeProvider: ComposePart, Hashable {
    package let type: String?
    /// Values by the names of the options; an option may be repeated.
    package let options: [String: [String]]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        type = fields.text("type")
        var options: [String: [String]] = [:]
        for entry in fields.node("options")?.mapping?.entries ?? [] {
            let values = entry.value.list ?? [entry.value]
            options[entry.key] = values.compactMap(\.scalarText)
        }
        self.options = options
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("type", type)
            if !options.isEmpty {
                $0.always("options", .object(options.mapValues { .array($0.map { .string($0) }) }))
            }
        }
        .value
    }
}
