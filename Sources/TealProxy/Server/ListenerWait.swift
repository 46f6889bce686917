import NIOCore

/// Why a listener of the table is not bound, and when it is tried again.
///
/// What another program has is left to it. A socket at one address keeps a program that listens at all of them, such as a
/// web server at `*:80`, from starting again, so that a place which was taken once is looked at without listening, and
/// bound only when it has stayed free for longer than a program needs to start again.
struct ListenerWait: Hashable, Sendable {
    /// How long a place that was taken must stay free: longer than the restart, or the upgrade, of a usual server.
    static let freeSpanDefault = TimeAmount.seconds(60)
    /// The longest wait between two tries where no other program is in the way.
    private static let longestWait = TimeAmount.seconds(60)

    enum Cause: Hashable, Sendable {
        /// Another program listens there, or did a short while ago.
        case taken
        /// The system says no for another reason; in one line.
        case refused(String)
    }

    let cause: Cause
    private var tries = 0
    private var nextTry: NIODeadline
    private var freeSince: NIODeadline?

    init(_ cause: Cause, now: NIODeadline) {
        self.cause = cause
        nextTry = now + .seconds(1)
    }

    /// The wait after one more try that has ended in the same way.
    func again(now: NIODeadline) -> ListenerWait {
        var next = self
        next.tries = min(tries + 1, 6)
        next.nextTry = now + min(.seconds(1 << Int64(next.tries)), Self.longestWait)
        next.freeSince = nil
        return next
    }

    /// Takes in whether a place that was taken is free now.
    mutating func saw(isFree: Bool, now: NIODeadline) {
        freeSince = isFree ? freeSince ?? now : nil
    }

    /// Whether it is time to try.
    func isDue(now: NIODeadline, freeSpan: TimeAmount) -> Bool {
        switch cause {
        case .taken: freeSince.map { now >= $0 + freeSpan } ?? false
        case .refused: now >= nextTry
        }
    }

    /// Why it is not listened at, for people.
    func words(freeSpan: TimeAmount) -> String {
        switch cause {
        case .refused(let reason): reason
        case .taken where freeSince == nil: "is taken"
        case .taken: "was taken, and is left alone until it has been free for \(freeSpan.nanoseconds / 1_000_000_000) s"
        }
    }
}
