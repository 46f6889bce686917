import TealCore
import TealDriverKit
import TealTestSupport

@testable import TealDocker

/// The verbs that the tests against a real engine are made of.
extension DockerLab {
    static let idle = LabScript.text(.idle)

    func order(
        _ release: Release,
        _ slot: Slot = .blue,
        _ index: Int = 0,
        active: Bool = false,
        neighbours: [ServiceName] = [],
        environment: [String: Secret] = [:]
    ) -> StartOrder {
        StartOrder(
            replica: ReplicaID(service: release.id.service, slot: slot, index: index),
            release: release,
            environment: environment,
            active: active,
            neighbours: neighbours
        )
    }

    func started(_ release: Release, _ slot: Slot = .blue) async throws -> ReplicaState {
        try await runtime.fetch(release)
        return try await runtime.start(order(release, slot))
    }

    func state(_ replica: ReplicaID) async throws -> ReplicaState {
        guard let state = try await runtime.replica(replica) else { throw ContractFailure("\(replica) is not known") }
        return state
    }

    /// What a command in a replica says.
    func says(_ replica: ReplicaID, _ script: String) async throws -> String {
        let result = try await runtime.execute(["sh", "-c", script], beside: replica, within: .seconds(10))
        return result.tail.joined(separator: "\n") + (result.exitCode == 0 ? "" : " [\(result.exitCode)]")
    }

    func ready(_ replica: ReplicaID) async throws {
        try await eventually("\(replica) is ready") {
            try await runtime.logTail(of: replica, linesMax: 100).contains { $0.text == "out ready" }
        }
    }

    func byHand(_ method: String, _ path: String, _ arguments: [String] = []) async throws {
        let said = try await DockerEngine.curl(method, path, arguments + ["--fail-with-body"])
        try expect(!said.contains("\"message\""), "by hand: \(said)")
    }
}

/// The events that were seen so far.
actor EventRecord {
    private(set) var events: [ReplicaEvent] = []

    func add(_ event: ReplicaEvent) { events.append(event) }
    func has(_ replica: ReplicaID, _ kind: ReplicaEvent.Kind) -> Bool {
        events.contains { $0.replica == replica && $0.kind == kind }
    }
    func has(_ replica: ReplicaID, _ kind: ReplicaEvent.Kind, of run: RunID?) -> Bool {
        events.contains(ReplicaEvent(replica: replica, kind: kind, run: run))
    }
}
