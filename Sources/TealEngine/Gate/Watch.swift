package import TealCore
import TealDriverKit

/// The watch after a switch: every routed member is judged by its own traffic, and the first bad one decides for all.
package struct Watch: Hashable, Sendable, Codable {
    package enum Verdict: Hashable, Sendable {
        case goOn
        case passed
        case failed(member: Int, WatchVerdict.Failure)
    }

    package let began: Timestamp
    package private(set) var members: [MemberWatch]
    private var nextSample: Timestamp
    private var sampling = false
    private let window: Duration

    /// How often the counters are read, which is also how soon a bad release is noticed.
    private static let sampleInterval: Duration = .milliseconds(250)
    /// How long after the window a reading that is under way is waited for.
    private static let sampleLimit: Duration = .seconds(3)

    package init(_ members: [MemberWatch], now: Timestamp) {
        self.members = members
        began = now
        window = members.map(\.policy.window).max() ?? .zero
        nextSample = now + min(members.map(\.policy.warmUp).min() ?? .zero, window)
    }

    package var ends: Timestamp { began + window }
    /// Answers of real traffic, and of Teal's own requests, that were judged.
    package var real: Int { members.reduce(0) { $0 + $1.real } }
    package var synthetic: Int { members.reduce(0) { $0 + $1.synthetic } }

    package var wakeAt: Timestamp {
        let wake = sampling ? ends + Self.sampleLimit : min(ends, nextSample)
        return members.compactMap { $0.wakeAt(before: ends) }.min().map { min(wake, $0) } ?? wake
    }

    /// Whether the window is over and even its last reading cannot be had.
    package func isOverdue(at now: Timestamp) -> Bool { sampling && now >= ends + Self.sampleLimit }

    package mutating func takeDueSample(at now: Timestamp) -> Bool {
        // The last reading is taken when the window ends, whenever the one before was.
        guard !sampling, now >= min(nextSample, ends) else { return false }
        sampling = true
        return true
    }

    /// The members that are to be asked now because their real traffic is too thin.
    package mutating func takeDueSynthetic(at now: Timestamp) -> [Int] {
        members.indices.filter { members[$0].takeDueSynthetic(at: now, ends: ends) }.map { members[$0].member }
    }

    package mutating func probed(_ member: Int, at now: Timestamp) {
        guard let place = members.firstIndex(where: { $0.member == member }) else { return }
        members[place].probed(at: now)
    }

    /// Takes in a reading and judges what came since each member's warm-up.
    package mutating func sampled(_ sample: TrafficSample, at now: Timestamp) -> Verdict {
        sampling = false
        nextSample = now + Self.sampleInterval
        var verdict = finished(at: now)
        for place in members.indices.reversed() {
            guard now >= began + min(members[place].policy.warmUp, window) else { continue }
            if let failure = members[place].sampled(sample) {
                verdict = .failed(member: members[place].member, failure)
            }
        }
        return verdict
    }

    /// A reading that could not be had decides nothing.
    package mutating func missed(at now: Timestamp) -> Verdict {
        sampling = false
        nextSample = now + Self.sampleInterval
        return finished(at: now)
    }

    package func finished(at now: Timestamp) -> Verdict { now >= ends ? .passed : .goOn }
}
