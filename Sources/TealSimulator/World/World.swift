import TealCore
import TealDriverKit
import TealEngine

/// A whole host in memory, its users and its clock: one thread, one queue ordered by (time, sequence), one seed.
///
/// `@unchecked Sendable` since it is only touched by the simulation's one thread: the engine's tasks run there as well
/// (``OneThread``).
final class World: @unchecked Sendable {
    private enum Event {
        case job(UnownedJob)
        case wake(Int)
        case body(() -> Void)
    }

    /// More than this within one moment is a loop that never ends.
    private static let momentMost = 200_000

    /// Nanoseconds since the world began.
    private(set) var time: Int64 = 0
    private var queue = EventQueue<Event>()
    private var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextSleeper = 0
    private var sameMoment = 0
    private(set) var eventCount = 0

    // The host.
    var bootedAt: Int64 = -1_000_000_000
    var boots = 1
    /// What the wall clock is off by, in seconds.
    var wallShift = 0.0
    var hostIsUp = true
    var disk = ModelDisk()
    var markers: [ServiceKey: Slot] = [:]
    /// In which boot the daemon last looked at what runs.
    var lastBoot: BootID?

    // The runtime.
    var replicas: [ReplicaID: ModelReplica] = [:]
    var runtimeIsUp = true
    /// Whether replicas run on while the runtime is away, and whether it starts them after a boot.
    var keepsReplicas = true
    var restartsAtBoot = true
    /// Content on the host, and content that can be fetched.
    var contents: Set<String> = []
    var registry: Set<String> = []
    var onces: [String: ModelOnce] = [:]
    var takenPorts: Set<ReplicaID> = []
    var endpoints: [ReplicaID: Endpoint] = [:]
    var behaviours: [String: Behaviour] = [:]
    private var runs = 0

    // The rest.
    var proxy = ModelProxy()
    var proxyStartedAt: Int64 = 0
    /// When the proxy could be told of tables again.
    var proxyHeardAt: Int64 = .min / 2
    var luck: SeededGenerator
    private var dice: FaultDice
    var daemon: Incarnation?
    /// Daemons that were thought dead and are not.
    var formers: [Incarnation] = []
    private var incarnations = 0

    // What is checked.
    var audit = Audit()
    private(set) var violations: [Violation] = []
    var isDirty = false
    let isTracing: Bool
    private(set) var timeline: [String] = []

    init(seed: UInt64, allowed: Set<FaultKey>?, isTracing: Bool) {
        luck = SeededGenerator(seed: seed ^ 0x7EA1)
        dice = FaultDice(seed: seed, allowed: allowed)
        self.isTracing = isTracing
    }

    var now: Timestamp { Timestamp(nanoseconds: time - bootedAt) }
    var boot: BootID { BootID("boot-\(boots)") }
    var wallTime: Double { 1_800_000_000 + Double(time / 1_000_000) / 1000 + wallShift }
    var fired: [FaultKey] { dice.fired }
    var calls: [Site: Int] { dice.calls }

    // MARK: Time

    /// Plans something in the world.
    func after(_ delay: Duration, _ body: @escaping () -> Void) {
        queue.add(.body(body), at: time + max(0, delay.nanoseconds))
    }

    func take(_ job: UnownedJob) { queue.add(.job(job), at: time) }

    /// Lets things happen until the moment `end`, or as long as `goesOn` says so.
    func run(until end: Int64, while goesOn: () -> Bool = { true }) {
        while violations.isEmpty, goesOn() {
            guard let next = queue.popFirst(by: end) else {
                time = max(time, end)
                return
            }
            perform(next)
            if isDirty {
                isDirty = false
                check()
            }
        }
    }

    private func perform(_ next: (time: Int64, event: Event)) {
        eventCount += 1
        if next.time > time {
            time = next.time
            sameMoment = 0
        } else {
            sameMoment += 1
            if sameMoment == Self.momentMost { violate(.rolloutsEnd, "something goes on for ever within one moment") }
        }
        switch next.event {
        case .job(let job): OneThread.run(job)
        case .wake(let number): wake(number)
        case .body(let body): body()
        }
    }

    /// Runs what is left of tasks that were ended, and forgets all else.
    func end() {
        for each in formers { each.die() }
        formers = []
        daemon?.die()
        daemon = nil
        wakeAll(Set(sleepers.keys))
        var left = Self.momentMost
        while left > 0, let next = queue.popFirst(by: .max) {
            if case .job(let job) = next.event { OneThread.run(job) }
            wakeAll(Set(sleepers.keys))
            left -= 1
        }
    }

    // MARK: Sleeping

    /// Returns at `moment`, at once when the task is cancelled or the daemon dead, and not while that is paused.
    func sleep(until moment: Int64, _ incarnation: Incarnation) async {
        repeat {
            await doze(until: moment, incarnation)
            await incarnation.whilePaused()
        } while incarnation.isAlive && moment > time && !Task.isCancelled
    }

    /// As ``sleep(until:_:)``, but also returns when its daemon is paused or loses its home.
    func doze(until moment: Int64, _ incarnation: Incarnation) async {
        guard incarnation.isAlive, moment > time, !Task.isCancelled else { return }
        nextSleeper += 1
        let number = nextSleeper
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                sleepers[number] = continuation
                incarnation.sleepers.insert(number)
                queue.add(.wake(number), at: moment)
            }
        } onCancel: {
            self.wake(number)
        }
        incarnation.sleepers.remove(number)
    }

    private func wake(_ number: Int) { sleepers.removeValue(forKey: number)?.resume() }

    func wakeAll(_ numbers: Set<Int>) { for number in numbers.sorted() { wake(number) } }

    /// How long a call that hangs does so at most.
    private static let hangMost: Duration = .seconds(400)

    /// Gives no answer for a long time, or until the task is cancelled.
    func hang(_ incarnation: Incarnation) async {
        audit.hanging += 1
        await sleep(until: time + Self.hangMost.nanoseconds, incarnation)
        audit.hanging -= 1
        disturb()
    }

    // MARK: Faults

    private static let places = Dictionary(uniqueKeysWithValues: Site.allCases.enumerated().map { ($1, $0) })

    func roll(_ site: Site) -> (luck: SeededGenerator, fault: CallFault?) {
        dice.roll(site, Self.places[site] ?? 0)
    }

    func setRates(_ rates: FaultRates) { dice.rates = rates }

    /// Whether something of the story may happen.
    func permits(_ key: FaultKey) -> Bool { dice.permits(key) }

    func tell(_ fault: CallFault, _ site: Site) {
        if site == .cut || site == .counters { audit.cutsFailed = true }
        if site == .append { audit.journalFailed = true }
        if site == .start { audit.startsLate = true }
        disturb()
        note("fault in \(site.rawValue): \(fault)")
    }

    /// Something went wrong, or is whole again just now: what follows from it takes a while.
    func disturb() {
        audit.disturbedAt = time
        audit.isCalm = false
        isDirty = true
    }

    func note(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        let milliseconds = String(time / 1_000_000)
        timeline.append("\(String(repeating: " ", count: max(0, 8 - milliseconds.count)))\(milliseconds) ms  \(text())")
    }

    func violate(_ invariant: Invariant, _ text: String) {
        guard violations.isEmpty else { return }
        note("VIOLATION of '\(invariant.rawValue)': \(text)")
        violations.append(Violation(invariant: invariant, text: text, milliseconds: time / 1_000_000))
    }

    func nextRun() -> RunID {
        runs += 1
        return RunID("run-\(runs)")
    }

    func nextIncarnation() -> Incarnation {
        incarnations += 1
        return Incarnation(number: incarnations, world: self)
    }
}
