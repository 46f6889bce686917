package import TealCore
import TealDriverKit

/// One host as a release over several is planned by.
package struct PlannedHost: Hashable, Sendable {
    /// Nil: the host that coordinates.
    package let name: HostName?
    package let state: HostState

    package init(_ name: HostName?, _ state: HostState) {
        self.name = name
        self.state = state
    }
}

/// Releases over several hosts: each service on each of them, under one number.
extension Planner {
    /// New releases of the given services on all hosts; hosts that already are as asked are left alone unless forced.
    ///
    /// Where only some are, the others are brought after, to the same release.
    package static func deploy(
        _ drafts: [ReleaseDraft],
        _ request: Request,
        force: Bool,
        over hosts: [PlannedHost]
    ) -> Planned {
        var planned = Planned()
        for draft in inOrder(drafts, by: \.spec) {
            let key = ServiceKey(project: request.project, service: draft.spec.name)
            // What one host alone would refuse is refused for all of them.
            let alone = hosts.map { deploy([draft], request, force: true, state: $0.state) }
            let problems = alone.flatMap(\.problems)
            guard problems.isEmpty else {
                planned.problems += problems.prefix(1)
                continue
            }
            let active = hosts.map { $0.state.release($0.state.services[key]?.active?.release) }
            let same = force ? nil : active.compactMap(\.self).filter(draft.equals).max { $0.id < $1.id }
            let numbers = hosts.map { ($0.state.services[key]?.lastRelease ?? 0) + 1 }
            guard let made = alone.first?.made.first?.release, let number = numbers.max() else { continue }
            let release = same ?? made.numbered(number)
            let behind = hosts.indices.filter { active[$0]?.id != release.id || force }
            if behind.isEmpty { planned.unchanged.append(key) }
            if hosts.first?.state.releases[release.id] == nil { planned.made.append(ReleaseRecord(release: release)) }
            planned.members += behind.map { member(release, on: hosts[$0]) }
        }
        return planned
    }

    /// Back to recorded releases on all hosts: to the same one everywhere.
    ///
    /// Without a number that is where the first host goes. A host that is there already is left alone.
    package static func rollback(_ services: [(ServiceKey, Int?)], over hosts: [PlannedHost]) -> Planned {
        guard let first = hosts.first else { return Planned() }
        let leading = rollback(services, state: first.state)
        var planned = Planned()
        planned.problems = leading.problems
        let there = leading.unchanged.compactMap { first.state.release(first.state.services[$0]?.active?.release) }
        for release in inOrder(leading.members.map(\.new) + there, by: \.spec) {
            let service = release.id.service
            let plans = hosts.map { rollback([(service, release.id.number)], state: $0.state) }
            // What one host alone would refuse is refused for all of them.
            let problems = plans.flatMap(\.problems)
            guard problems.isEmpty else {
                planned.problems += problems.prefix(1)
                continue
            }
            let members = zip(hosts, plans).filter { $1.unchanged.isEmpty }.map { member(release, on: $0.0) }
            if members.isEmpty { planned.unchanged.append(service) }
            planned.members += members
        }
        return planned
    }

    private static func member(_ release: Release, on host: PlannedHost) -> Member {
        member(release, host.state.services[release.id.service], host.state).on(host.name)
    }
}

extension Release {
    /// The same under another number.
    fileprivate func numbered(_ number: Int) -> Release {
        Release(
            id: ReleaseID(service: id.service, number: number),
            environment: environment,
            spec: spec,
            content: content,
            secretVersions: secretVersions,
            configurationHash: configurationHash,
            gitCommit: gitCommit,
            author: author,
            createdAt: createdAt,
            neighbours: neighbours
        )
    }
}
