/// A file with variables of a service.
package struct ComposeEnvFile: ComposePart, Hashable {
    package let path: String
    /// Whether its absence is a mistake.
    package let isRequired: Bool
    package let format: String?

    init(_ fields: Fields) {
        path = fields.text("path") ?? ""
        isRequired = fields.optionalFlag("required") ?? false
        format = fields.text("format")
    }

    var json: JSONValue {
        guard !isRequired else { return .string(path) }
        return JSONFields {
            $0.add("path", path)
            $0.always("required", .bool(false))
            $0.add("format", format)
        }
        .value
    }
}
