import TealCore
import TealEngine

/// The people and programs that ask the daemon for something, as its API does it for them.
final class Operator {
    private let world: World
    private let cast: Cast
    /// The hosts that releases are on beside the one that is asked.
    private let others: [HostName]
    private var contents = 0
    /// How many of what was asked have not been answered yet.
    private(set) var waiting = 0

    init(world: World, cast: Cast, others: [HostName] = []) {
        self.world = world
        self.cast = cast
        self.others = others
    }

    private func request(_ environment: EnvironmentName? = nil) -> Request {
        Request(
            project: cast.project,
            environment: environment ?? cast.environment,
            author: "ann",
            gitCommit: nil,
            wallTime: world.wallTime
        )
    }

    /// Asks the daemon that runs; nothing comes of it when there is none, or when it dies meanwhile.
    private func ask(_ what: String, _ body: @escaping @Sendable (RolloutDesk, Incarnation) async -> Void) {
        guard let incarnation = world.daemon, let desk = incarnation.desk else {
            return world.note("\(what): no answer")
        }
        world.note("asks for \(what)")
        waiting += 1
        world.stage.asking += 1
        let done = Done(self)
        // Counted by `waiting`; it ends with what it asked for, or with the daemon, which cancels it.
        let task = Task {
            await body(desk, incarnation)
            done.tell()
        }
        incarnation.asked.append(task)
    }

    /// Lets a task say that it has ended; `@unchecked Sendable` as ``World`` is.
    private final class Done: @unchecked Sendable {
        private let asked: Operator

        init(_ asked: Operator) { self.asked = asked }

        func tell() {
            asked.waiting -= 1
            asked.world.stage.asking -= 1
        }
    }

    // MARK: Releases

    /// Deploys new content of some services.
    func deploy(
        _ specs: [ServiceSpec],
        _ behaviours: [Behaviour],
        supersedes: Bool = false,
        environment: EnvironmentName? = nil
    ) {
        var drafts: [ReleaseDraft] = []
        for (spec, behaviour) in zip(specs, behaviours) {
            contents += 1
            let hash = "content-\(world.name.map { "\($0)-" } ?? "")\(contents)"
            for each in world.stage.worlds {
                each.world.behaviours[hash] = behaviour
                each.world.registry.insert(hash)
            }
            drafts.append(
                .init(
                    spec: spec,
                    content: .artifact(sha256: hash),
                    secretVersions: [:],
                    configurationHash: hash,
                    neighbours: cast.neighbours
                )
            )
        }
        let request = request(environment)
        let keys = specs.map(cast.key)
        let isPlain = environment == nil && specs.allSatisfy(cast.specs.contains)
        let what = "a deploy of \(keys.map(\.service))"
        begin(what, .deploy, keys, supersedes: supersedes, isPlain: isPlain) { [drafts] in
            guard let alone = $0.first, $0.count == 1 else {
                return Planner.deploy(drafts, request, force: false, over: $0)
            }
            return Planner.deploy(drafts, request, force: false, state: alone.state)
        }
    }

    func scale(_ spec: ServiceSpec, to count: Int) {
        let request = request()
        let key = cast.key(spec)
        begin("\(count) replicas of \(key.service)", .scale, [key], supersedes: false) {
            $0.first.map { Planner.scale([key: count], request, state: $0.state) } ?? .init()
        }
    }

    /// How long somebody waits for another rollout to end before asking again is given up.
    private static let patience: Duration = .seconds(60)

    /// As `Control.beginRollout`; nothing speaks against what is asked for when it `isPlain`.
    private func begin(
        _ what: String,
        _ kind: Rollout.Kind,
        _ services: [ServiceKey],
        supersedes: Bool,
        isPlain: Bool = false,
        _ plan: @escaping @Sendable ([PlannedHost]) -> Planner.Planned
    ) {
        ask(what) { [others] desk, incarnation in
            let clock = SimulatedClock(incarnation)
            let end = clock.now() + Self.patience
            var hasHurried = false
            while incarnation.isAlive {
                let stage = incarnation.world.stage
                let wasFree = stage.isFree(services)
                guard let elsewhere = await incarnation.states(of: others) else {
                    return incarnation.world.note("refused: another host gives no answer")
                }
                do throws(Problem) {
                    let begun = try await desk.begin(
                        kind: kind,
                        author: "ann",
                        abortsUntil: nil,
                        services: services,
                        plan: { plan([PlannedHost(nil, $0)] + elsewhere) }
                    )
                    guard case .busy = begun else { return incarnation.tellBegun(begun) }
                } catch {
                    if isPlain, wasFree, stage.isFree(services) { incarnation.world.checkWelcome("\(error.code)") }
                    return incarnation.world.checkRefused(error)
                }
                if wasFree, stage.isFree(services) { incarnation.world.checkWelcome("it is busy") }
                if supersedes, !hasHurried {
                    hasHurried = true
                    for holder in await desk.holders(of: services) {
                        let input: RunnerCore.Input =
                            holder.rollout.hasSwitched ? .hurry(by: "ben") : .takeBack(.superseded(by: "ben"))
                        incarnation.world.noteHurry()
                        await desk.send(input, to: holder.rollout.id)
                    }
                }
                guard supersedes, clock.now() < end, await desk.waitUntilFree(services, until: end) else {
                    return incarnation.world.note("busy")
                }
            }
        }
    }

    /// As `Control.beginRollback`.
    ///
    /// - Parameters:
    ///   - specs: The services.
    ///   - release: The number of the release to go to; nil for the default.
    func rollback(_ specs: [ServiceSpec], to release: Int? = nil) {
        let keys = specs.map(cast.key)
        if let release { world.audit.wanted.formUnion(keys.map { ReleaseID(service: $0, number: release) }) }
        world.noteHurry()
        ask("a rollback of \(keys.map(\.service))") { [others] desk, incarnation in
            guard let journal = incarnation.journal else { return }
            let way = RollbackWay(desk: desk, journal: journal, clock: SimulatedClock(incarnation))
            while incarnation.isAlive {
                switch await way.clear(keys, for: .init(release: release), by: "ann") {
                case .answered(let snapshot):
                    return incarnation.world.note("the rollback is answered by \(snapshot.rollout.id)")
                case .held: return incarnation.world.note("the rollback is held up")
                case .free: break
                }
                guard let elsewhere = await incarnation.states(of: others) else {
                    return incarnation.world.note("refused: another host gives no answer")
                }
                do throws(Problem) {
                    let begun = try await desk.begin(
                        kind: .rollback,
                        author: "ann",
                        abortsUntil: nil,
                        services: keys,
                        plan: { state in
                            let wanted: [(ServiceKey, Int?)] = keys.map { ($0, release) }
                            guard !elsewhere.isEmpty else { return Planner.rollback(wanted, state: state) }
                            return Planner.rollback(wanted, over: [PlannedHost(nil, state)] + elsewhere)
                        }
                    )
                    guard case .busy = begun else { return incarnation.tellBegun(begun) }
                    let clock = SimulatedClock(incarnation)
                    _ = await desk.waitUntilFree(keys, until: clock.now() + RollbackWay.seenLimit)
                } catch {
                    return incarnation.world.checkRefused(error)
                }
            }
        }
    }

    // MARK: Steering

    func abort() {
        steer("an abort") { $0.moments[.released] == nil ? .takeBack(.aborted(by: "ann")) : nil }
    }

    func hurry() {
        world.noteHurry()
        steer("no more waiting") { _ in .hurry(by: "ben") }
    }

    private func steer(_ what: String, _ input: @escaping @Sendable (Rollout) -> RunnerCore.Input?) {
        ask(what) { desk, _ in
            for snapshot in await desk.unended where snapshot.rollout.outcome == nil && snapshot.part == nil {
                if let input = input(snapshot.rollout) { await desk.send(input, to: snapshot.rollout.id) }
            }
        }
    }

    /// Decides what a rollout halted for.
    func resume(_ id: RolloutID, again: Bool) {
        if again { world.audit.again[id, default: 0] += 1 }
        ask("\(id) to go on, \(again ? "again" : "done")") { desk, incarnation in
            if await desk.resume(id, again: again), incarnation.isInCharge {
                incarnation.world.audit.open.insert(id)
            }
        }
    }
}

extension Incarnation {
    /// What other hosts remember, to plan by; nil when one of them gives no answer.
    fileprivate func states(of hosts: [HostName]) async -> [PlannedHost]? {
        guard !hosts.isEmpty else { return [] }
        let links = world.stage.network?.links(of: self) ?? [:]
        var states: [PlannedHost] = []
        for host in hosts {
            // Whoever is not heard of is planned for by nobody.
            guard case .state(let services, let releases)? = try? await links[host]?.ask(.state) else { return nil }
            states.append(PlannedHost(host, HostState(services: services, releases: releases)))
        }
        return states
    }

    /// What another daemon has taken over meanwhile may have ended there by now.
    fileprivate func tellBegun(_ begun: RolloutDesk.Begun) { if isInCharge { world.began(begun) } }
}

extension Stage {
    /// How long it may take until a rollout that has ended lets others have its services.
    private static let lettingGo: Int64 = 1_000_000_000

    /// Whether no rollout of any of these services is under way on any host, and nobody else asks for one; a halted one is
    /// while a call of it hangs.
    fileprivate func isFree(_ services: [ServiceKey]) -> Bool {
        asking == 1
            && worlds.allSatisfy { each in
                let audit = each.world.audit
                guard audit.hanging == 0, audit.active.union(audit.open).allSatisfy({ audit.rollouts[$0] != nil })
                else { return false }
                return audit.rollouts.values.allSatisfy { rollout in
                    guard !Set(rollout.services).isDisjoint(with: services) else { return true }
                    let isUnderWay = audit.active.contains(rollout.id) || audit.open.contains(rollout.id)
                    return !isUnderWay && time - (audit.endedAt[rollout.id] ?? time) > Self.lettingGo
                }
            }
    }
}

extension World {
    /// Somebody wants no more waiting, on whichever host that ends something.
    fileprivate func noteHurry() { for each in stage.worlds { each.world.audit.hasHurried = true } }

    func began(_ begun: RolloutDesk.Begun) {
        switch begun {
        case .begun(let snapshot):
            audit.begun += 1
            audit.open.insert(snapshot.rollout.id)
            note(
                "\(snapshot.rollout.id) begins: \(snapshot.rollout.members.map { "\($0.new.id) \($0.mode) in \($0.slot)" })"
            )
        case .unchanged: note("nothing to do")
        case .busy: note("busy")
        }
    }
}
