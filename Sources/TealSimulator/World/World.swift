import TealCore
import TealDriverKit
import TealEngine

/// A whole host in memory, its users and its clock.
///
/// `@unchecked Sendable` since it is only touched by the simulation's one thread: the engine's tasks run there as well
/// (``OneThread``).
final class World: @unchecked Sendable {
    let stage: Stage
    /// What the other hosts call it; nil where there are none.
    let name: HostName?

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
    /// Services whose replicas are containers in their project's network.
    var networks: Set<ServiceKey> = []
    /// Decides what a network and ports of the host are like.
    var whims: SeededGenerator
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

    init(seed: UInt64, allowed: Set<FaultKey>?, stage: Stage, name: HostName? = nil) {
        luck = SeededGenerator(seed: seed ^ 0x7EA1)
        whims = SeededGenerator(seed: SeededGenerator.mixed(seed ^ 0x3715))
        dice = FaultDice(seed: seed, allowed: allowed, host: name?.description)
        self.stage = stage
        self.name = name
        stage.add(self)
    }

    /// Nanoseconds since the story began.
    var time: Int64 { stage.time }

    var now: Timestamp { Timestamp(nanoseconds: time - bootedAt) }
    var boot: BootID { BootID("boot-\(boots)") }
    var wallTime: Double { 1_800_000_000 + Double(time / 1_000_000) / 1000 + wallShift }
    var fired: [FaultKey] { dice.fired }
    var calls: [Site: Int] { dice.calls }

    // MARK: Time

    /// Plans something in the world.
    func after(_ delay: Duration, _ body: @escaping () -> Void) { stage.after(delay, body) }

    /// Lets things happen until the moment `end`, or as long as `goesOn` says so.
    func run(until end: Int64, while goesOn: () -> Bool = { true }) { stage.run(until: end, while: goesOn) }

    func checkIfDirty() {
        guard isDirty, violations.isEmpty else { return }
        isDirty = false
        check()
    }

    /// Ends every daemon, as the story does.
    func endDaemons() {
        for each in formers { each.die() }
        formers = []
        daemon?.die()
        daemon = nil
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
    func doze(until moment: Int64, _ incarnation: Incarnation) async { await stage.doze(until: moment, incarnation) }

    func wakeAll(_ numbers: Set<Int>) { stage.wakeAll(numbers) }

    /// How long a call that hangs does so at most.
    private static let hangMost: Duration = .seconds(400)

    /// Gives no answer for a long time, or until the task is cancelled.
    func hang(_ incarnation: Incarnation, at site: Site) async {
        audit.hanging += 1
        await sleep(until: time + Self.hangMost.nanoseconds, incarnation)
        audit.hanging -= 1
        audit.blindAt = time
        if site == .publish { proxyHeardAt = time }
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

    /// Takes in what goes wrong in a call, which starts `replica` if it starts one.
    func tell(_ fault: CallFault, _ site: Site, starting replica: ReplicaID? = nil) {
        if let replica, fault.mayComeLate { audit.startsLate.insert(replica.service) }
        if case .slow(let span) = fault, site.changes { audit.slowness += span.nanoseconds }
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
        guard stage.isTracing else { return }
        stage.note(text(), of: name?.description)
    }

    func violate(_ invariant: Invariant, _ text: String) {
        guard violations.isEmpty else { return }
        note("VIOLATION of '\(invariant.rawValue)': \(text)")
        let place = name.map { "\($0): " } ?? ""
        violations.append(Violation(invariant: invariant, text: place + text, milliseconds: time / 1_000_000))
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
