import TealCore
import TealEngine

/// The people and programs that ask the daemon for something, as its API does it for them.
final class Operator {
    private let world: World
    private let cast: Cast
    private var contents = 0
    /// How many of what was asked have not been answered yet.
    private(set) var waiting = 0

    init(world: World, cast: Cast) {
        self.world = world
        self.cast = cast
    }

    private func request() -> Request {
        Request(
            project: cast.project,
            environment: cast.environment,
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

        func tell() { asked.waiting -= 1 }
    }

    // MARK: Releases

    /// Deploys new content of some services.
    func deploy(_ specs: [ServiceSpec], _ behaviours: [Behaviour], supersedes: Bool = false) {
        var drafts: [ReleaseDraft] = []
        for (spec, behaviour) in zip(specs, behaviours) {
            contents += 1
            let hash = "content-\(contents)"
            world.behaviours[hash] = behaviour
            world.registry.insert(hash)
            drafts.append(
                .init(spec: spec, content: .artifact(sha256: hash), secretVersions: [:], configurationHash: hash)
            )
        }
        let request = request()
        let keys = specs.map(cast.key)
        begin("a deploy of \(keys.map(\.service))", .deploy, keys, supersedes: supersedes) { [drafts] in
            Planner.deploy(drafts, request, force: false, state: $0)
        }
    }

    func scale(_ spec: ServiceSpec, to count: Int) {
        let request = request()
        let key = cast.key(spec)
        begin("\(count) replicas of \(key.service)", .scale, [key], supersedes: false) {
            Planner.scale([key: count], request, state: $0)
        }
    }

    /// How long somebody waits for another rollout to end before asking again is given up.
    private static let patience: Duration = .seconds(60)

    /// As `Control.beginRollout`.
    private func begin(
        _ what: String,
        _ kind: Rollout.Kind,
        _ services: [ServiceKey],
        supersedes: Bool,
        _ plan: @escaping @Sendable (HostState) -> Planner.Planned
    ) {
        ask(what) { desk, incarnation in
            let clock = SimulatedClock(incarnation)
            let end = clock.now() + Self.patience
            var hasHurried = false
            while incarnation.isAlive {
                do throws(Problem) {
                    let begun = try await desk.begin(
                        kind: kind,
                        author: "ann",
                        abortsUntil: nil,
                        services: services,
                        plan: plan
                    )
                    guard case .busy = begun else { return incarnation.tellBegun(begun) }
                } catch {
                    return incarnation.world.note("refused: \(error.code)")
                }
                if supersedes, !hasHurried {
                    hasHurried = true
                    for holder in await desk.holders(of: services) {
                        let input: RunnerCore.Input =
                            holder.rollout.hasSwitched ? .hurry(by: "ben") : .takeBack(.superseded(by: "ben"))
                        incarnation.world.audit.hasHurried = true
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
    func rollback(_ specs: [ServiceSpec], to release: Int? = nil) {
        let keys = specs.map(cast.key)
        world.audit.hasHurried = true
        ask("a rollback of \(keys.map(\.service))") { desk, incarnation in
            guard let journal = incarnation.journal else { return }
            let way = RollbackWay(desk: desk, journal: journal, clock: SimulatedClock(incarnation))
            while incarnation.isAlive {
                switch await way.clear(keys, for: .init(release: release), by: "ann") {
                case .answered(let snapshot):
                    return incarnation.world.note("the rollback is answered by \(snapshot.rollout.id)")
                case .held: return incarnation.world.note("the rollback is held up")
                case .free: break
                }
                do throws(Problem) {
                    let begun = try await desk.begin(
                        kind: .rollback,
                        author: "ann",
                        abortsUntil: nil,
                        services: keys,
                        plan: { Planner.rollback(keys.map { ($0, release) }, state: $0) }
                    )
                    guard case .busy = begun else { return incarnation.tellBegun(begun) }
                    let clock = SimulatedClock(incarnation)
                    _ = await desk.waitUntilFree(keys, until: clock.now() + RollbackWay.seenLimit)
                } catch {
                    return incarnation.world.note("refused: \(error.code)")
                }
            }
        }
    }

    // MARK: Steering

    func abort() {
        steer("an abort") { $0.moments[.released] == nil ? .takeBack(.aborted(by: "ann")) : nil }
    }

    func hurry() {
        world.audit.hasHurried = true
        steer("no more waiting") { _ in .hurry(by: "ben") }
    }

    private func steer(_ what: String, _ input: @escaping @Sendable (Rollout) -> RunnerCore.Input?) {
        ask(what) { desk, _ in
            for snapshot in await desk.unended where snapshot.rollout.outcome == nil {
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
    /// What another daemon has taken over meanwhile may have ended there by now.
    fileprivate func tellBegun(_ begun: RolloutDesk.Begun) { if isInCharge { world.began(begun) } }
}

extension World {
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
