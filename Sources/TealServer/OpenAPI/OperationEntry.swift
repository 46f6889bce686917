import TealAPI

/// One operation in the OpenAPI document (section 4.8.10).
struct OperationEntry {
    let operation: Operation

    init(_ operation: Operation) { self.operation = operation }

    var json: JSONValue {
        var entry: [String: JSONValue] = [
            "operationId": .string(operation.rawValue),
            "summary": .string(summary),
            "responses": .object([
                "default": ["$ref": "#/components/responses/Problem"],
                status: success,
            ]),
        ]
        if !parameters.isEmpty { entry["parameters"] = .array(parameters) }
        if let request { entry["requestBody"] = ["required": true, "content": request] }
        return .object(entry)
    }

    private var summary: String {
        switch operation {
        case .version: "The handshake: what the daemon is and speaks."
        case .openAPI: "This document."
        case .hasArtifact: "Whether the store has an artifact; 404 without a body when it does not."
        case .storeArtifact: "Takes an artifact in, a tarball, gzipped or not; it must hash to its name."
        case .build:
            "Builds a service's artifact from a commit, before a rollout; the build ends when its reader goes away."
        case .plan: "What a rollout would do; changes nothing."
        case .beginRollout: "Begins a rollout and answers when it is journalled."
        case .listRollouts: "Rollouts of the host, newest first."
        case .showRollout: "One rollout as it stands; 'latest' is the running one, else the newest."
        case .followRollout: "Events of a rollout, recorded ones first, then as they happen, until it has ended."
        case .abortRollout: "Takes users back and ends a rollout; 'latest' is the running one."
        case .resumeRollout: "Goes on with a halted rollout; 'latest' is the halted one."
        case .status: "What the host does now."
        case .releases: "Releases of a service, newest first."
        case .logs: "Lines that replicas wrote, oldest first; follows when asked to."
        case .usage: "What the replicas that run use of the host; takes a second."
        case .exec: "Runs a command beside a replica and waits for its end."
        case .execStream:
            "Runs a command beside a replica with an input, and tells its outputs as they come; the body's first line is an ExecRequest as JSON, what follows is the command's input."
        case .accessories: "Starts, stops or restarts accessories, or says what that would do."
        case .health: "Probes the active replicas and the routes now."
        case .prune: "Says what no rollback needs, and removes it when asked to."
        case .doctor: "Checks the invariants and the host, and mends what it can when asked to."
        case .adopt: "Says which containers that run already would become whose, and records that when asked to."
        }
    }

    private var status: String {
        switch operation {
        case .hasArtifact: "204"
        case .storeArtifact: "201"
        case .beginRollout: "202"
        default: "200"
        }
    }

    private var success: JSONValue {
        let content: (type: String, body: JSONValue)? =
            switch operation {
            case .hasArtifact, .storeArtifact: nil
            case .version: json("VersionAnswer")
            case .openAPI: ("application/json", ["schema": Schema.Kind.open.json])
            case .build: ("application/x-ndjson", OpenAPIDocument.body("BuildStreamLine"))
            case .plan: json("PlanView")
            case .beginRollout, .showRollout, .abortRollout, .resumeRollout: json("RolloutView")
            case .listRollouts: json("RolloutList")
            case .followRollout: ("text/event-stream", OpenAPIDocument.body("RolloutEvent"))
            case .status: json("StatusView")
            case .releases: json("ReleaseList")
            case .logs: ("application/x-ndjson", OpenAPIDocument.body("LogStreamLine"))
            case .usage: json("UsageView")
            case .exec: json("ExecAnswer")
            case .execStream: ("application/x-ndjson", OpenAPIDocument.body("ExecChunk"))
            case .accessories: json("AccessoriesView")
            case .health: json("HealthView")
            case .prune: json("PruneView")
            case .doctor: json("DoctorView")
            case .adopt: json("AdoptView")
            }
        guard let content else { return ["description": "Done."] }
        return ["description": "Done.", "content": .object([content.type: content.body])]
    }

    private func json(_ schema: String) -> (type: String, body: JSONValue) {
        ("application/json", OpenAPIDocument.body(schema))
    }

    private var request: JSONValue? {
        switch operation {
        case .storeArtifact: ["application/octet-stream": ["schema": ["type": "string", "format": "binary"]]]
        case .build: ["application/json": OpenAPIDocument.body("BuildRequest")]
        case .plan, .beginRollout: ["application/json": OpenAPIDocument.body("RolloutRequest")]
        case .abortRollout: ["application/json": OpenAPIDocument.body("AbortRequest")]
        case .resumeRollout: ["application/json": OpenAPIDocument.body("ResumeRequest")]
        case .exec: ["application/json": OpenAPIDocument.body("ExecRequest")]
        case .execStream: ["application/octet-stream": ["schema": ["type": "string", "format": "binary"]]]
        case .accessories: ["application/json": OpenAPIDocument.body("AccessoryRequest")]
        case .health: ["application/json": OpenAPIDocument.body("HealthRequest")]
        case .prune: ["application/json": OpenAPIDocument.body("PruneRequest")]
        case .doctor: ["application/json": OpenAPIDocument.body("DoctorRequest")]
        case .adopt: ["application/json": OpenAPIDocument.body("AdoptRequest")]
        default: nil
        }
    }

    private var parameters: [JSONValue] {
        let inPath = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            parameter(String($0.dropFirst().dropLast()), in: "path", .string, required: true)
        }
        return inPath + others
    }

    private var others: [JSONValue] {
        switch operation {
        case .listRollouts: [query("project", .string), query("limit", .integer)]
        case .showRollout, .abortRollout, .resumeRollout: [query("project", .string)]
        case .followRollout:
            [query("after", .integer), parameter("Last-Event-ID", in: "header", .integer, required: false)]
        case .status, .usage: [query("project", .string), query("service", .string)]
        case .releases: [query("limit", .integer)]
        case .logs:
            [
                parameter("project", in: "query", .string, required: true), query("service", .string),
                query("release", .integer), query("replica", .integer), query("tail", .integer),
                query("follow", .boolean),
            ]
        default: []
        }
    }

    private func query(_ name: String, _ kind: Schema.Kind) -> JSONValue {
        parameter(name, in: "query", kind, required: false)
    }

    private func parameter(_ name: String, in place: String, _ kind: Schema.Kind, required: Bool) -> JSONValue {
        ["name": .string(name), "in": .string(place), "required": .bool(required), "schema": kind.json]
    }
}
