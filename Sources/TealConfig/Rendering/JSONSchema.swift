/// Writes the JSON Schema of `teal.yml` for editors, from the table of keys (draft 2020-12).
package enum JSONSchema {
    /// The schema as a text with a line end at its end.
    package static func render() -> String {
        let variable: JSONText = .object([
            ("description", .string("A value with a variable in it, such as ${NAME:-default}.")),
            ("type", .string("string")),
            ("pattern", .string("\\$\\{")),
        ])
        var fields: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("teal.yml")),
            (
                "description",
                .string("What a project is and how it is released by Teal. Generated from Teal's table of keys.")
            ),
        ]
        fields += object(at: .file)
        fields.append(("patternProperties", .object([("^x-", .object([]))])))
        fields.append(("$defs", .object([("service", .object(object(at: .service))), ("variable", variable)])))
        return JSONText.object(fields).pretty() + "\n"
    }

    /// The fields of an object with fixed keys.
    private static func object(at scope: KeyScope) -> [(String, JSONText)] {
        var properties: [(String, JSONText)] = []
        for key in scope.keys {
            let value = property(key, in: scope)
            properties.append((key.name, value))
            if let alias = key.alias { properties.append((alias, value)) }
        }
        var fields: [(String, JSONText)] = [
            ("type", .string("object")), ("properties", .object(properties)),
            ("additionalProperties", .literal("false")),
        ]
        let required = scope.keys.filter(\.isRequired).map { JSONText.string($0.name) }
        if !required.isEmpty { fields.append(("required", .array(required))) }
        return fields
    }

    private static func property(_ key: KeyReference, in scope: KeyScope) -> JSONText {
        let text = key.text + (key.defaultText.map { " Default: \($0)." } ?? "")
        return .object([("description", .string(text))] + schema(of: key.type, scope.below(key)))
    }

    private static func schema(of type: ValueType, _ below: KeyScope) -> [(String, JSONText)] {
        switch type {
        case .text: [("type", types("string", "number", "boolean"))]
        case .name: orVariable([("type", .string("string")), ("pattern", .string(namePattern))])
        case .boolean: orVariable([("type", .string("boolean"))])
        case .integer(let range):
            orVariable([
                ("type", .string("integer")), ("minimum", .literal("\(range.lowerBound)")),
                ("maximum", .literal("\(range.upperBound)")),
            ])
        case .number(let range):
            orVariable([
                ("type", .string("number")), ("minimum", .literal(ValueType.plain(range.lowerBound))),
                ("maximum", .literal(ValueType.plain(range.upperBound))),
            ])
        case .share:
            [
                (
                    "anyOf",
                    .array([
                        .object([("type", .string("number")), ("minimum", .literal("0")), ("maximum", .literal("1"))]),
                        .object([("type", .string("string")), ("pattern", .string("^[0-9.]+%$|\\$\\{"))]),
                    ])
                )
            ]
        case .duration(let range): amount("^([0-9.]+(ms|s|m|h|d))+$|\\$\\{", allowsZero: range.contains(.zero))
        case .size(let range): amount("^[0-9.]+ ?([bB]|[kKmMgGtT]([iI]?[bB])?)$|\\$\\{", allowsZero: range.contains(0))
        case .choice(SignalName.all):
            [
                ("type", .string("string")),
                ("pattern", .string("^(SIG)?(\(SignalName.all.joined(separator: "|")))$|\\$\\{")),
            ]
        case .choice(let words): orVariable([("enum", .array(words.map { .string($0) }))])
        case .command:
            anyOf([
                [("type", .string("string"))],
                [
                    ("type", .string("array")), ("items", .object(schema(of: .text, below))),
                    ("minItems", .literal("1")),
                ],
            ])
        case .json: [("type", types("string", "number", "boolean", "null", "object"))]
        case .oneOrMany(let element): anyOf([schema(of: element, below), list(of: element, below)])
        case .list(let element): list(of: element, below)
        case .map(let placeholder, let element):
            [
                ("type", .string("object")),
                (
                    "additionalProperties",
                    // An environment may be declared by its name alone.
                    .object(
                        placeholder == "environment"
                            ? anyOf([schema(of: element, below), [("type", .string("null"))]])
                            : schema(of: element, below)
                    )
                ),
            ] + (names(of: placeholder).map { [("propertyNames", .object([("pattern", .string($0))]))] } ?? [])
        case .section: object(at: below)
        case .service: [("$ref", .string("#/$defs/service"))]
        case .anyOf(let types): anyOf(types.map { schema(of: $0, below) })
        }
    }

    private static let namePattern = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"

    private static func names(of placeholder: String) -> String? {
        switch placeholder {
        case "service", "group", "environment": namePattern
        case "variable": "^[A-Za-z_][A-Za-z0-9_]*$"
        case "path": "^/"
        default: nil
        }
    }

    private static func list(of element: ValueType, _ below: KeyScope) -> [(String, JSONText)] {
        [("type", .string("array")), ("items", .object(schema(of: element, below)))]
    }

    private static func types(_ names: String...) -> JSONText { .array(names.map { .string($0) }) }

    private static func anyOf(_ schemas: [[(String, JSONText)]]) -> [(String, JSONText)] {
        [("anyOf", .array(schemas.map { .object($0) }))]
    }

    private static func orVariable(_ schema: [(String, JSONText)]) -> [(String, JSONText)] {
        anyOf([schema, [("$ref", .string("#/$defs/variable"))]])
    }

    private static func amount(_ pattern: String, allowsZero: Bool) -> [(String, JSONText)] {
        let text: [(String, JSONText)] = [("type", .string("string")), ("pattern", .string(pattern))]
        return allowsZero ? anyOf([text, [("const", .literal("0"))]]) : text
    }
}
