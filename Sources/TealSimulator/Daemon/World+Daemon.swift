import Logging
import TealCore
import TealDriverKit
import TealEngine

/// The daemon's start, as `DaemonProgram` does it, with the world's drivers.
extension World {
    /// How long systemd waits before it starts a daemon again that could not start.
    private static let startAgain: Duration = .milliseconds(500)

    func startDaemon() {
        guard daemon == nil, hostIsUp else { return }
        let incarnation = nextIncarnation()
        daemon = incarnation
        disturb()
        note("the daemon starts")
        // Ends when the incarnation dies, which cancels it.
        incarnation.root = Task {
            let hasStarted = await Self.serve(incarnation)
            guard incarnation.isAlive else { return }
            incarnation.world.ends(incarnation, "the daemon \(hasStarted ? "ended" : "could not start")")
        }
    }

    /// A daemon ended by itself.
    private func ends(_ incarnation: Incarnation, _ words: String) {
        guard daemon === incarnation else {
            return endFormer(incarnation, "ends, since another one has taken over")
        }
        note(words)
        endDaemon()
        after(Self.startAgain) { [unowned self] in startDaemon() }
    }

    /// Runs the daemon until it dies, or another one has taken over.
    ///
    /// - Returns: Whether it could start.
    private static func serve(_ incarnation: Incarnation) async -> Bool {
        let journal = Lease(SimulatedJournal(incarnation: incarnation))
        let contents: JournalContents
        do throws(JournalError) { contents = try await journal.read() } catch { return false }
        // One that was paused in the middle of its start may be told late, when another one has long gone on.
        if incarnation.isInCharge {
            incarnation.world.audit.open = Set(
                contents.unended.filter { $0.rollout.outcome == nil }.map(\.rollout.id)
            )
        }
        let clock = SimulatedClock(incarnation)
        let runtime = SimulatedRuntime(incarnation: incarnation)
        let trafficSwitch = SimulatedSwitch(incarnation: incarnation)
        let book = HostBook(
            contents: contents,
            journal: journal,
            trafficSwitch: LeasedSwitch(trafficSwitch, lease: journal)
        )
        let wards = [Ward(runtime: runtime, has: { _ in true }, isUsed: { true })]
        await keepProven(book, contents.unended, wards, incarnation, clock.boot)
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: trafficSwitch,
            probe: SimulatedProbe(incarnation: incarnation),
            environments: SimulatedEnvironments(incarnation: incarnation),
            preflight: SimulatedPreflight(incarnation: incarnation),
            marker: SimulatedMarker(incarnation: incarnation),
            lease: journal
        )
        let performer = HostPerformer(drivers: drivers, book: book, clock: clock)
        let world = incarnation.world
        let hosts = world.name.map { name in
            HostsPerformer(
                own: performer,
                links: world.stage.network?.links(of: incarnation) ?? [:],
                coordinator: name,
                epoch: contents.epoch,
                clock: clock
            )
        }
        let logger = Logger(label: "teal", factory: { _ in SwiftLogNoOpLogHandler() })
        let desk = RolloutDesk(
            contents: contents,
            book: book,
            journal: journal,
            runtime: runtime,
            clock: clock,
            logger: logger
        ) { observe in
            .init(
                journal: journal,
                performer: hosts ?? performer,
                leases: hosts,
                clock: clock,
                observe: { entry in
                    if incarnation.isInCharge { incarnation.world.observed(entry) }
                    await observe(entry)
                },
                reach: { _ in }
            )
        }
        await desk.takeUp(contents.unended)
        let parts = HostParts(
            .init(journal: journal, performer: performer, book: book, desk: desk, clock: clock) { entry in
                if incarnation.isInCharge { world.observed(entry) }
                await desk.observed(entry)
            }
        )
        for snapshot in contents.unended { await parts.takeUp(snapshot) }
        let keeper = KeeperService(
            drivers: drivers,
            wards: wards,
            book: book,
            desk: desk,
            clock: clock,
            logger: logger,
            republishes: true
        ) {
            if incarnation.isInCharge { incarnation.world.lastBoot = clock.boot }
        }
        guard incarnation.isAlive else { return true }
        incarnation.book = book
        incarnation.journal = journal
        incarnation.desk = desk
        if hosts != nil { incarnation.parts = parts }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await journal.untilLost(on: clock)
            }
            group.addTask {
                try? await book.publishAgain()  // asked again by the keeper
                for await _ in incarnation.streamProxyStarts() {
                    try? await book.publishAgain()  // as above
                }
            }
            group.addTask { await desk.run() }
            if hosts != nil {
                group.addTask { await parts.run() }
                group.addTask { for await event in runtime.events() { await parts.saw(event) } }
            }
            group.addTask { await keeper.run() }
            // Whichever ends first: it was told to, or the home is another daemon's.
            await group.next()
            group.cancelAll()
        }
        return true
    }

    /// As `DaemonProgram.keepProven`.
    private static func keepProven(
        _ book: HostBook,
        _ unended: [RolloutSnapshot],
        _ wards: [Ward],
        _ incarnation: Incarnation,
        _ boot: BootID
    ) async {
        let world = incarnation.world
        let services = await book.state.services.keys.sorted()
        // What was proven in another boot is gone, whether or not its runtime can say so by now.
        let seen = await SeenReplicas.look(wards[0], services, within: nil)
        let unseen = world.lastBoot == boot ? Set(seen.unseen.keys) : []
        do throws(BookError) {
            try await book.change {
                $0.keepProven(running: seen.replicas, unseen: unseen, unended: unended, now: world.wallTime)
            }
            if incarnation.isInCharge { world.lastBoot = boot }
        } catch {
            // Users come first; the record follows, and the switch is told again once it answers.
            try? await book.changeUnrecorded {
                $0.keepProven(running: seen.replicas, unseen: unseen, unended: unended, now: world.wallTime)
            }
            if !error.isStorage, incarnation.isInCharge { world.lastBoot = boot }
        }
    }
}
