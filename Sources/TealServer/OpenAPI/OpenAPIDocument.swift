import TealAPI

/// The description of the API that is served, by the OpenAPI Specification 3.1.
enum OpenAPIDocument {
    static let schemas = Schema.builds + Schema.rollouts + Schema.host

    static let document: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Teal",
            "version": .string("\(TealVersion.apiPresent).0"),
            "summary": "The Teal daemon's API over its Unix socket.",
            "description": .string(
                """
                Whoever may open the socket may use every operation. Requests may carry \(TealVersion.header); the daemon \
                answers the present and the previous version and says so in GET \(Operation.version.path). Seconds are \
                numbers; moments are seconds since 1970. Unknown keys are ignored.
                """
            ),
        ],
        "servers": [["url": "http://teal", "description": "The Unix socket /run/teal/teal.sock"]],
        "paths": paths,
        "components": [
            "schemas": .object(Dictionary(schemas.map { ($0.name, $0.json) }) { _, last in last }),
            "responses": [
                "Problem": [
                    "description": "It could not be done.",
                    "content": .object([ProblemBody.contentType: body("ProblemBody")]),
                ]
            ],
        ],
    ]

    private static var paths: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in Operation.allCases {
            paths[operation.path, default: [:]][operation.method.lowercased()] = OperationEntry(operation).json
        }
        return .object(paths.mapValues(JSONValue.object))
    }

    static func body(_ schema: String) -> JSONValue { ["schema": Schema.Kind.type(schema).json] }
}
