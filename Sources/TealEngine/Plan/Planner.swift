package import TealCore
import TealDriverKit

/// Decides which releases a rollout makes and where they go; changes nothing.
package enum Planner {
    /// What would be done.
    package struct Planned: Hashable, Sendable {
        package var members: [Member] = []
        /// Releases that do not exist yet.
        package var made: [ReleaseRecord] = []
        /// Services that already are as asked.
        package var unchanged: [ServiceKey] = []
        package var problems: [Problem] = []

        package init() {}
    }

    /// New releases of the given services; those without a change are left alone unless forced.
    package static func deploy(_ drafts: [ReleaseDraft], _ request: Request, force: Bool, state: HostState) -> Planned {
        var planned = Planned()
        for draft in inOrder(drafts, by: \.spec) {
            let key = ServiceKey(project: request.project, service: draft.spec.name)
            let record = state.services[key]
            if let record, record.active != nil, record.environment != request.environment {
                planned.problems.append(otherEnvironment(key, record.environment, request.environment))
                continue
            }
            if !force, let active = state.release(record?.active?.release), draft.equals(active) {
                planned.unchanged.append(key)
                continue
            }
            if let active = state.release(record?.active?.release), draft.spec.kind == .job, active.spec.kind != .job {
                planned.problems.append(cannotBecomeJob(key, active))
                continue
            }
            let release = Release(
                id: ReleaseID(service: key, number: (record?.lastRelease ?? 0) + 1),
                environment: request.environment,
                spec: draft.spec,
                content: draft.content,
                secretVersions: draft.secretVersions,
                configurationHash: draft.configurationHash,
                gitCommit: draft.gitCommit ?? request.gitCommit,
                author: request.author,
                createdAt: request.wallTime,
                neighbours: draft.neighbours
            )
            planned.made.append(ReleaseRecord(release: release))
            planned.members.append(member(release, record, state))
        }
        return planned
    }

    /// Back to recorded releases.
    ///
    /// - Parameters:
    ///   - services: Which services, each with a release's number or nil for the default target.
    ///   - state: What the host remembers.
    /// - Returns: Members whose new side is the recorded release; problems for those that have nowhere to go.
    package static func rollback(_ services: [(ServiceKey, Int?)], state: HostState) -> Planned {
        var planned = Planned()
        var targets: [(Release, ServiceRecord)] = []
        for (key, number) in services {
            guard let record = state.services[key], let active = record.active?.release else {
                planned.problems.append(noSuchService(key))
                continue
            }
            if let number {
                guard let wanted = state.releases[ReleaseID(service: key, number: number)] else {
                    planned.problems.append(noSuchRelease(key, number, state))
                    continue
                }
                if wanted.id == active {
                    planned.unchanged.append(key)
                } else {
                    targets.append((wanted.release, record))
                }
            } else if let target = state.rollbackTarget(of: key) {
                targets.append((target.release, record))
            } else {
                planned.problems.append(noTarget(key, active))
            }
        }
        for (release, record) in inOrder(targets, by: \.0.spec) {
            planned.members.append(member(release, record, state))
        }
        return planned
    }

    /// Releases that change nothing but how many replicas run.
    package static func scale(_ replicas: [ServiceKey: Int], _ request: Request, state: HostState) -> Planned {
        var planned = Planned()
        var drafts: [ReleaseDraft] = []
        for (key, count) in replicas.sorted(by: { $0.key < $1.key }) {
            guard let active = state.release(state.services[key]?.active?.release) else {
                planned.problems.append(noSuchService(key))
                continue
            }
            var spec = active.spec
            spec.replicas = count
            drafts.append(
                .init(
                    spec: spec,
                    content: active.content,
                    secretVersions: active.secretVersions,
                    configurationHash: active.configurationHash,
                    neighbours: active.neighbours,
                    gitCommit: active.gitCommit
                )
            )
        }
        guard planned.problems.isEmpty else { return planned }
        return deploy(drafts, request, force: false, state: state)
    }

    static func member(_ release: Release, _ record: ServiceRecord?, _ state: HostState) -> Member {
        let key = release.id.service
        // What users are on is never touched: after a halted way back that need not be the slot recorded as active.
        let live: Slot? = if case .slot(let routed) = record?.routed { routed } else { record?.activeSlot }
        let slot = live?.other ?? .blue
        let place = record?[slot]
        let old = state.release(live.flatMap { record?[$0]?.release })
        let isProven = place?.release == release.id && place?.proven.count == release.spec.replicas
        let isWarm = isProven && record?.standbyUntil != nil
        return Member(
            service: key,
            new: release,
            old: old,
            slot: slot,
            oldSlot: old == nil ? nil : live,
            displaced: place?.release,
            mode: Member.mode(of: release.spec, replacing: old?.spec),
            warmRuns: isWarm,
            warm: isWarm ? place?.proven.sorted { $0.key < $1.key }.map(\.value.run) : nil,
            wasVacant: record?.routed == .vacant ? true : nil
        )
    }

    /// What needs another comes after it; otherwise the given order stays.
    static func inOrder<Item>(_ items: [Item], by spec: (Item) -> ServiceSpec) -> [Item] {
        var left = items
        var sorted: [Item] = []
        while !left.isEmpty {
            let names = Set(left.map { spec($0).name })
            // A circle cannot get past the configuration's checks; if it did, the given order decides.
            let next = left.firstIndex { names.isDisjoint(with: Set(spec($0).needs).subtracting([spec($0).name])) } ?? 0
            sorted.append(left.remove(at: next))
        }
        return sorted
    }

    // MARK: Words

    private static func noSuchService(_ key: ServiceKey) -> Problem {
        Problem(
            "rollout.no-such-service",
            "nothing has been changed: no release of \(key) is active on this host",
            next: ["See what there is with `teal status`, or release it with `teal deploy \(key.service)`"]
        )
    }

    private static func noSuchRelease(_ key: ServiceKey, _ number: Int, _ state: HostState) -> Problem {
        let known = state.history(of: key).prefix(8).map { "\($0.id)" }.joined(separator: ", ")
        return Problem(
            "rollback.no-such-release",
            "nothing has been changed: there is no \(key.service)@\(number)",
            at: ["known are \(known)"],
            next: ["See all with `teal history \(key.service)`"]
        )
    }

    private static func noTarget(_ key: ServiceKey, _ active: ReleaseID) -> Problem {
        Problem(
            "rollback.no-target",
            "nothing has been changed: \(active) has no release before it that was active, ended well and was not taken back",
            next: ["Name one with `teal rollback \(key.service) RELEASE`; `teal history \(key.service)` lists them"]
        )
    }

    /// What runs on would have no successor that it stops for.
    private static func cannotBecomeJob(_ key: ServiceKey, _ active: Release) -> Problem {
        Problem(
            "deploy.kind",
            "nothing has been changed: \(active.id) runs as a \(active.spec.kind.rawValue), and a job cannot take its place",
            next: ["Give the job a name of its own in teal.yml"]
        )
    }

    private static func otherEnvironment(
        _ key: ServiceKey,
        _ here: EnvironmentName,
        _ asked: EnvironmentName
    ) -> Problem {
        Problem(
            "deploy.other-environment",
            "nothing has been changed: on this host \(key) runs for environment '\(here)', not '\(asked)'",
            next: ["Deploy with `--environment \(here)`, or choose another host"]
        )
    }
}
