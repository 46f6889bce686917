package import TealCore
package import TealDriverKit

/// The watch after a switch: what was counted, when it is judged, and when synthetic requests are needed.
package struct Watch: Hashable, Sendable, Codable {
    package enum Verdict: Hashable, Sendable {
        case goOn
        case passed
        case failed(WatchVerdict.Failure)
    }

    package let policy: WatchPolicy
    package let began: Timestamp
    package private(set) var synthetic = 0
    package private(set) var real = 0
    private let baseline: TrafficWindow?
    /// The first reading after the warm-up; later ones are compared with it.
    private var first: TrafficSample?
    private var nextSample: Timestamp
    private var nextSynthetic: Timestamp
    private var sampling = false
    private var probing = false

    /// How often the counters are read, which is also how soon a bad release is noticed.
    private static let sampleInterval: Duration = .milliseconds(250)
    /// How long after the window a reading that is under way is waited for.
    private static let sampleLimit: Duration = .seconds(3)

    package init(policy: WatchPolicy, baseline: TrafficWindow?, now: Timestamp) {
        self.policy = policy
        self.baseline = baseline
        began = now
        nextSample = now + min(policy.warmUp, policy.window)
        nextSynthetic = now + min(policy.warmUp, policy.window)
    }

    package var ends: Timestamp { began + policy.window }

    package var wakeAt: Timestamp {
        let wake = sampling ? ends + Self.sampleLimit : min(ends, nextSample)
        return !probing && wantsSynthetic && nextSynthetic < ends ? min(wake, nextSynthetic) : wake
    }

    /// Whether the window is over and even its last reading cannot be had.
    package func isOverdue(at now: Timestamp) -> Bool { sampling && now >= ends + Self.sampleLimit }

    /// Whether real traffic is too thin to judge by alone.
    private var wantsSynthetic: Bool { policy.syntheticPerSecond > 0 && real < policy.requestsMin }

    package mutating func takeDueSample(at now: Timestamp) -> Bool {
        // The last reading is taken when the window ends, whenever the one before was.
        guard !sampling, now >= min(nextSample, ends) else { return false }
        sampling = true
        return true
    }

    package mutating func takeDueSynthetic(at now: Timestamp) -> Bool {
        guard !probing, wantsSynthetic, now >= nextSynthetic else { return false }
        guard now < ends else {
            nextSynthetic = ends
            return false
        }
        probing = true
        return true
    }

    package mutating func probed(_ result: ProbeResult, at now: Timestamp) {
        probing = false
        synthetic += 1
        nextSynthetic = now + .seconds(1) / max(1, policy.syntheticPerSecond)
    }

    /// Takes in a reading and judges what came since the warm-up.
    package mutating func sampled(_ sample: TrafficSample, at now: Timestamp) -> Verdict {
        sampling = false
        nextSample = now + Self.sampleInterval
        guard let start = first, start.incarnation == sample.incarnation else {
            // The switch started anew, and with it its counts.
            first = sample
            return finished(at: now)
        }
        let window = TrafficWindow(from: start.new, to: sample.new)
        real = max(0, window.answers - synthetic)
        switch WatchVerdict.judge(window, before: baseline, policy: policy) {
        case .bad(let failure): return .failed(failure)
        case .good, .tooFew: return finished(at: now)
        }
    }

    /// A reading that could not be had decides nothing.
    package mutating func missed(at now: Timestamp) -> Verdict {
        sampling = false
        nextSample = now + Self.sampleInterval
        return finished(at: now)
    }

    package func finished(at now: Timestamp) -> Verdict { now >= ends ? .passed : .goOn }
}
