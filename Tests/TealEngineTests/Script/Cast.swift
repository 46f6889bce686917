import TealCore
import TealDriverKit
import TealEngine

/// Members, releases and replicas for scripted rollouts.
enum Cast {
    static func release(_ spec: ServiceSpec, _ number: Int, neighbours: [Neighbour] = []) -> Release {
        Release(
            id: ReleaseID(service: ServiceKey(project: Samples.project, service: spec.name), number: number),
            environment: Samples.environment,
            spec: spec,
            content: .artifact(sha256: "\(number)"),
            secretVersions: [:],
            configurationHash: "\(number)",
            gitCommit: nil,
            author: "ann",
            createdAt: 0,
            neighbours: neighbours
        )
    }

    /// The second release of a service, with the first one in the blue slot.
    static func second(_ spec: ServiceSpec) -> Member { successor(of: release(spec, 1), release(spec, 2)) }

    /// The way back from the second release of a service to the first one, in the other slot.
    static func back(_ spec: ServiceSpec) -> Member { successor(of: release(spec, 2), release(spec, 1)) }

    private static func successor(of old: Release, _ new: Release) -> Member {
        Member(
            service: old.id.service,
            new: new,
            old: old,
            slot: .green,
            oldSlot: .blue,
            displaced: nil,
            mode: Member.mode(of: new.spec, replacing: nil),
            warmRuns: false
        )
    }

    static func first(_ spec: ServiceSpec) -> Member {
        let new = release(spec, 1)
        return Member(
            service: new.id.service,
            new: new,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: Member.mode(of: spec, replacing: nil),
            warmRuns: false
        )
    }

    static func running(_ member: Member, _ side: Side) -> [ReplicaState] {
        guard let release = member.release(side) else { return [] }
        return member.replicas(side).map { running($0, release.id) }
    }

    /// A running replica; blue ones listen from 9000 on, green ones from 9100 on.
    static func running(_ id: ReplicaID, _ release: ReleaseID, run: String = "1", isActive: Bool? = nil) -> ReplicaState
    {
        ReplicaState(
            id: id,
            release: release,
            endpoint: Endpoint(address: "127.0.0.1", port: (id.slot == .blue ? 9000 : 9100) + id.index),
            phase: .running,
            run: RunID("\(id)-\(run)"),
            restarts: 0,
            restartPolicy: .unlessStopped,
            isActive: isActive
        )
    }

    /// The runs of a side's replicas, as they were proven.
    static func targets(_ member: Member, _ side: Side) -> [TrafficTarget] {
        guard let release = member.release(side) else { return [] }
        return member.replicas(side).map { target($0, release.id) }
    }

    static func target(_ id: ReplicaID, _ release: ReleaseID, run: String = "1") -> TrafficTarget {
        TrafficTarget(
            replica: id,
            release: release,
            run: RunID("\(id)-\(run)"),
            endpoint: Endpoint(address: "127.0.0.1", port: (id.slot == .blue ? 9000 : 9100) + id.index)
        )
    }
}
