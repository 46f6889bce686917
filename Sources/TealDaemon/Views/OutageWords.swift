import TealAPI
import TealCore
import TealEngine

/// The words for times in which nobody answered.
enum OutageWords {
    /// A length for people, to a tenth of a second.
    static func seconds(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    static func view(_ outage: Outage, of service: ServiceKey, now: Double) -> OutageView {
        OutageView(
            service: "\(service.service)",
            began: outage.began,
            seconds: max(0, (outage.ended ?? now) - outage.began),
            isOver: outage.ended != nil
        )
    }

    /// The outages of a rollout's services while it was under way, oldest first.
    static func of(
        _ rollout: Rollout,
        from start: Double,
        to end: Double,
        _ state: HostState,
        now: Double
    ) -> [OutageView] {
        rollout.members.flatMap { member in
            (state.services[member.service]?.outages ?? []).filter { $0.overlaps(start, end) }
                .map { view($0, of: member.service, now: now) }
        }.sorted { $0.began < $1.began }
    }

    /// What a problem says first where users had no answer meanwhile, although the rollout itself took none from them.
    static func problem(_ body: ProblemBody, with outages: [OutageView]) -> ProblemBody {
        guard !outages.isEmpty else { return body }
        let said = outages.map(text).joined(separator: ", ")
        let unaffected = "users were not affected: "
        let rest = body.detail.hasPrefix(unaffected) ? String(body.detail.dropFirst(unaffected.count)) : body.detail
        let isOver = outages.allSatisfy(\.isOver)
        return body.saying("\(said); \(rest)", userImpact: isOver ? max(body.userImpact, .brief) : .ongoing)
    }

    /// Such as `users of web had no answer for 6.2 s, since none of its replicas could be reached`.
    static func text(_ outage: OutageView) -> String {
        let length = "\(seconds(outage.seconds)) s"
        return outage.isOver
            ? "users of \(outage.service) had no answer for \(length), since none of its replicas could be reached"
            : "users of \(outage.service) have had no answer for \(length), since none of its replicas can be reached"
    }
}
