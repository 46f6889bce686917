package import TealCore
package import TealDriverKit

/// What the daemon must not forget: every decision is in it before it is acted on.
///
/// It is also what says whose the home is. Each reading is an opening with an epoch of its own, and only the newest
/// opening may write: the epoch is the fencing token of a daemon that was thought dead. A journal that has not been read
/// yet writes as the opening that was the newest when it was made. A conformance passes `JournalContract`.
package protocol Journal: Sendable {
    /// Writes all entries or none, and returns once they will survive a loss of power.
    ///
    /// - Throws: ``JournalError/superseded(by:)`` when a later opening has begun, and ``JournalError/tokenPassed(to:)``
    ///   when an entry of a part comes under an earlier token than what is written of it; that is found out in the same
    ///   transaction, and nothing is written.
    func append(_ entries: [JournalEntry]) async throws(JournalError)

    /// Everything that is needed to go on after a start; from here on no earlier opening can write.
    func read() async throws(JournalError) -> JournalContents

    /// Returns while this opening is the newest.
    ///
    /// - Throws: ``JournalError/superseded(by:)`` when a later one has begun.
    func check() async throws(JournalError)

    /// The newest rollouts of a project, or of the host without one, newest first.
    func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot]

    func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot?

    /// What people were told of a rollout after `sequence`, in order; at most 1,000 at a time.
    func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote]
}

extension Journal {
    /// The newest rollouts of the host, newest first.
    package func rollouts(most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        try await rollouts(of: nil, most: most)
    }
}

/// One change of what is remembered.
package enum JournalEntry: Sendable, Hashable {
    case release(ReleaseRecord)
    case service(ServiceRecord)
    case table(TrafficTable)
    case rollout(RolloutEntry)
}

/// One decision of a rollout: its state from then on, the steps that begin and that ended, and what people are told.
package struct RolloutEntry: Sendable, Hashable {
    package let snapshot: RolloutSnapshot
    /// Intents: they are performed once this entry is synced.
    package let began: [Step]
    package let ended: [EndedStep]
    package let notes: [JournalledNote]

    package init(snapshot: RolloutSnapshot, began: [Step], ended: [EndedStep], notes: [JournalledNote]) {
        self.snapshot = snapshot
        self.began = began
        self.ended = ended
        self.notes = notes
    }
}

/// A step that has ended.
package struct EndedStep: Sendable, Hashable, Codable {
    package let step: Step
    package let result: StepResult

    package init(step: Step, result: StepResult) {
        self.step = step
        self.result = result
    }
}

/// A rollout as it is kept: recovery begins from this and never runs old events through new code.
package struct RolloutSnapshot: Sendable, Hashable, Codable {
    /// The newest version of the stored form; a later one is refused.
    package static let format = 2
    /// The version of a rollout on its own host alone; only what is over several hosts has the newest, since an earlier
    /// build would carry it out on one.
    private static let plainFormat = 1

    package let format: Int
    /// The boot whose timestamps the rollout holds.
    package let boot: BootID
    package internal(set) var rollout: Rollout
    /// Seconds since 1970, for people.
    package let createdAt: Double
    /// What it is on this host when another one coordinates it; nil for what this host coordinates itself.
    package internal(set) var part: HostPart?

    package init(boot: BootID, rollout: Rollout, createdAt: Double, part: HostPart? = nil) {
        format = rollout.isOverHosts || part != nil ? Self.format : Self.plainFormat
        self.boot = boot
        self.rollout = rollout
        self.createdAt = createdAt
        self.part = part
    }
}

/// Something that people were told of a rollout.
package struct JournalledNote: Sendable, Hashable, Codable {
    /// Counts up from 1 within the rollout.
    package let sequence: Int
    /// Time since the rollout began.
    package let elapsed: Duration
    package let leg: Leg
    package let note: RolloutNote
    /// For a wait: how much longer at most, as of then.
    package let remaining: Duration?

    package init(sequence: Int, elapsed: Duration, leg: Leg, note: RolloutNote, remaining: Duration?) {
        self.sequence = sequence
        self.elapsed = elapsed
        self.leg = leg
        self.note = note
        self.remaining = remaining
    }
}

/// What a journal gives back after a start.
package struct JournalContents: Sendable, Hashable {
    /// Counts the openings of the journal; later than that of every table written before.
    package var epoch: UInt64
    package var services: [ServiceRecord]
    package var releases: [ReleaseRecord]
    package var table: TrafficTable?
    /// Rollouts that have not ended, and halted ones that may be resumed.
    package var unended: [RolloutSnapshot]
    package var lastRollout: Int

    package init(
        epoch: UInt64,
        services: [ServiceRecord],
        releases: [ReleaseRecord],
        table: TrafficTable?,
        unended: [RolloutSnapshot],
        lastRollout: Int
    ) {
        self.epoch = epoch
        self.services = services
        self.releases = releases
        self.table = table
        self.unended = unended
        self.lastRollout = lastRollout
    }
}

/// Why a journal could not be written or read.
package enum JournalError: Error, Hashable, Sendable {
    case diskFull(path: String)
    /// Written by a later version of Teal.
    case newerFormat(found: Int, known: Int)
    case damaged(String)
    case unavailable(String)
    /// A later opening, with this epoch, has begun: whoever holds this one must not act any more.
    case superseded(by: UInt64)
    /// The part of a rollout is written under a later token by now: what comes under an earlier one is not done.
    case tokenPassed(to: LeaseToken)
}
