import TealCore
import TealDriverKit
import TealEngine

/// What the checkers remember of what they saw.
struct Audit {
    /// The value of every secret in the world.
    static let secret = "hunter2-never-to-be-told"

    /// Who took a replica away last.
    struct Loss {
        let at: Int64
        let byTeal: Bool
    }

    /// What a rollout says of itself.
    private struct Said: Hashable {
        let lines: [String]
        let reason: Reason?
        let outcome: Outcome?
    }

    /// Services that have been released, ascending: their users expect answers.
    var known: [ServiceKey] = []
    /// Every rollout as it was last seen.
    var rollouts: [RolloutID: Rollout] = [:]
    var beganAt: [RolloutID: Int64] = [:]
    var endedAt: [RolloutID: Int64] = [:]
    /// Rollouts of which somebody wanted what is in flight on the new release to be cut.
    var cutNew: Set<RolloutID> = []
    /// Since when rollouts whose release has users wait until they go back.
    var failingSince: [RolloutID: Int64] = [:]
    /// When the proxy was last told to lead users to a release, and when that last answered one.
    var ledAt: [ReleaseID: Int64] = [:]
    var answeredAt: [ReleaseID: Int64] = [:]
    /// Services whose users have no answer now.
    var silences: [ServiceKey: World.Silence] = [:]
    /// When something last kept the daemon from seeing, or from writing down, what goes on.
    var blindAt: Int64 = .min / 2
    /// For how long calls that change something were slow in all, in nanoseconds: what is seen meanwhile waits for them.
    var slowness: Int64 = 0
    /// Rollouts that this host coordinates, as they were last seen, with what of them is on other hosts.
    var wholes: [RolloutID: Rollout] = [:]
    /// The hosts that have said that the routes of a rollout are ready to move.
    var prepared: [RolloutID: Set<HostName?>] = [:]
    /// Those that have begun and are not known to have ended.
    var open: Set<RolloutID> = []
    /// Those that are under way in the daemon that runs.
    var active: Set<RolloutID> = []
    /// Steps under way in the daemon that runs, by rollout and number; none that only look.
    private var steps: [RolloutID: [Int: Step]] = [:]
    /// The cuts that were begun, by rollout: one that is tried again is no new step.
    private var cuts: [RolloutID: Set<Int>] = [:]
    /// How often a rollout of several services was not released, by the phase that it had reached.
    var takenBack: [String: Int] = [:]
    private var passes: [RunID: ModelPasses] = [:]
    /// Runs that a route has named, and since when.
    var named: [RunID: Int64] = [:]
    /// Runs that ended by themselves or by somebody, and when the present daemon was told.
    var endedRuns: [RunID: Int64] = [:]
    var unwellSince: [TargetID: Int64] = [:]
    var losses: [ServiceKey: Loss] = [:]
    private var onceNames: [String: Set<String>] = [:]
    /// What a rollout said of itself when that was last looked through for secrets.
    private var searched: [RolloutID: Said] = [:]
    var smokeWrites: [String: Int] = [:]
    /// Releases that ended well, and those that users were taken back from since: what a rollback goes by.
    var good: Set<ReleaseID> = []
    var takenBackFrom: Set<ReleaseID> = []
    /// Those that a way back was leading away from when it halted.
    var undecided: Set<ReleaseID> = []
    /// Whether anything could not be written down, ever.
    private(set) var hasLostEntries = false
    /// Releases that somebody named to go to.
    var wanted: Set<ReleaseID> = []
    /// Content that Teal removed, since nothing needed it.
    var pruned: Set<String> = []
    /// How often a person said that a step is to be done again.
    var again: [RolloutID: Int] = [:]

    /// The last call that tables waited behind, as they do for each other: from when until when, if it took long.
    private var wait: (from: Int64, to: Int64)?
    /// When an entry was last written that took long: decisions wait for each other.
    var lateEntryAt: Int64 = .min / 2

    // What explains what would else be a violation.
    var disturbedAt: Int64 = 0
    /// Calls that hang now.
    var hanging = 0
    /// Whether nothing at all has gone wrong since the last rest, not even by a person's deed.
    var isCalm = true
    var hasHurried = false
    /// Services whose restart policies another host should have had set here, and could not.
    var lacksPolicy: Set<ServiceKey> = []
    private(set) var journalFailed = false
    /// What could not be written down, and has not been since.
    private var unwritten: Set<String> = []
    /// Services of which a start took long, or its answer did not come: what it was told of its work may be over by then.
    var startsLate: Set<ServiceKey> = []
    /// Whether the daemon crashed while the journal was behind.
    var hasForgotten = false
    /// Content that a person removed.
    var lostContents: Set<String> = []
    /// Services of which something could not be cleared away, which was said.
    var excused: Set<ServiceKey> = []

    // Counts for people.
    var requests = 0
    var failures = 0
    var begun = 0

    /// Whether something has been done that the journal does not know.
    var isAheadOfJournal: Bool { !unwritten.isEmpty }

    mutating func lost(_ service: ServiceKey, at time: Int64) { losses[service] = .init(at: time, byTeal: false) }

    mutating func stoppedByTeal(_ service: ServiceKey, at time: Int64) {
        losses[service] = .init(at: time, byTeal: true)
    }

    /// What the journal holds decides which rollouts are taken up again.
    mutating func noteWritten(_ entries: [JournalEntry]) {
        for case .rollout(let entry) in entries {
            let rollout = entry.snapshot.rollout
            if rollout.outcome == nil { open.insert(rollout.id) } else { open.remove(rollout.id) }
        }
        if !unwritten.isEmpty { unwritten.subtract(entries.map(Self.subject)) }
    }

    /// An append failed.
    mutating func noteUnwritten(_ entries: [JournalEntry]) {
        journalFailed = true
        hasLostEntries = true
        unwritten.formUnion(entries.map(Self.subject))
        // What has ended has ended, whether or not that could be written down.
        for case .rollout(let entry) in entries {
            for ended in entry.ended { steps[entry.snapshot.rollout.id]?[ended.step.number] = nil }
        }
    }

    /// A daemon goes by what is written down; what is not is known to nobody any more.
    mutating func forgetUnwritten() {
        if isAheadOfJournal { hasForgotten = true }
        unwritten = []
    }

    /// What an entry says the newest of.
    private static func subject(_ entry: JournalEntry) -> String {
        switch entry {
        case .release(let record): "\(record.id)"
        case .service(let record): "\(record.service)"
        case .table: "table"
        case .rollout(let entry): "\(entry.snapshot.rollout.id)"
        }
    }

    /// The last rollout of a service that has begun here.
    func newest(of service: ServiceKey) -> Rollout? {
        rollouts.values.filter { $0.services.contains(service) }.max { $0.id < $1.id }
    }

    /// Whether a rollout halted and keeps both slots of a service: none since has come so far as to change anything of it.
    func isHalted(_ rollout: Rollout, _ service: ServiceKey) -> Bool {
        guard case .halted = rollout.outcome, rollout.services.contains(service) else { return false }
        return !rollouts.values.contains {
            $0.id > rollout.id && $0.services.contains(service) && !$0.reached.precedes(.start)
        }
    }

    /// Whether the newest rollout of any of these services halted.
    func hasHalted(_ services: [ServiceKey]) -> Bool {
        services.contains { service in
            if case .halted = newest(of: service)?.outcome { true } else { false }
        }
    }

    mutating func daemonDied() {
        active = []
        endedRuns = [:]
        steps = [:]
    }

    /// Takes in which steps end and begin; answers with a step that begins before one of another phase has ended.
    mutating func countSteps(_ entry: RolloutEntry) -> (begun: Step, open: Step)? {
        let id = entry.snapshot.rollout.id
        for ended in entry.ended { steps[id]?[ended.step.number] = nil }
        // What is under way on a host that goes on alone is nobody's to wait for.
        let alone = entry.snapshot.rollout.alone ?? []
        steps[id] = steps[id]?.filter { step in step.value.host.map { !alone.contains($0) } ?? true }
        // Nor are hooks of a new release when users go back.
        if entry.snapshot.rollout.leg.isBack {
            steps[id] = steps[id]?.filter { $0.value.effect.kind != .hook || $0.value.leg.isBack }
        }
        let open = (steps[id] ?? [:]).values.sorted { $0.number < $1.number }
        // A cut that is not answered holds nobody up once the limit of its drain is over.
        for step in entry.began where step.effect.kind != .cut { steps[id, default: [:]][step.number] = step }
        if entry.snapshot.rollout.outcome != nil { steps[id] = nil }
        let again = cuts[id] ?? []
        cuts[id] = again.union(entry.began.filter { $0.effect.kind == .cut }.map(\.number))
        // Nor is it waited for by a host that could not write down the first try.
        let isPart = entry.snapshot.part != nil
        for step in entry.began where !again.contains(step.number) && !(isPart && step.effect.kind == .cut) {
            if let other = open.first(where: { $0.leg.phase != step.leg.phase }) { return (step, other) }
        }
        return nil
    }

    /// Begins a new stretch of a story, in which only what happens from now on explains anything.
    mutating func beginStretch() {
        isCalm = true
        hasHurried = false
        lacksPolicy = []
        journalFailed = false
        startsLate = []
        hasForgotten = false
        excused = []
    }

    mutating func countPass(_ run: RunID, _ passed: Bool, spacing: Duration?, at time: Int64) {
        passes[run, default: ModelPasses()].add(passed, spacing: (spacing ?? .zero).nanoseconds, at: time)
    }

    /// A table, or the entry before it, was under way for so long.
    mutating func countWait(for site: Site, from start: Int64, to end: Int64) {
        guard site == .publish || site == .append, end - start > 1_000_000_000 else { return }
        wait = (start, end)
        if site == .append { lateEntryAt = end }
    }

    /// The earliest moment at which a table that comes now may have been decided, given how long one is on its way.
    func decided(within span: Int64, at time: Int64) -> Int64 {
        guard let wait, time - wait.to <= span else { return time }
        return wait.from
    }

    /// How often a run has passed its gate in a row, for whoever decided at most `before` ago.
    func passes(of run: RunID, before: Int64, at time: Int64) -> Int {
        passes[run]?.count(before: before, at: time) ?? 0
    }

    /// A once-only step is begun; answers how many different ones of the same step have been.
    mutating func countOnce(_ name: String) -> Int {
        let step = name.prefix(upTo: name.lastIndex(of: "-") ?? name.endIndex)
        onceNames[String(step), default: []].insert(name)
        return onceNames[String(step)]?.count ?? 0
    }

    /// What of a secret is about to be written down; nil for nothing.
    mutating func lookForSecrets(_ entries: [JournalEntry]) -> String? {
        for case .rollout(let entry) in entries {
            for note in entry.notes {
                switch note.note {
                case .warning(let text), .progress(_, let text):
                    if text.contains(Self.secret) { return "a note: \(text)" }
                default: break
                }
            }
            for ended in entry.ended {
                let lines: [String]
                switch ended.result {
                case .command(let end): lines = end.tail
                case .lines(let tail): lines = tail
                case .failed(let failure): lines = ["\(failure)"]
                case .probed(let result, _) where !result.hasPassed: lines = ["\(result)"]
                default: continue
                }
                if lines.contains(where: { $0.contains(Self.secret) }) { return "the output of \(ended.step.effect)" }
            }
            let rollout = entry.snapshot.rollout
            let said = Said(lines: rollout.lastLines, reason: rollout.backReason, outcome: rollout.outcome)
            guard searched[rollout.id] != said else { continue }
            searched[rollout.id] = said
            if rollout.lastLines.contains(where: { $0.contains(Self.secret) }) {
                return "the last lines of \(rollout.id)"
            }
            if let reason = rollout.backReason, "\(reason)".contains(Self.secret) {
                return "why \(rollout.id) goes back: \(reason)"
            }
            if let outcome = rollout.outcome, "\(outcome)".contains(Self.secret) {
                return "the end of \(rollout.id): \(outcome)"
            }
        }
        return nil
    }
}
