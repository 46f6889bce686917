/// One operation of the API: its name, method and path.
///
/// The router is built from this list, and the OpenAPI document is checked against it.
package enum Operation: String, Hashable, Sendable, CaseIterable {
    case version
    case openAPI
    case hasArtifact
    case storeArtifact
    case build
    case plan
    case beginRollout
    case listRollouts
    case showRollout
    case followRollout
    case abortRollout
    case resumeRollout
    case status
    case releases
    case logs
    case usage
    case exec
    case execStream
    case accessories
    case health
    case prune
    case doctor
    case adopt

    package var method: String {
        switch self {
        case .hasArtifact: "HEAD"
        case .storeArtifact: "PUT"
        case .build, .plan, .beginRollout, .abortRollout, .resumeRollout, .exec, .execStream, .accessories, .health,
            .prune, .doctor, .adopt:
            "POST"
        case .version, .openAPI, .listRollouts, .showRollout, .followRollout, .status, .releases, .logs, .usage: "GET"
        }
    }

    /// The path with its parameters in braces (OpenAPI 3.1 section 4.8.8).
    package var path: String {
        switch self {
        case .version: "/v1/version"
        case .openAPI: "/v1/openapi.json"
        case .hasArtifact, .storeArtifact: "/v1/artifacts/{sha256}"
        case .build: "/v1/builds"
        case .plan: "/v1/plans"
        case .beginRollout, .listRollouts: "/v1/rollouts"
        case .showRollout: "/v1/rollouts/{id}"
        case .followRollout: "/v1/rollouts/{id}/events"
        case .abortRollout: "/v1/rollouts/{id}/abort"
        case .resumeRollout: "/v1/rollouts/{id}/resume"
        case .status: "/v1/status"
        case .releases: "/v1/services/{project}/{service}/releases"
        case .logs: "/v1/logs"
        case .usage: "/v1/usage"
        case .exec: "/v1/exec"
        case .execStream: "/v1/exec/stream"
        case .accessories: "/v1/accessories"
        case .health: "/v1/health"
        case .prune: "/v1/prune"
        case .doctor: "/v1/doctor"
        case .adopt: "/v1/adoptions"
        }
    }

    /// The path with its parameters filled in, in their order.
    package func path(_ parameters: String...) -> String {
        var left = parameters[...]
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? left.popFirst() ?? String($0) : String($0) }
            .joined(separator: "/")
    }
}
