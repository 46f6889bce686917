import TealCore
import TealEngine

/// What a deploy does with accessories, as a value: one that never ran is started, before what needs it; one that runs is
/// left as it is, unless it was named itself.
struct AccessoryCare: Sendable {
    let drafts: [ReleaseDraft]
    let request: TealEngine.Request
    /// Whether services are released that have not changed; never accessories that were not named.
    let force: Bool
    /// The accessories that may be replaced.
    let agreed: Set<ServiceName>

    /// An accessory that has changed and is left as it is.
    struct Left: Sendable {
        let draft: ReleaseDraft
        let active: Release
    }

    /// What the whole order comes to on a host.
    struct Decision: Sendable {
        var planned: Planner.Planned
        var left: [Left]
    }

    func decide(_ state: HostState) -> Decision {
        var (through, left, same): ([ReleaseDraft], [Left], [ServiceKey]) = ([], [], [])
        for draft in drafts {
            let key = ServiceKey(project: request.project, service: draft.spec.name)
            guard let record = state.services[key], record.environment == request.environment,
                let active = state.release(record.active?.release),
                Self.keeps(draft.spec, over: active.spec), !agreed.contains(draft.spec.name)
            else {
                through.append(draft)
                continue
            }
            if draft.equals(active) { same.append(key) } else { left.append(Left(draft: draft, active: active)) }
        }
        var planned = Planner.deploy(through, request, force: force, state: state)
        planned.unchanged = drafts.map { ServiceKey(project: request.project, service: $0.spec.name) }
            .filter { planned.unchanged.contains($0) || same.contains($0) }
        return Decision(planned: planned, left: left)
    }

    /// What the next rollout of the order does; the rest follows once that is released.
    func next(_ state: HostState) -> Planner.Planned {
        var planned = decide(state).planned
        guard let first = Self.stages(planned.members).first else { return planned }
        let made = Set(first.map(\.new.id))
        planned.members = first
        planned.made = planned.made.filter { made.contains($0.id) }
        return planned
    }

    /// The rollouts that members take: accessories first, each before what needs it.
    ///
    /// An accessory that needs something else that changes comes with that.
    static func stages(_ members: [Member]) -> [[Member]] {
        var stages: [[Member]] = []
        var left = members
        while !left.isEmpty {
            let names = Set(left.map(\.service.service))
            let first = left.filter { member in
                member.spec.kind == .accessory
                    && names.isDisjoint(with: Set(member.spec.needs).subtracting([member.service.service]))
            }
            let stage = first.isEmpty ? left : first
            stages.append(stage)
            left.removeAll { member in stage.contains { $0.service == member.service } }
        }
        return stages
    }

    /// Whether data is at stake: it keeps some, or is to.
    private static func keeps(_ new: ServiceSpec, over old: ServiceSpec) -> Bool {
        [new.kind, old.kind].contains(.accessory)
    }
}
