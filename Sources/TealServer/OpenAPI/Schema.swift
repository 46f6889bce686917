/// A JSON Schema (draft 2020-12) of one type of the API, written down once and checked against the type by a test.
struct Schema: Sendable {
    /// What a property holds.
    indirect enum Kind: Sendable {
        case string
        case integer
        case number
        case boolean
        case oneOf([String])
        case list(Kind)
        case map(Kind)
        case type(String)
        /// Not described further: the values inside are the daemon's and the client's own.
        case open

        var json: JSONValue {
            switch self {
            case .string: ["type": "string"]
            case .integer: ["type": "integer"]
            case .number: ["type": "number"]
            case .boolean: ["type": "boolean"]
            case .oneOf(let values): ["type": "string", "enum": .array(values.map(JSONValue.string))]
            case .list(let element): ["type": "array", "items": element.json]
            case .map(let value): ["type": "object", "additionalProperties": value.json]
            case .type(let name): ["$ref": .string("#/components/schemas/\(name)")]
            case .open: ["type": "object"]
            }
        }
    }

    struct Property: Sendable {
        let name: String
        let kind: Kind
        let isRequired: Bool

        init(_ name: String, _ kind: Kind, optional: Bool = false) {
            self.name = name
            self.kind = kind
            isRequired = !optional
        }
    }

    let name: String
    let summary: String
    let properties: [Property]

    init(_ name: String, _ summary: String, _ properties: [Property]) {
        self.name = name
        self.summary = summary
        self.properties = properties
    }

    var json: JSONValue {
        var object: [String: JSONValue] = [
            "type": "object",
            "description": .string(summary),
            "properties": .object(Dictionary(properties.map { ($0.name, $0.kind.json) }) { _, last in last }),
        ]
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty { object["required"] = .array(required.map(JSONValue.string)) }
        return .object(object)
    }
}
