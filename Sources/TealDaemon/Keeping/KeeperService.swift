import Logging
import TealCore
import TealDriverKit
import TealEngine

/// The loop around the keepers of all services: looks, does what they say, and looks again.
///
/// Every ward has a loop of its own, so that a runtime that gives no answer keeps no other ward waiting.
actor KeeperService {
    private let drivers: HostDrivers
    private let wards: [Ward]
    private let book: HostBook
    private let desk: RolloutDesk
    private let clock: any HostClock
    private let logger: Logger
    /// Whether a table that the switch does not follow is published again from here.
    private let republishes: Bool
    /// Called once the journal holds what was found to be gone at the start.
    private let noteWritten: @Sendable () async -> Void
    private var isNoted = false
    private var keepers: [ServiceKey: Keeper] = [:]
    /// Replicas that a start is under way for.
    private var starting: Set<ReplicaID> = []
    /// Services of whose standby a stop is under way.
    private var stopping: Set<ServiceKey> = []
    /// The services whose replicas could not be seen at the last look.
    private var unseen: Set<ServiceKey> = []
    /// When replicas ended last, as far as their runtime knows.
    private var ends: [ReplicaID: Double] = [:]
    /// The outage of each service that was told of last.
    private var told: [ServiceKey: Outage] = [:]
    private let bells: [Bell]
    /// When the loop of each ward looks next of itself; nil while nothing waits for that.
    private var alarms: [Timestamp?]

    /// Wakes the loop of one ward.
    private struct Bell: Sendable {
        let rings: AsyncStream<Void>
        private let ringer: AsyncStream<Void>.Continuation

        init() { (rings, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

        func ring() { ringer.yield() }
    }

    init(
        drivers: HostDrivers,
        wards: [Ward],
        book: HostBook,
        desk: RolloutDesk,
        clock: any HostClock,
        logger: Logger,
        republishes: Bool,
        noteWritten: @escaping @Sendable () async -> Void
    ) {
        self.republishes = republishes
        self.noteWritten = noteWritten
        self.drivers = drivers
        self.wards = wards
        self.book = book
        self.desk = desk
        self.clock = clock
        self.logger = logger
        bells = wards.map { _ in Bell() }
        alarms = wards.map { _ in nil }
    }

    /// Looks after the host until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [drivers] in
                await withDiscardingTaskGroup { turns in
                    for await event in drivers.runtime.events() {
                        // A runtime that gives no answer about one keeps no later event waiting.
                        if event.kind == .unhealthy {
                            turns.addTask { await self.sawUnhealthy(event.replica, event.run) }
                        }
                        await self.wake()
                    }
                }
            }
            for place in wards.indices { group.addTask { await self.lookAfter(place) } }
        }
    }

    /// The loop of one ward.
    private func lookAfter(_ place: Int) async {
        await withDiscardingTaskGroup { group in
            bells[place].ring()
            for await _ in bells[place].rings {
                let (tasks, wake) = await look(wards[place])
                for task in tasks { group.addTask { await self.carryOut(task) } }
                group.addTask { await self.wake(place, at: wake) }
            }
            group.cancelAll()
        }
    }

    /// Lets it look at once.
    func wake() { for bell in bells { bell.ring() } }

    /// Wakes the loop of one ward at a moment, unless it wakes sooner anyway: that look then says when the next one is.
    private func wake(_ place: Int, at moment: Timestamp) async {
        if let sooner = alarms[place], sooner <= moment { return }
        alarms[place] = moment
        await clock.sleep(until: moment)
        guard alarms[place] == moment else { return }
        alarms[place] = nil
        bells[place].ring()
    }

    private func look(_ ward: Ward) async -> ([Keeper.Task], Timestamp) {
        // What another daemon has taken over is kept by that one.
        guard await drivers.isHeld() else { return ([], clock.now() + Self.blindWait) }
        if republishes, await book.wantsPublishing {
            // The proxy was away: what it follows is put right before anything else.
            try? await book.publishAgain()
        }
        await book.catchUp()
        // Another ward may have noted it while this one asked.
        if !isNoted, await book.isWritten, !isNoted {
            isNoted = true
            await noteWritten()
        }
        let state = await book.state
        // What a person stopped is left as it is.
        let services = state.services.values.filter { !$0.isStopped && ward.has($0.service) }.map(\.service).sorted()
        let before = await desk.holds
        let seen = await SeenReplicas.look(ward, services, within: nil)
        // A rollout that began, or ended, during the look holds its services as well.
        let holds = await desk.holds.merging(before) { Keeper.Hold.stronger($0, $1) }
        tell(of: seen, services)
        let now = clock.now()
        // What is seen is kept, whatever is not.
        let kept = services.filter { seen.canSee($0) }
        guard !kept.isEmpty || services.isEmpty else { return ([], now + Self.blindWait) }
        for replica in seen.replicas { ends[replica.id] = replica.endedAt }
        await seeReach(of: kept, state, seen.replicas)
        var tasks: [Keeper.Task] = []
        for key in kept {
            tasks += keepers[key, default: Keeper(service: key)]
                .look(at: state, running: seen.replicas, hold: holds[key, default: .none], now: now)
        }
        var wake = kept.compactMap { keepers[$0]?.wakeAt(now: now) }.min() ?? now + .seconds(2)
        if kept.count < services.count { wake = min(wake, now + Self.blindWait) }
        let isBehind = await book.wantsPublishing
        return (tasks, isBehind && republishes ? min(wake, now + Self.unpublishedWait) : wake)
    }

    /// Remembers since when, and until when, what the routes lead to is cut off from its network.
    private func seeReach(of services: [ServiceKey], _ state: HostState, _ replicas: [ReplicaState]) async {
        let now = clock.wallTime()
        for key in services {
            guard var record = state.services[key] else { continue }
            let before = record.outages
            record.reach(replicas, at: now)
            guard record.outages != before else { continue }
            await change { $0.services[key]?.reach(replicas, at: now) }
            await tellOutage(of: key)
        }
    }

    /// How soon it looks again where nothing could be seen.
    private static let blindWait: Duration = .seconds(1)
    /// How soon it tries again to tell a switch that gave no answer.
    private static let unpublishedWait: Duration = .milliseconds(250)

    /// Says once which services cannot be seen, and once that they can again.
    private func tell(of seen: SeenReplicas, _ services: [ServiceKey]) {
        let before = unseen.intersection(services)
        let present = Set(seen.unseen.keys)
        guard present != before else { return }
        unseen.subtract(services)
        unseen.formUnion(present)
        if let reason = seen.reason {
            logger.warning(
                "Replicas cannot be seen",
                metadata: ["error": "\(RuntimeWords.text(reason))", "unseen.count": "\(present.count)"]
            )
        } else {
            logger.notice("Replicas can be seen again")
        }
    }

    private func carryOut(_ task: Keeper.Task) async {
        guard await drivers.isHeld() else { return }
        switch task {
        case .probe(let replica, let release): return await probe(replica, release)
        case .start(let replica, let release): await start(replica, release)
        case .mend(let replica, let release, let run, let drift):
            let what = drift.map { Drift.changed(replica, $0).text }.joined(separator: "; ")
            logger.warning("Replica was changed and is put right", metadata: ["drift": "\(what)"])
            await mend(replica, release, run, drift)
        case .setPolicy(let policy, let replica):
            // Asked as late as can be: what a rollout holds is the rollout's.
            guard await isKept(replica) == (policy == .unlessStopped) else { break }
            try? await drivers.runtime.setRestartPolicy(policy, of: replica)  // looked at again at once
        case .activate(let replica, let release): await activate(replica, release)
        case .prove(let target, let onlyAsFirst):
            let now = clock.wallTime()
            await change { state in
                let place = state.services[target.replica.service]?[target.replica.slot]
                // What holds now counts: another one may have been proven since this one was asked.
                guard let place, place.release == target.release, !onlyAsFirst || place.proven.isEmpty else { return }
                state.services[target.replica.service]?.prove(target)
                state.services[target.replica.service]?.endOutage(at: now)
            }
            if await book.named.contains(target.id) {
                logger.notice(
                    "Replica takes traffic",
                    metadata: ["replica": "\(target.replica)", "release.id": "\(target.release)"]
                )
            }
            await tellOutage(of: target.replica.service)
        case .withdraw(let target, let unlessLast, let why):
            if unlessLast, await !hasOther(than: target) { return }
            // What holds now counts, not what was seen: others may have left the route meanwhile.
            let isUnheard = await isUnheard(target.replica.service)
            let ended = min(ends[target.replica] ?? clock.wallTime(), clock.wallTime())
            await change {
                $0.services[target.replica.service]?.withdraw(target, unlessLast: unlessLast || isUnheard, at: ended)
            }
            // One that stays is looked at again when that is due: at once it would be withdrawn again and again.
            let place = await book.state.services[target.replica.service]?[target.replica.slot]
            if place?.proven[target.replica.index]?.run == target.run { return }
            logger.warning("Replica leaves the route", metadata: ["replica": "\(target.replica)", "error": "\(why)"])
        case .routeActive(let service, let slot): await routeActive(slot, of: service)
        case .stopStandby(let release, let slot):
            guard stopping.insert(release.service).inserted else { return }
            await stopStandby(release, slot)
            stopping.remove(release.service)
        case .stopLeft(let replica, let release): await stopLeft(replica, release)
        }
        wake()
    }

    /// Whether another run that a route may name is seen to run, as late as can be: a bad answer is better than none.
    private func hasOther(than target: TrafficTarget) async -> Bool {
        let place = await book.state.services[target.replica.service]?[target.replica.slot]
        for other in place?.proven.values.filter({ $0.replica != target.replica }) ?? [] {
            let seen = try? await drivers.runtime.replica(other.replica)
            if let seen, seen.isRunning, seen.run == other.run, !seen.drift.contains(.disconnected) { return true }
        }
        return false
    }

    /// Whether a replica is in the slot that is kept running; nil while a rollout holds its service.
    private func isKept(_ replica: ReplicaID) async -> Bool? {
        guard await desk.holds[replica.service] == nil else { return nil }
        guard await book.state.services[replica.service]?.isStopped != true else { return false }
        return await book.state.services[replica.service]?.keptSlot(running: [], hold: .none) == replica.slot
    }

    /// Whether the switch has not followed yet where a rollout wants users of a service to be.
    ///
    /// They are still where they were, then: the last run of a route is left to the rollout, which takes users back if it
    /// ended.
    private func isUnheard(_ service: ServiceKey) async -> Bool {
        guard await book.wantsPublishing, await desk.holds[service] == .running else { return false }
        return await desk.holder(of: service)?.hasSwitched == true
    }

    /// Says for how long users of a service had no answer, once that is over.
    private func tellOutage(of service: ServiceKey) async {
        guard let outage = await book.state.services[service]?.outages.last, let ended = outage.ended,
            told[service] != outage
        else { return }
        told[service] = outage
        logger.warning(
            "Service was not served for a while",
            metadata: [
                "service": "\(service)", "outage.seconds": "\(OutageWords.seconds(ended - outage.began))",
            ]
        )
    }

    private func sawUnhealthy(_ replica: ReplicaID, _ run: RunID?) async {
        let state = await book.state
        let tasks = keepers[replica.service]?.sawUnhealthy(replica, run: run, state: state, now: clock.now()) ?? []
        for task in tasks { await carryOut(task) }
    }

    /// Sends users to the active release again after a rollout that halted with nothing serving.
    private func routeActive(_ slot: Slot, of service: ServiceKey) async {
        guard await desk.holds[service] != .running else { return }
        logger.notice("Users are sent to the active release again", metadata: ["service": "\(service)"])
        await change { state in
            guard let record = state.services[service], record.routed == .vacant, record.activeSlot == slot else {
                return
            }
            state.services[service]?.routed = .slot(slot)
        }
    }

    private func change(_ body: @Sendable (inout HostState) -> Void) async {
        do throws(BookError) {
            try await book.change(body)
        } catch {
            logger.error("Change of a route could not be made", metadata: ["error": "\(error)"])
        }
    }

    private func probe(_ replica: ReplicaID, _ release: ReleaseID) async {
        guard let record = await book.state.release(release) else { return }
        let recorded = await book.state.services[replica.service]?[replica.slot]
        let proven = recorded?.proven ?? [:]
        let isProven = recorded.flatMap { keepers[replica.service]?.isProven(replica, in: $0) } ?? false
        var (result, run) = await ReplicaProbe(runtime: drivers.runtime, probe: drivers.probe)
            .ask(replica, of: record, isGate: !isProven)
        result = await drivers.environments.masked(result, of: record)
        // Not seen means not known: the keeper then proves nothing.
        let running = try? await drivers.runtime.replica(replica)
        // What the runtime's own check says counts as long as it says so, also where nobody saw the moment when it began;
        // but never against the last one.
        if result.hasPassed, running?.health == .unhealthy, proven.keys.contains(where: { $0 != replica.index }) {
            result = .failed(.unhealthy)
        }
        let state = await book.state
        let tasks =
            keepers[replica.service]?
            .probed(replica, result, run: run, state: state, running: running, now: clock.now()) ?? []
        for task in tasks { await carryOut(task) }
        // Nothing has changed: the next look is when the next probe is due.
        let now = clock.now()
        guard tasks.isEmpty, let next = keepers[replica.service]?.wakeAt(now: now),
            let place = wards.firstIndex(where: { $0.has(replica.service) })
        else { return }
        await wake(place, at: next)
    }

    /// Puts right what somebody changed about a run; starts nothing.
    private func mend(_ replica: ReplicaID, _ id: ReleaseID, _ run: RunID, _ drift: [ReplicaDrift]) async {
        guard starting.insert(replica).inserted else { return }
        defer { starting.remove(replica) }
        let isHeldBack = await desk.holds[replica.service] != nil && !drift.contains(.disconnected)
        guard !isHeldBack, await isWanted(replica, id) else { return }
        do {
            try await drivers.runtime.mend(replica, run: run)
            logger.notice(
                "Replica is as it was again",
                metadata: ["replica": "\(replica)", "release.id": "\(id)"]
            )
        } catch {
            logger.error(
                "Replica could not be put right",
                metadata: ["replica": "\(replica)", "error": "\(error)"]
            )
        }
    }

    /// Gives an active replica its background work.
    private func activate(_ replica: ReplicaID, _ id: ReleaseID) async {
        guard let release = await book.state.release(id), case .handover(let call, _) = release.spec.background,
            // Asked as late as can be: what a rollout holds is told by the rollout.
            await isKept(replica) == true, await mayWork(replica, release)
        else { return }
        let metadata: Logger.Metadata = ["replica": "\(replica)", "release.id": "\(id)"]
        do {
            try await drivers.runtime.setActivity(true, of: replica, by: call, within: release.spec.stop.grace)
            logger.notice("Replica was given its background work", metadata: metadata)
        } catch {
            logger.error(
                "Replica could not be given its background work",
                metadata: metadata.merging(["error": "\(error)"]) { $1 }
            )
        }
    }

    /// Tells a replica to do no work whose work was handed over while its start was under way.
    private func takeWork(from replica: ReplicaID, _ release: Release) async {
        guard case .handover(_, let call) = release.spec.background, await !mayWork(replica, release) else { return }
        do {
            try await drivers.runtime.setActivity(false, of: replica, by: call, within: release.spec.stop.grace)
        } catch {
            logger.error(
                "Replica could not be told that its background work was handed over",
                metadata: ["replica": "\(replica)", "release.id": "\(release.id)", "error": "\(error)"]
            )
        }
    }

    /// Starts a replica that does not run.
    private func start(_ replica: ReplicaID, _ id: ReleaseID) async {
        guard starting.insert(replica).inserted else { return }
        defer { starting.remove(replica) }
        guard let release = await book.state.release(id) else { return }
        do {
            try await drivers.runtime.fetch(release)
            let environment = try await drivers.environments.environment(of: release)
            // Asked as late as can be: what a rollout has just stopped must not come back.
            guard await isWanted(replica, id, toStart: true) else { return }
            let mayWork = await mayWork(replica, release)
            let order = StartOrder(
                replica: replica,
                release: release,
                environment: environment,
                active: mayWork,
                neighbours: await book.state.neighbours(in: id.service.project)
            )
            _ = try await drivers.runtime.start(order)
            if mayWork { await takeWork(from: replica, release) }
            try await drivers.runtime.setRestartPolicy(.unlessStopped, of: replica)
            logger.notice(
                "Replica started again",
                metadata: ["replica": "\(replica)", "release.id": "\(id)"]
            )
        } catch {
            logger.error(
                "Replica could not be started again",
                metadata: ["replica": "\(replica)", "error": "\(error)"]
            )
        }
    }

    /// Whether users, or the service's work, still need a replica.
    private func isWanted(_ replica: ReplicaID, _ release: ReleaseID, toStart: Bool = false) async -> Bool {
        let hold = await desk.holds[replica.service, default: .none]
        // Not seen means not known: then nothing is started.
        guard let running = try? await drivers.runtime.replicas(of: replica.service) else { return false }
        let state = await book.state
        guard let record = state.services[replica.service], record[replica.slot]?.release == release, !record.isStopped
        else { return false }
        if toStart, let release = state.release(release), state.runsBeside(release, in: replica.slot, running) {
            return false
        }
        return record.keptSlot(running: running, hold: hold) == replica.slot
    }

    private func mayWork(_ replica: ReplicaID, _ release: Release) async -> Bool {
        guard case .handover = release.spec.background else { return true }
        let rollout = await desk.holder(of: replica.service)
        var running: [ReplicaState] = []
        let isActive = await book.state.services[replica.service]?.activeSlot == replica.slot
        if rollout == nil || rollout?.outcome != nil || !isActive {
            // Not seen means not known: then another one may work.
            guard let seen = try? await drivers.runtime.replicas(of: replica.service) else { return false }
            running = seen
        }
        return await book.state.mayWork(replica, release, during: rollout, beside: running)
    }

    /// Stops what no record names; no route does either.
    private func stopLeft(_ replica: ReplicaID, _ id: ReleaseID) async {
        guard stopping.insert(replica.service).inserted else { return }
        defer { stopping.remove(replica.service) }
        let state = await book.state
        guard await desk.holds[replica.service] == nil, state.services[replica.service]?[replica.slot]?.release != id
        else { return }
        let metadata: Logger.Metadata = ["replica": "\(replica)", "release.id": "\(id)"]
        do {
            try await drivers.runtime.setRestartPolicy(.no, of: replica)
            try await drivers.runtime.stop(replica, policy: state.release(id)?.spec.stop ?? StopPolicy())
            logger.notice(
                "Replica that no record names was stopped, since the active release waits for it",
                metadata: metadata
            )
        } catch {
            logger.error(
                "Replica that no record names could not be stopped",
                metadata: metadata.merging(["error": "\(error)"]) { $1 }
            )
        }
    }

    private func stopStandby(_ id: ReleaseID, _ slot: Slot) async {
        guard let release = await book.state.release(id), await desk.holds[id.service] == nil else { return }
        // A rollout that halted may have left users there.
        await SlotDrain(trafficSwitch: drivers.trafficSwitch, book: book, clock: clock)
            .finish(id, in: slot, release.spec.drain)
        guard !Task.isCancelled, await drivers.isHeld(), await desk.holds[id.service] == nil,
            let record = await book.state.services[id.service], record.standbySlot == slot,
            record[slot]?.release == id, record.standbyUntil.map({ $0 <= clock.now() }) ?? true
        else { return }
        let proven = await book.state.services[id.service]?[slot]?.proven ?? [:]
        for replica in Member.replicas(of: release, in: slot) {
            // A rollback that began meanwhile may have started it again.
            guard await desk.holds[id.service] == nil else { return }
            // Whatever runs there: a start that took long may have come up after its rollout had gone back.
            guard let state = try? await drivers.runtime.replica(replica), state.runsOrWill else { continue }
            do {
                try await drivers.runtime.stop(replica, policy: release.spec.stop)
            } catch {
                return logger.error(
                    "Standby could not be stopped",
                    metadata: ["replica": "\(replica)", "release.id": "\(id)", "error": "\(error)"]
                )
            }
        }
        // What holds when it is written counts: users may have been sent there again since.
        await change { $0.endStandby(of: id, in: slot, proven: proven) }
    }
}
