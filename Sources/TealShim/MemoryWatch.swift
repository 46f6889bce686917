import TealCore

/// Decides from samples whether a process tree has more memory than it may.
///
/// Resident bytes are quick to read, and count a page again for each process that shares it, as all do after a fork.
/// So they only say that it is time to measure exactly; and one exact sample, which may be from the middle of a fork,
/// is not enough either.
struct MemoryWatch {
    /// How often resident bytes are looked at.
    static let every: Duration = .milliseconds(250)
    /// How soon a tree that is over its limit is measured again.
    static let againAfter: Duration = .milliseconds(50)
    /// How soon a tree is measured again that only seems to be over its limit: that costs the kernel a walk.
    static let sharedEvery: Duration = .seconds(1)
    /// How many exact samples in a row must be over the limit.
    static let samplesOver = 2

    let bytesMax: Int
    private var over = 0
    /// When it is to be looked at next; at once for nil.
    private(set) var nextAt: Timestamp?

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// A run begins.
    mutating func begin() { (over, nextAt) = (0, nil) }

    /// Looks when it is due.
    ///
    /// - Parameters:
    ///   - now: When it is; never earlier than at the call before.
    ///   - resident: The sum of what is resident of each process.
    ///   - proportional: The sum with shared pages divided among those that share them; called only when it is needed.
    /// - Returns: Whether the tree has too much.
    mutating func look(at now: Timestamp, resident: () -> Int, proportional: () -> Int) -> Bool {
        if let nextAt, now < nextAt { return false }
        nextAt = now + Self.every
        guard resident() > bytesMax else {
            over = 0
            return false
        }
        guard proportional() > bytesMax else {
            over = 0
            nextAt = now + Self.sharedEvery
            return false
        }
        over += 1
        nextAt = now + Self.againAfter
        return over >= Self.samplesOver
    }
}
