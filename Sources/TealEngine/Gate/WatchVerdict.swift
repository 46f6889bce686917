package import TealCore
package import TealDriverKit

/// Judges a new release's traffic against the old release's own, just before the switch.
package enum WatchVerdict: Hashable, Sendable {
    case good
    /// Too few requests to say anything.
    case tooFew
    case bad(Failure)

    /// Which figure was too far from the old release's.
    package enum Failure: Hashable, Sendable, Codable {
        /// 5xx, proxy-made errors and cut answers, as shares of all answers.
        case errors(share: Double, before: Double, requests: Int)
        case clientErrors(share: Double, before: Double, requests: Int)
        case latency(p95: Duration, before: Duration, requests: Int)
    }

    /// Compares two windows.
    ///
    /// - Parameters:
    ///   - new: The window of the release that is judged.
    ///   - before: The old release's window; nil when there was none, which counts as faultless.
    ///   - policy: How far the new release may be from the old one.
    /// - Returns: Whether the new release may stay, and why not.
    package static func judge(_ new: TrafficWindow, before: TrafficWindow?, policy: WatchPolicy) -> WatchVerdict {
        let requests = new.answers
        guard requests >= policy.requestsMin else { return .tooFew }
        let usable = before.flatMap { $0.answers >= policy.requestsMin ? $0 : nil }
        let errorsBefore = usable?.errorShare ?? 0
        if new.errorShare > errorsBefore + policy.errorShareMax {
            return .bad(.errors(share: new.errorShare, before: errorsBefore, requests: requests))
        }
        let clientErrorsBefore = usable?.clientErrorShare ?? 0
        if usable != nil, new.clientErrorShare > clientErrorsBefore + policy.clientErrorShareMax {
            return .bad(.clientErrors(share: new.clientErrorShare, before: clientErrorsBefore, requests: requests))
        }
        if let slow = new.p95, let was = usable?.p95, slow > policy.latencyFloor,
            slow.inSeconds > was.inSeconds * policy.latencyFactorMax
        {
            return .bad(.latency(p95: slow, before: was, requests: requests))
        }
        return .good
    }
}

/// What happened on one side between two readings of the same incarnation's counters.
package struct TrafficWindow: Hashable, Sendable, Codable {
    package let answers: Int
    package let errors: Int
    package let clientErrors: Int
    /// Nil without a latency figure.
    package let p95: Duration?

    package init(answers: Int, errors: Int, clientErrors: Int, p95: Duration?) {
        self.answers = answers
        self.errors = errors
        self.clientErrors = clientErrors
        self.p95 = p95
    }

    /// The difference of two readings; counters that fell (a target that was forgotten) count as begun anew.
    package init(from earlier: TargetCounters, to later: TargetCounters) {
        func gain(_ field: KeyPath<TargetCounters, UInt64>) -> Int {
            let (was, is_) = (earlier[keyPath: field], later[keyPath: field])
            return Int(clamping: is_ >= was ? is_ - was : is_)
        }
        let failed = gain(\.serverErrors) + gain(\.switchErrors) + gain(\.cutAnswers)
        errors = failed
        clientErrors = gain(\.clientErrors)
        answers = gain(\.successes) + gain(\.redirects) + gain(\.clientErrors) + failed
        p95 = LatencyHistogram.quantile(0.95, from: earlier.latency, to: later.latency)
    }

    package var errorShare: Double { answers == 0 ? 0 : Double(errors) / Double(answers) }
    package var clientErrorShare: Double { answers == 0 ? 0 : Double(clientErrors) / Double(answers) }
}

extension LatencyHistogram {
    /// The upper bound of the bucket in which the given share of the values between two readings is reached.
    ///
    /// Worked value: bounds 1, 2, 4 ms and gains 90, 8, 2 give 2 ms for 0.95.
    package static func quantile(_ share: Double, from earlier: Self, to later: Self) -> Duration? {
        guard !later.counts.isEmpty, later.counts.count == later.boundsNanoseconds.count else { return nil }
        let gains = later.counts.enumerated().map { index, count in
            earlier.counts.count == later.counts.count && count >= earlier.counts[index]
                ? count - earlier.counts[index] : count
        }
        let total = gains.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = Double(total) * share
        var seen: UInt64 = 0
        for (index, gain) in gains.enumerated() {
            seen += gain
            if Double(seen) >= wanted { return .nanoseconds(later.boundsNanoseconds[index]) }
        }
        return later.boundsNanoseconds.last.map { .nanoseconds($0) }
    }
}
