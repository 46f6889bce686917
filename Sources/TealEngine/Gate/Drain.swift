package import TealCore
import TealDriverKit

/// Waits for what is in flight on one side, with separate limits for requests and for upgraded connections.
package struct Drain: Hashable, Sendable, Codable {
    package enum Verdict: Hashable, Sendable {
        case goOn
        case empty
        /// A limit has passed with something still in flight.
        case overdue(requests: Bool, upgraded: Bool)
    }

    package let side: Side
    package let began: Timestamp
    package private(set) var requests = 0
    package private(set) var upgraded = 0
    private let policy: DrainPolicy
    private var nextSample: Timestamp
    private var sampling = false
    private var requestsCut = false
    private var upgradedCut = false

    private static let sampleInterval: Duration = .milliseconds(100)
    /// How long after the limits a reading that is under way is waited for.
    private static let sampleLimit: Duration = .seconds(3)

    package init(side: Side, policy: DrainPolicy, now: Timestamp) {
        self.side = side
        self.policy = policy
        began = now
        nextSample = now
    }

    package var wakeAt: Timestamp { sampling ? ends + Self.sampleLimit : nextSample }

    /// When the drain ends at the latest.
    package var ends: Timestamp { began + max(policy.requests, policy.upgraded) }

    /// Whether the limits have passed and even the last reading cannot be had.
    package func isOverdue(at now: Timestamp) -> Bool { sampling && now >= ends + Self.sampleLimit }

    package mutating func takeDueSample(at now: Timestamp) -> Bool {
        guard !sampling, now >= nextSample else { return false }
        sampling = true
        return true
    }

    package mutating func sampled(_ sample: TrafficSample, at now: Timestamp) -> Verdict {
        let counters = side == .new ? sample.new : sample.old
        requests = Int(clamping: counters.requestsInFlight)
        upgraded = Int(clamping: counters.upgradedOpen)
        return judged(at: now)
    }

    /// A reading that could not be had: only the limits can end the drain.
    package mutating func missed(at now: Timestamp) -> Verdict {
        requests = max(requests, 1)
        return judged(at: now)
    }

    private mutating func judged(at now: Timestamp) -> Verdict {
        sampling = false
        nextSample = now + Self.sampleInterval
        if requests == 0, upgraded == 0 { return .empty }
        let waited = now.since(began)
        if waited >= max(policy.requests, policy.upgraded) { return .overdue(requests: true, upgraded: true) }
        if waited >= policy.requests, requests > 0, !requestsCut {
            requestsCut = true
            return .overdue(requests: true, upgraded: false)
        }
        if waited >= policy.upgraded, upgraded > 0, !upgradedCut {
            upgradedCut = true
            return .overdue(requests: false, upgraded: true)
        }
        return .goOn
    }
}
