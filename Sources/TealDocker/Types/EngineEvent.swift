/// Something that happened to a container, or to a container in a network (`GET /events`).
struct EngineEvent: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case started
        case died(code: Int)
        case outOfMemory
        case unhealthy
        case destroyed
        /// Paused, renamed, updated, connected or disconnected: only a look can tell.
        case changed
    }

    let container: String
    let kind: Kind
    let labels: [String: String]
    /// Nanoseconds since 1970, by the engine's clock.
    let time: Int

    /// - Returns: Nil for an event that says nothing about a replica.
    init?(_ json: JSONValue) {
        let attributes = json["Actor"]["Attributes"].object.compactMapValues(\.string)
        let action = json["Action"].string ?? json["status"].string ?? ""
        time = json["timeNano"].int ?? (json["time"].int ?? 0) * 1_000_000_000
        if json["Type"].string == "network" {
            guard ["connect", "disconnect"].contains(action), let id = attributes["container"] else { return nil }
            container = id
            labels = [:]
            kind = .changed
            return
        }
        guard let id = json["Actor"]["ID"].string ?? json["id"].string else { return nil }
        container = id
        labels = attributes
        switch action {
        case "start": kind = .started
        case "die", "died":
            kind = .died(code: Int(attributes["exitCode"] ?? attributes["containerExitCode"] ?? "") ?? 0)
        case "oom": kind = .outOfMemory
        case "destroy", "remove": kind = .destroyed
        case "pause", "unpause", "rename", "update": kind = .changed
        // Podman says the health in an attribute.
        case "health_status: unhealthy": kind = .unhealthy
        case "health_status" where attributes["health_status"] == "unhealthy": kind = .unhealthy
        default: return nil
        }
    }
}
