package import TealCore

/// A lease as its coordinator sees it, by its own boot clock.
///
/// It is believed in from when it was *asked* for, less a tenth: so belief ends before the lease does, however long question
/// and answer took, and as long as no clock goes a tenth faster than the other.
package struct HeldLease: Hashable, Sendable {
    /// What came of asking for it to be renewed.
    package enum Answer: Hashable, Sendable, Codable {
        /// It holds on, under this token.
        case renewed(LeaseToken)
        case refused(LeaseRefusal)
        /// No answer came.
        case silence
    }

    /// How often it is renewed, and how soon after a question without an answer.
    package static let beat: Duration = .seconds(5)
    private static let again: Duration = .seconds(1)

    package private(set) var token: LeaseToken
    private let limit: Duration
    private var asked: Timestamp
    /// Since when an answer is waited for.
    private var asking: Timestamp?
    private var nextAsk: Timestamp

    /// - Parameters:
    ///   - grant: What the host answered.
    ///   - asked: When it was asked; of several times the first.
    package init(_ grant: LeaseGrant, asked: Timestamp) {
        token = grant.token
        limit = grant.limit
        self.asked = asked
        nextAsk = asked + Self.beat
    }

    /// Until when steps may be begun in its name.
    package var believedUntil: Timestamp { asked + limit / 10 * 9 }

    package func isBelieved(at now: Timestamp) -> Bool { now < believedUntil }

    /// When it has to be looked at again.
    package var wakeAt: Timestamp { asking == nil ? min(nextAsk, believedUntil) : believedUntil }

    /// Whether it is to be renewed now; from then on the answer is awaited.
    package mutating func takeDue(at now: Timestamp) -> Bool {
        guard asking == nil, now >= nextAsk, isBelieved(at: now) else { return false }
        asking = now
        return true
    }

    /// Takes in what came of asking.
    ///
    /// - Returns: Why it is lost; nil when it is not, or not known to be.
    package mutating func answered(_ answer: Answer, at now: Timestamp) -> LeaseRefusal? {
        guard let since = asking else { return nil }
        asking = nil
        switch answer {
        case .renewed(let token):
            self.token = token
            asked = since
            nextAsk = max(since + Self.beat, now)
        case .silence: nextAsk = now + Self.again
        case .refused(.unwritten): nextAsk = now + Self.again
        case .refused(let refusal): return refusal
        }
        return nil
    }
}
