package import TealCore
package import TealDriverKit

/// The health gate of one replica: which probe comes next, and when enough have passed.
package struct ReplicaProof: Hashable, Sendable, Codable {
    /// What a probe, or the lack of one, means for the gate.
    package enum Verdict: Hashable, Sendable {
        case goOn
        case proven
        case failed(Diagnosis)
    }

    package let replica: ReplicaID
    /// Where the replica is; nil for the host whose journal holds the rollout.
    package let host: HostName?
    package private(set) var run: RunID?
    package private(set) var endpoint: Endpoint?
    package private(set) var passes = 0
    package private(set) var probes = 0
    package private(set) var isProven = false
    package private(set) var nextProbe: Timestamp
    private var probing = false
    private var wait: Duration
    private var lastFailure: ProbeFailure?
    private let gate: HealthGate
    private let passesNeeded: Int
    private let deadline: Timestamp

    /// While nothing listens yet, asking is nearly free: the gate must not add much to a service's own start time.
    private static let refusedWait: Duration = .milliseconds(25)

    package init(
        replica: ReplicaID,
        run: RunID?,
        endpoint: Endpoint?,
        gate: HealthGate,
        passesNeeded: Int,
        host: HostName? = nil,
        now: Timestamp
    ) {
        self.replica = replica
        self.host = host
        self.run = run
        self.endpoint = endpoint
        self.gate = gate
        self.passesNeeded = max(1, passesNeeded)
        wait = gate.quickInterval
        nextProbe = now
        deadline = now + gate.deadline
    }

    package var place: PlacedReplica { PlacedReplica(replica, on: host) }

    /// When the gate wants to be asked again: for the next probe, or at the deadline.
    package var wakeAt: Timestamp { isProven || probing ? deadline : min(nextProbe, deadline) }

    /// Whether a probe is due; from then on its result is awaited.
    package mutating func takeDueProbe(at now: Timestamp) -> Bool {
        guard !isProven, !probing, now >= nextProbe, now < deadline else { return false }
        probing = true
        return true
    }

    /// Takes in the result of a probe.
    ///
    /// - Parameters:
    ///   - result: What the probe saw.
    ///   - seen: The run that answered; another one than before begins the count again.
    ///   - now: When the result came.
    /// - Returns: Whether the replica is proven, has failed, or is asked again.
    package mutating func probed(_ result: ProbeResult, run seen: RunID?, at now: Timestamp) -> Verdict {
        probing = false
        probes += 1
        if let seen, let run, seen != run {
            passes = 0
        }
        if let seen { run = seen }
        switch result {
        case .passed:
            passes += 1
            lastFailure = nil
            if passes >= passesNeeded {
                isProven = true
                return .proven
            }
            nextProbe = now + gate.spacing
        case .failed(let failure):
            passes = 0
            lastFailure = failure
            if failure.isNotListening {
                nextProbe = now + Self.refusedWait
            } else {
                nextProbe = now + wait
                wait = min(wait * 2, gate.interval)
            }
            if case .notRunning(let exit) = failure { return .failed(diagnosis(exit: exit)) }
        }
        return checkDeadline(at: now)
    }

    /// Fails the gate once its deadline has passed.
    package func checkDeadline(at now: Timestamp) -> Verdict {
        guard !isProven, now >= deadline else { return .goOn }
        return .failed(diagnosis(exit: nil))
    }

    /// Fails the gate because the replica ended: nothing may restart while it proves itself.
    package func ended(_ exit: ReplicaExit) -> Verdict { .failed(diagnosis(exit: exit)) }

    /// Fails the gate because the runtime's own check says that the replica is unhealthy.
    package mutating func unwell() -> Verdict {
        lastFailure = .unhealthy
        return .failed(diagnosis(exit: nil))
    }

    /// Asks anew after the replica ended, with the wait that grows from probe to probe.
    ///
    /// - Returns: false when the deadline has passed.
    package mutating func beginAgain(at now: Timestamp) -> Bool {
        guard now < deadline else { return false }
        isProven = false
        passes = 0
        run = nil
        endpoint = nil
        nextProbe = now + wait
        wait = min(wait * 2, gate.interval)
        return true
    }

    private func diagnosis(exit: ReplicaExit?) -> Diagnosis {
        .init(
            replica: replica,
            failure: lastFailure,
            exit: exit,
            probes: probes,
            limit: gate.deadline,
            endpoint: endpoint
        )
    }
}

extension ProbeFailure {
    /// Whether nothing listens where it should, as while a service is still starting.
    fileprivate var isNotListening: Bool {
        switch self {
        case .refused, .wrongPort, .unanswered: true
        default: false
        }
    }
}
