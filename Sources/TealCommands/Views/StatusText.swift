import TealAPI
import TealCore

/// A host's status, for people.
struct StatusText {
    let style: Style
    /// Seconds since 1970.
    let now: Double

    func lines(_ status: StatusView) -> [String] {
        let kind = status.trafficSwitch.flatMap { SwitchKind(rawValue: $0) } ?? .proxy
        let endpoint =
            status.publicEndpoint.map { kind == .proxy ? "public \($0)" : "\(kind.words), asked at \($0)" }
            ?? style.red("\(kind.words) does not answer")
        var lines = [style.dim("\(status.host), teal \(status.daemon), \(endpoint)")]
        if status.projects.isEmpty { lines += ["", "No project has been released here; begin with `teal deploy`."] }
        for project in status.projects {
            lines += ["", style.bold("\(project.project)") + " (\(project.environment))"]
            for service in project.services { lines += self.lines(service) }
        }
        for rollout in status.rollouts { lines += [""] + self.lines(rollout) }
        if !status.drift.isEmpty {
            lines += [""] + status.drift.map { style.yellow("drift: ") + $0 }
            lines.append("  mend it with `teal doctor --fix`")
        }
        return lines
    }

    private func lines(_ service: ServiceStatus) -> [String] {
        var lines = ["  " + style.bold(service.service) + "  \(service.kind)"]
        if let active = service.active {
            lines += self.lines(active, as: "active")
        } else {
            lines.append("    nothing is active")
        }
        if let stop = service.stopped {
            lines.append(
                "    stopped   " + style.yellow("by \(stop.by), \(Words.ago(now - stop.at)); ")
                    + "start it with `teal accessory start \(service.service)`"
            )
        }
        if let standby = service.standby { lines += self.lines(standby, as: "standby") }
        for (index, route) in service.routes.enumerated() {
            lines.append("    \(index == 0 ? "routes    " : "          ")\(Self.text(route))")
        }
        var flying: [String] = []
        if service.requestsInFlight > 0 { flying.append(Words.count(service.requestsInFlight, "request")) }
        if service.upgradedOpen > 0 { flying.append(Words.count(service.upgradedOpen, "upgraded connection")) }
        if !flying.isEmpty { lines.append("    in flight \(flying.joined(separator: ", "))") }
        if let rollback = service.rollback { lines.append("    rollback  " + text(rollback)) }
        if let outage = service.outages.last {
            let text = Self.text(outage, now)
            lines.append("    outage    " + (outage.isOver ? text : style.red(text)))
        }
        lines += service.drift.map { "    " + style.yellow("drift:    ") + $0 }
        return lines
    }

    private func lines(_ slot: SlotStatus, as role: String) -> [String] {
        let since = slot.since.map { ", " + Words.ago(now - $0) } ?? ""
        let commit = slot.gitCommit.map { ", commit \($0.prefix(10))" } ?? ""
        let padded = role + String(repeating: " ", count: max(1, 10 - role.count))
        var lines = ["    \(padded)\(style.bold(slot.release)) in \(slot.slot)\(since)\(commit)"]
        if let image = slot.image { lines.append(String(repeating: " ", count: 14) + image) }
        var table = TextTable()
        for replica in slot.replicas {
            let restarts = replica.restarts == 0 ? "" : Words.count(replica.restarts, "restart")
            let state = health(replica) + (replica.reason.map { ": \($0)" } ?? "")
            table.add(
                replica.replica,
                replica.phase,
                replica.endpoint ?? "",
                replica.routed ? "routed" : "",
                restarts,
                state
            )
        }
        lines += table.lines(indent: 14)
        return lines
    }

    private func health(_ replica: ReplicaStatus) -> String {
        switch replica.health {
        case .healthy: style.green("healthy")
        case .unhealthy: style.red("unhealthy")
        case .unproven: style.yellow("not proven yet")
        case .unchecked: style.yellow("never checked")
        case .down: style.dim("down")
        }
    }

    private static func text(_ outage: OutageView, _ now: Double) -> String {
        let length = Words.seconds(outage.seconds)
        if let port = outage.port {
            return "users had no answer at port \(port) of the host for \(length), \(Words.ago(now - outage.began)), "
                + "while it passed from its container to the proxy"
        }
        return outage.isOver
            ? "users had no answer for \(length), \(Words.ago(now - outage.began)), since no replica could be reached"
            : "users have had no answer for \(length): no replica can be reached"
    }

    private static func text(_ route: RouteStatus) -> String {
        if let port = route.port { return "port \(port) of the host" }
        let path = route.pathPrefix == "/" ? "" : route.pathPrefix
        let hosts =
            route.hosts.isEmpty
            ? (path.isEmpty ? "every host" : "every host \(path)")
            : route.hosts.map { $0 + path }.joined(separator: ", ")
        return hosts + (route.internalOnly ? " (internal)" : "")
    }

    private func text(_ rollback: RollbackPreview) -> String {
        if let because = rollback.refusedBecause { return style.yellow("would be refused: \(because)") }
        return "to \(rollback.release): \(rollback.what), about \(Words.seconds(rollback.aboutSeconds))"
    }

    private func lines(_ rollout: RolloutView) -> [String] {
        let text = WatchText(style: style, width: 200)
        var lines = [style.bold(text.head(rollout))]
        let moment = rollout.moments.last.map { ", \($0.moment.rawValue)" } ?? ""
        lines.append(
            "  \(rollout.phase ?? "about to begin") for \(Words.seconds(rollout.elapsedSeconds)) in all\(moment), by \(rollout.author)"
        )
        if let wait = rollout.wait {
            let left = Words.seconds(wait.untilSeconds - rollout.elapsedSeconds)
            lines.append(style.yellow("  waits for \(wait.waitingFor), at most \(left) more"))
            lines.append(style.yellow("  ends earlier by: \(wait.endedBy)"))
        }
        lines.append("  see it with `teal attach \(rollout.id)`")
        return lines
    }
}
