package import TealCore
import TealDriverKit

/// The watch of one member: what was counted for it, and when it needs requests of Teal's own.
package struct MemberWatch: Hashable, Sendable, Codable {
    /// Its position in the rollout's members.
    package let member: Int
    package let policy: WatchPolicy
    package private(set) var synthetic = 0
    package private(set) var real = 0
    private let baseline: TrafficWindow?
    /// The first reading after the warm-up, with its incarnation; later ones are compared with it.
    private var first: First?
    private var nextSynthetic: Timestamp
    private var probing = false

    private struct First: Hashable, Sendable, Codable {
        let incarnation: String
        let counters: TargetCounters
    }

    /// - Parameters:
    ///   - member: Its position in the rollout's members.
    ///   - policy: How far the new release may be from the old one.
    ///   - baseline: The old release's window before the switch; nil when there was none.
    ///   - now: When the watch begins.
    package init(member: Int = 0, policy: WatchPolicy, baseline: TrafficWindow?, now: Timestamp) {
        self.member = member
        self.policy = policy
        self.baseline = baseline
        nextSynthetic = now + min(policy.warmUp, policy.window)
    }

    /// Whether real traffic is too thin to judge by alone.
    private var wantsSynthetic: Bool { policy.syntheticPerSecond > 0 && real < policy.requestsMin }

    /// When the next request of Teal's own is due; nil when none is.
    func wakeAt(before ends: Timestamp) -> Timestamp? {
        !probing && wantsSynthetic && nextSynthetic < ends ? nextSynthetic : nil
    }

    mutating func takeDueSynthetic(at now: Timestamp, ends: Timestamp) -> Bool {
        guard !probing, wantsSynthetic, now >= nextSynthetic else { return false }
        guard now < ends else {
            nextSynthetic = ends
            return false
        }
        probing = true
        return true
    }

    mutating func probed(at now: Timestamp) {
        probing = false
        synthetic += 1
        nextSynthetic = now + .seconds(1) / max(1, policy.syntheticPerSecond)
    }

    /// Takes in a reading; answers with what is wrong.
    mutating func sampled(_ sample: TrafficSample) -> WatchVerdict.Failure? {
        guard sample.members.indices.contains(member) else { return nil }
        let counters = sample.members[member].new
        guard let first, first.incarnation == sample.incarnation else {
            // The switch started anew, and with it its counts.
            first = First(incarnation: sample.incarnation, counters: counters)
            return nil
        }
        let window = TrafficWindow(from: first.counters, to: counters)
        real = max(0, window.answers - synthetic)
        guard case .bad(let failure) = WatchVerdict.judge(window, before: baseline, policy: policy) else { return nil }
        return failure
    }
}
