import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// A whole host in memory: one thread, one queue ordered by (time, sequence), one seed.
///
/// It drives the real `RunnerCore`, `HostLedger`, `Keeper` and `Planner`; only drivers and disk are made up. The daemon
/// can crash at any point and comes back from what the journal holds.
final class HostModel {
    /// Where the daemon crashes, once, at the `skip`-th time that the point is reached.
    struct PlannedCrash {
        let point: FaultPoint
        var skip = 0
    }

    /// What goes wrong by chance, each in percent of the occasions.
    struct Faults {
        var stepFailsPassing = 0.0
        var stepFails = 0.0
        /// The effect happened, its answer did not come.
        var answerLost = 0.0
        var hangs = 0.0
        var crash = 0.0
        static let none = Faults()
    }

    /// Nanoseconds since the model began.
    private(set) var time: Int64 = 0
    private var bootedAt: Int64 = -1_000_000_000
    private var boots = 1
    private var queue = EventQueue()
    private var generation = 0

    var random: SeededGenerator
    var runtime = ModelRuntime()
    var traffic = ModelSwitch()
    var disk = JournalStore()
    var diskIsFull = false
    var markers: [ServiceKey: Slot] = [:]
    var behaviours: [ReleaseID: Behaviour] = [:]
    var preflightProblems: [Problem] = []
    var secretsFail = false
    var faults = Faults.none
    var plannedCrashes: [PlannedCrash] = []
    /// What one step answers instead of being carried out, decided by a test.
    var interceptor: ((Step) -> StepResult?)?
    /// Steps whose effect never answers until they are cancelled.
    var hanging: ((Step) -> Bool)?
    private(set) var daemon: ModelDaemon?

    /// Requests that users send a second while routes lead somewhere.
    var requestsPerSecond = 20
    var requestTakes: Duration = .milliseconds(30)
    var upgradedTakes: Duration?

    // What checkers look at.
    var violations: [String] = []
    /// Whether what happens is written down for people, which takes most of the time of a story.
    var isTracing = false
    var trace: [String] = []
    var reached: [FaultPoint] = []
    var performed: [Step] = []
    var notes: [RolloutID: [RolloutNote]] = [:]
    var finished: [RolloutID: Rollout] = [:]
    /// Requests that got no answer of a release: 502, 503, 504.
    var unanswered = 0
    /// Whether what happened explains unanswered requests.
    var hasLostReplicas = false
    /// Services and slots whose removal was made to fail for good.
    var excused: Set<ServiceKey> = []
    var cutsFailed = false
    /// Whether the daemon crashed while the journal was behind, which may cost users some answers.
    var hasForgotten = false
    var unwellSince: [TargetID: Int64] = [:]
    var daemonSince: Int64 = 0
    var reachableSince: Int64 = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        startDaemon()
        sendRequests()
        lookAfter()
    }

    var now: Timestamp { Timestamp(nanoseconds: time - bootedAt) }
    var boot: BootID { BootID("boot-\(boots)") }
    var state: HostState { daemon?.ledger.state ?? HostState() }

    // MARK: Time

    /// Plans something in the world.
    func after(_ delay: Duration, _ body: @escaping () -> Void) {
        queue.add(at: time + max(0, delay.nanoseconds), body)
    }

    /// Plans something that the daemon does; forgotten when it crashes before.
    func afterInDaemon(_ delay: Duration, _ body: @escaping () -> Void) {
        let born = generation
        after(delay) { [unowned self] in if born == self.generation, self.daemon != nil { body() } }
    }

    /// Lets things happen until `isDone`, at most for `limit` of the model's time.
    ///
    /// - Returns: Whether it got there.
    @discardableResult
    func run(atMost limit: Duration, until isDone: () -> Bool = { false }) -> Bool {
        let end = time + limit.nanoseconds
        var atOnce = 0
        while !isDone() {
            guard violations.isEmpty, let next = queue.popFirst() else { return false }
            guard next.time <= end else {
                queue.add(at: next.time, next.body)
                time = end
                return isDone()
            }
            atOnce = next.time == time ? atOnce + 1 : 0
            if atOnce > 5000 { violations.append("more than 5,000 events within one moment") }
            time = next.time
            next.body()
            check()
        }
        return true
    }

    func note(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        trace.append("\(Double(time / 1_000_000) / 1000)s \(text())")
        if trace.count > 40_000 { trace.removeFirst(20_000) }
    }

    /// Lets go of everything that was still to happen, which holds on to the model.
    func forget() { queue = EventQueue() }

    // MARK: Crashes

    /// The daemon is gone at once, with all that it had in memory.
    func crash(backIn delay: Duration = .milliseconds(300)) {
        guard daemon != nil else { return }
        note("the daemon crashes")
        // What was done and could not be written down is not known any more: the last written state holds again.
        if daemon?.runs.values.contains(where: { !$0.late.entries.isEmpty }) == true
            || daemon?.ledger.isAheadOfJournal == true
        {
            hasForgotten = true
        }
        daemon = nil
        generation += 1
        after(delay) { [unowned self] in if self.daemon == nil { self.startDaemon() } }
    }

    /// The host starts anew: replicas and what is in flight are gone.
    func reboot() {
        note("the host reboots")
        crash(backIn: .seconds(2))
        hasLostReplicas = true
        boots += 1
        bootedAt = time - 5_000_000_000
        for id in runtime.replicas.keys {
            runtime.replicas[id]?.phase = .stopped
            runtime.replicas[id]?.run = nil
            runtime.replicas[id]?.isActive = false
        }
        for (name, once) in runtime.once where once.endsAt > time { runtime.once[name]?.isLost = true }
        traffic.restart()
    }

    private func startDaemon() {
        note("the daemon starts")
        daemonSince = time
        let contents = disk.read()
        daemon = ModelDaemon(ledger: HostLedger(contents: contents))
        _ = publish(stored: true)
        for snapshot in contents.unended where snapshot.rollout.outcome == nil {
            let id = snapshot.rollout.id
            let noteCount = disk.notes(of: id, after: 0).count
            let core = RunnerCore(
                snapshot: snapshot,
                boot: boot,
                noteCount: noteCount,
                usersAreBack: daemon?.ledger.state.hasTakenBack(snapshot.rollout) ?? false,
                servesOld: daemon?.ledger.state.servesOld(in: snapshot.rollout) ?? false
            )
            daemon?.runs[id] = ModelRun(core: core)
        }
        for id in (daemon?.runs.keys.sorted() ?? []) { feed(id, .recovered) }
    }

    /// Whether the daemon crashes here.
    func reach(_ point: FaultPoint) -> Bool {
        reached.append(point)
        if let index = plannedCrashes.firstIndex(where: { $0.point == point }) {
            if plannedCrashes[index].skip == 0 {
                plannedCrashes.remove(at: index)
                note("crash at \(point)")
                crash()
                return true
            }
            plannedCrashes[index].skip -= 1
        }
        if random.chance(faults.crash) {
            note("crash at \(point)")
            crash()
            return true
        }
        return false
    }

    /// Changes a running daemon's memory.
    func withDaemon(_ body: (inout ModelDaemon) -> Void) {
        guard var changed = daemon else { return }
        body(&changed)
        daemon = changed
    }
}

/// What is lost when the daemon crashes.
struct ModelDaemon {
    var ledger: HostLedger
    var keepers: [ServiceKey: Keeper] = [:]
    var runs: [RolloutID: ModelRun] = [:]

    func isBusy(_ service: ServiceKey) -> Bool { runs.values.contains { $0.core.rollout.services.contains(service) } }
}

/// One rollout under way.
struct ModelRun {
    var core: RunnerCore
    var late = LateEntries()
    var cancelled: Set<Int> = []
    var alarm = 0
}
