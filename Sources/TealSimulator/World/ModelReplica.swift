import TealCore
import TealDriverKit

/// One replica as the world has it.
struct ModelReplica {
    let release: ReleaseID
    let content: String
    var run: RunID?
    var phase: ReplicaPhase
    var policy: RestartPolicy
    let endpoint: Endpoint
    /// When it was started, in nanoseconds of the world.
    var startedAt: Int64
    /// When it listens.
    var readyAt: Int64
    /// Whether it does background work.
    var works: Bool
    /// Told to stop, and not gone yet: it takes nothing new.
    var isStopping = false
    var restarts = 0
    /// What somebody changed about it while it runs on.
    var drift: [ReplicaDrift] = []
    /// What the runtime's own check says; nil for nothing.
    var health: ReplicaHealth?
    /// Where it reaches the proxy by the names of its project's services; nil outside networks.
    var gateway: String?

    /// Whether nobody reaches it although it runs.
    var isCutOff: Bool { drift.contains(.disconnected) }

    var isRunning: Bool { phase == .running }

    func state(_ id: ReplicaID) -> ReplicaState {
        .init(
            id: id,
            release: release,
            endpoint: endpoint,
            phase: phase,
            run: run,
            restarts: restarts,
            restartPolicy: policy,
            gateway: gateway,
            drift: isRunning ? drift : [],
            health: isRunning ? health : nil,
            isActive: isRunning ? works : nil
        )
    }
}

/// What was run once, under its name.
struct ModelOnce {
    let endsAt: Int64
    let result: CommandResult
    /// The host went down while it ran.
    var isLost = false
}

/// The passes of one run of a replica, as its gate counts them.
struct ModelPasses {
    /// In a row, each far enough from the one before.
    private(set) var count = 0
    private var lastAt: Int64?
    /// The passes in a row that failures have ended, and when: the newest last, and only those that no later one reached.
    private var lost: [(count: Int, at: Int64)] = []

    mutating func add(_ passed: Bool, spacing: Int64, at time: Int64) {
        guard passed else {
            if count > 0 {
                lost.removeAll { $0.count <= count }
                lost.append((count, time))
            }
            (count, lastAt) = (0, nil)
            return
        }
        if let lastAt, time - lastAt < spacing { return }
        count += 1
        lastAt = time
    }

    /// How many there were for somebody who decided at most `before` ago: a failure may have been another one's to see.
    func count(before: Int64, at time: Int64) -> Int {
        lost.reduce(count) { time - $1.at <= before ? max($0, $1.count) : $0 }
    }
}
