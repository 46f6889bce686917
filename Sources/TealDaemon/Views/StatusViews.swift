import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// Turns records and what runs into the API's status.
enum StatusViews {
    /// How one service stands.
    ///
    /// - Parameters:
    ///   - record: What is written down of it.
    ///   - state: What the host remembers.
    ///   - seen: What runs, as far as that can be seen.
    ///   - counters: What the proxy has counted; nil when it does not answer.
    ///   - drift: What differs, one a line.
    ///   - pulls: Whether a rollback would have to pull its image again.
    ///   - gaps: Times in which nobody answered at a port of the host.
    ///   - now: Seconds since 1970.
    /// - Returns: Both slots, with what a rollback would do.
    static func service(
        _ record: ServiceRecord,
        _ state: HostState,
        _ seen: SeenReplicas,
        _ counters: TrafficCounters?,
        drift: [String],
        pulls: Bool,
        gaps: [PortGap] = [],
        now: Double
    ) -> ServiceStatus {
        let spec = state.release((record.active ?? record.blue ?? record.green)?.release)?.spec
        // A service whose first release never took over has only that one to tell what it is.
        let kind = (spec ?? state.history(of: record.service).first?.release.spec)?.kind
        let mine = counters?.targets.filter { $0.key.description.hasPrefix("\(record.service)@") }.map(\.value) ?? []
        return ServiceStatus(
            service: "\(record.service.service)",
            kind: kind?.rawValue ?? ServiceKind.web.rawValue,
            active: record.activeSlot.flatMap { slot($0, record, state, seen) },
            standby: record.standbySlot.flatMap { slot($0, record, state, seen) },
            routes: spec.map { routes(of: $0) } ?? [],
            requestsInFlight: mine.reduce(0) { $0 + Int(clamping: $1.requestsInFlight) },
            upgradedOpen: mine.reduce(0) { $0 + Int(clamping: $1.upgradedOpen) },
            drift: drift,
            rollback: rollback(record, state, pulls: pulls),
            outages: outages(record, gaps, now: now),
            stopped: record.isStopped ? record.stopped.map { StopView(by: $0.author, at: $0.at) } : nil
        )
    }

    /// Oldest first.
    private static func outages(_ record: ServiceRecord, _ gaps: [PortGap], now: Double) -> [OutageView] {
        let passed = gaps.filter { $0.service == record.service }.map(\.view)
        return (record.outages.map { OutageWords.view($0, of: record.service, now: now) } + passed)
            .sorted { $0.began < $1.began }
    }

    private static func routes(of spec: ServiceSpec) -> [RouteStatus] {
        let named = spec.routes.map { route in
            RouteStatus(hosts: route.hosts, pathPrefix: route.pathPrefix, internalOnly: route.internalOnly)
        }
        let ports = (spec.hostPorts ?? []).map { port in
            RouteStatus(hosts: [], pathPrefix: "/", internalOnly: false, port: "\(port)")
        }
        return named + ports
    }

    private static func slot(
        _ slot: Slot,
        _ record: ServiceRecord,
        _ state: HostState,
        _ seen: SeenReplicas
    ) -> SlotStatus? {
        guard let place = record[slot], let known = state.releases[place.release] else { return nil }
        let isRouted: Bool = if case .slot(slot) = record.routed { true } else { false }
        return SlotStatus(
            release: "\(place.release)",
            slot: slot.rawValue,
            since: known.activeAt,
            gitCommit: known.release.gitCommit,
            image: ImageWords.text(known.release),
            replicas: Member.replicas(of: known.release, in: slot).map { id in
                guard seen.canSee(record.service) else { return unseen(id) }
                return replica(
                    id,
                    seen.replicas.first { $0.id == id && $0.release == place.release },
                    place,
                    known.release.spec,
                    isRouted
                )
            }
        )
    }

    private static func replica(
        _ id: ReplicaID,
        _ state: ReplicaState?,
        _ place: ServiceRecord.Place,
        _ spec: ServiceSpec,
        _ isRouted: Bool
    ) -> ReplicaStatus {
        let target = place.proven[id.index]
        let isProven = target != nil && target?.run == state?.run
        let health: ReplicaStatus.Health =
            if state?.isRunning != true { .down } else if spec.health.check.isEmpty { .unchecked } else if isProven {
                .healthy
            } else { .unproven }
        return ReplicaStatus(
            replica: "\(id)",
            phase: phase(state),
            health: health,
            reason: health == .down
                ? phase(state) : (health == .unproven ? "has not passed its health gate in this run" : nil),
            endpoint: state?.endpoint.map { "\($0)" },
            routed: isRouted && isProven && spec.takesTraffic,
            restarts: state?.restarts ?? 0
        )
    }

    /// One of which nothing is known now: it may run, and may take traffic.
    private static func unseen(_ id: ReplicaID) -> ReplicaStatus {
        ReplicaStatus(
            replica: "\(id)",
            phase: "unknown",
            health: .unproven,
            reason: "it cannot be seen now",
            endpoint: nil,
            routed: false,
            restarts: 0
        )
    }

    private static func phase(_ state: ReplicaState?) -> String {
        switch state?.phase {
        case nil, .stopped: "stopped"
        case .running: "running"
        case .restarting(let exit): "restarting: \(exit)"
        case .exited(let exit): "\(exit)"
        case .foreign(let text): "foreign: \(text)"
        }
    }

    private static func rollback(_ record: ServiceRecord, _ state: HostState, pulls: Bool) -> RollbackPreview? {
        guard let target = state.rollbackTarget(of: record.service) else { return nil }
        let place = record.standby
        let isWarm = place?.release == target.id && record.standbyUntil != nil && !(place?.proven.isEmpty ?? true)
        let gate = target.release.spec.health
        let about = isWarm ? 0.2 : gate.spacing.inSeconds * Double(max(0, gate.passes - 1)) + 0.3
        return RollbackPreview(
            release: "\(target.id)",
            what: isWarm
                ? "routes back to \(target.id), which still runs"
                : pulls
                    ? "pulls the image of \(target.id) again, starts it and routes to it once it is healthy"
                    : "starts \(target.id) again and routes to it once it is healthy",
            aboutSeconds: about,
            refusedBecause: nil
        )
    }

    static func release(
        _ entry: ReleaseRecord,
        _ record: ServiceRecord,
        _ rollouts: [RolloutSnapshot],
        isRolling: Bool,
        restorable: Bool
    ) -> ReleaseView {
        let made = rollouts.last { $0.rollout.members.contains { $0.new.id == entry.id } }
        let state: ReleaseView.State =
            if isRolling { .rolling } else if record.active?.release == entry.id { .active } else if entry.takenBack {
                .takenBack
            } else if record.standby?.release == entry.id { .standby } else if entry.wasActive { .former } else {
                .keptOut
            }
        let reason: Reason? =
            switch made?.rollout.outcome {
            case .kept(let reason), .reverted(let reason, _), .halted(let reason): reason
            default: nil
            }
        return ReleaseView(
            release: "\(entry.id)",
            number: entry.id.number,
            state: state,
            because: state == .keptOut || state == .takenBack
                ? reason.map { RolloutProblem.text(of: $0, members: made?.rollout.members ?? []) } : nil,
            rollout: made.map { "\($0.rollout.id)" },
            createdAt: entry.release.createdAt,
            author: entry.release.author,
            gitCommit: entry.release.gitCommit,
            content: entry.release.content.hash,
            replicas: entry.release.spec.replicas,
            restorable: restorable
        )
    }
}
