import TealCore
import TealDriverKit

/// How a release behaves in the model.
struct Behaviour {
    /// Until it listens.
    var boot: Duration = .milliseconds(30)
    var isHealthy = true
    /// It ends by itself this long after every start.
    var crashesAfter: Duration?
    var crashesOutOfMemory = false
    /// Answers every other moment only.
    var flaps = false
    /// Of 100 requests that users send, so many are answered with 500.
    var errorPercent = 0
    var smokePasses = true
    var migrationExit = 0
    var migrationTakes: Duration = .milliseconds(50)
    var hookExit = 0
    /// The content cannot be fetched or launched.
    var fetchError: RuntimeError?
    var startError: RuntimeError?
}

/// One replica in the model.
struct ModelReplica {
    var release: ReleaseID
    var run: RunID?
    var phase: ReplicaPhase
    var policy: RestartPolicy = .no
    var startedAt: Int64 = 0
    /// Whether it does background work.
    var isActive = false
    var restarts = 0

    var isRunning: Bool { phase == .running }
}

/// What a once-only run did.
struct ModelOnce {
    var endsAt: Int64
    var result: CommandResult
    /// A reboot came before its end.
    var isLost = false
}

/// The replicas of the model's host; they outlive the daemon.
struct ModelRuntime {
    var replicas: [ReplicaID: ModelReplica] = [:]
    var once: [String: ModelOnce] = [:]
    var contents: Set<ReleaseID> = []
    /// Passes that each run has had.
    var passes: [RunID: Int] = [:]
    /// Writing smoke requests that were really sent, by the name of their step.
    var smokeWrites: [String: Int] = [:]
    private var runs = 0

    mutating func nextRun() -> RunID {
        runs += 1
        return RunID("run-\(runs)")
    }

    func state(_ id: ReplicaID) -> ReplicaState? {
        replicas[id].map { replica in
            ReplicaState(
                id: id,
                release: replica.release,
                endpoint: Self.endpoint(id),
                phase: replica.phase,
                run: replica.run,
                restarts: replica.restarts,
                restartPolicy: replica.policy,
                isActive: replica.isRunning ? replica.isActive : nil
            )
        }
    }

    var states: [ReplicaState] { replicas.keys.sorted().compactMap { state($0) } }

    static func endpoint(_ id: ReplicaID) -> Endpoint {
        Endpoint(address: "127.0.0.1", port: (id.slot == .blue ? 8000 : 8100) + id.index)
    }
}
