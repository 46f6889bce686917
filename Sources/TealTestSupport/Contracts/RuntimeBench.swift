import TealCore
import TealDriverKit

/// The verbs that the clauses of ``ContainerRuntimeContract`` are made of.
struct RuntimeBench<Lab: ContainerRuntimeLab>: Sendable {
    let lab: Lab

    var runtime: Lab.Runtime { lab.runtime }

    /// The place in a slot of the lab's service.
    func place(of release: Release, _ slot: Slot = .blue, _ index: Int = 0) -> ReplicaID {
        ReplicaID(service: release.id.service, slot: slot, index: index)
    }

    /// A fetched release.
    func fetched(_ behaviour: LabBehaviour, number: Int = 1) async throws -> Release {
        let release = try await lab.release(behaviour, number: number)
        try await runtime.fetch(release)
        return release
    }

    func order(
        _ release: Release,
        _ slot: Slot = .blue,
        _ index: Int = 0,
        environment: [String: Secret] = [:]
    ) -> StartOrder {
        var all = release.spec.environment.mapValues { Secret($0) }
        all.merge(environment) { $1 }
        return StartOrder(
            replica: place(of: release, slot, index),
            release: release,
            environment: all,
            active: false
        )
    }

    /// Fetches and starts a release, and waits until it has said that it is ready.
    func started(
        _ behaviour: LabBehaviour,
        number: Int = 1,
        _ slot: Slot = .blue,
        _ index: Int = 0
    ) async throws -> ReplicaState {
        let release = try await fetched(behaviour, number: number)
        let state = try await runtime.start(order(release, slot, index))
        try await ready(state.id)
        return state
    }

    func ready(_ replica: ReplicaID) async throws {
        try await eventually("\(replica) says that it is ready") {
            try await texts(replica).contains("out ready")
        }
    }

    func texts(_ replica: ReplicaID, _ linesMax: Int = 200) async throws -> [String] {
        try await runtime.logTail(of: replica, linesMax: linesMax).map(\.text)
    }

    /// The state of a replica that must be known.
    func state(_ replica: ReplicaID) async throws -> ReplicaState {
        guard let state = try await runtime.replica(replica) else { throw ContractFailure("\(replica) is not known") }
        return state
    }

    func phase(_ replica: ReplicaID) async throws -> ReplicaPhase { try await state(replica).phase }

    func stopPolicy(_ signal: String = "TERM", grace: Duration = .seconds(5)) -> StopPolicy {
        var policy = StopPolicy()
        policy.signal = signal
        policy.grace = grace
        return policy
    }

    func once(_ release: Release, _ name: String, _ command: [String], timeout: Duration = .seconds(20)) -> OnceOrder {
        OnceOrder(
            name: name,
            release: release,
            command: command,
            environment: [:],
            timeout: timeout,
            onHost: false
        )
    }
}
