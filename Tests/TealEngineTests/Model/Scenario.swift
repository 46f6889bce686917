import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// One random story: some services, some rollouts of them, and what goes wrong meanwhile.
struct Scenario {
    let model: HostModel
    private var specs: [ServiceSpec] = []
    private var random: SeededGenerator

    /// No rollout of these stories can take longer than this, whatever goes wrong.
    private static let rolloutLimit: Duration = .seconds(3 * 3600)

    init(seed: UInt64) {
        model = HostModel(seed: seed)
        random = SeededGenerator(seed: seed ^ 0xABCD)
        specs = drawSpecs()
    }

    /// Plays the story.
    ///
    /// - Returns: What did not hold; empty for a story that went as it must.
    mutating func play() -> [String] {
        model.upgradedTakes = random.chance(50) ? random.milliseconds(100...6000) : nil
        // The first releases come to a quiet host, so that there is something to lose.
        model.deploy(specs)
        guard rest() else { return model.violations }
        for _ in 0..<Int.random(in: 2...4, using: &random) {
            model.hasLostReplicas = false
            model.cutsFailed = false
            drawFaults()
            beginSomething()
            drawEvents()
            guard rest() else { return model.violations }
        }
        return model.violations
    }

    /// Waits until all rollouts have ended, heals everything, and sees that all agree.
    private mutating func rest() -> Bool {
        // What was drawn to happen still happens when there was nothing to roll out.
        model.run(atMost: .seconds(7))
        let ended = model.run(atMost: Self.rolloutLimit) { [model] in
            model.daemon?.runs.isEmpty == true && model.disk.contents.unended.allSatisfy { $0.rollout.outcome != nil }
        }
        guard model.violations.isEmpty else { return false }
        guard ended else {
            let legs = (model.daemon?.runs ?? [:]).map { "\($0.key) at \($0.value.core.rollout.leg)" }
            let written = model.disk.contents.unended.map { "\($0.rollout.id) at \($0.rollout.leg)" }
            model.violations.append("rollouts do not end: \(legs), written down are \(written)")
            return false
        }
        heal()
        for snapshot in model.disk.contents.unended where snapshot.rollout.outcome != nil {
            model.resume(snapshot.rollout.id, again: random.chance(50))
            model.run(atMost: Self.rolloutLimit) { [model] in model.daemon?.runs.isEmpty == true }
        }
        model.run(atMost: .seconds(20))
        guard model.violations.isEmpty else { return false }
        // A halted way back leaves both slots to a person; nothing can be said of them.
        if model.disk.contents.unended.isEmpty, model.excused.isEmpty { model.checkRest() }
        return model.violations.isEmpty && model.disk.contents.unended.isEmpty
    }

    private func heal() {
        model.faults = .none
        model.plannedCrashes = []
        model.diskIsFull = false
        model.traffic.isFull = false
        model.traffic.isReachable = true
        model.reachableSince = model.time
    }

    // MARK: Drawing

    private mutating func drawSpecs() -> [ServiceSpec] {
        var specs: [ServiceSpec] = []
        for index in 0..<Int.random(in: 1...3, using: &random) {
            var spec: ServiceSpec
            switch Int.random(in: 0..<8, using: &random) {
            case 0: spec = Samples.worker("mail\(index)")
            case 1: spec = Samples.worker("queue\(index)", Samples.handover)
            case 2:
                spec = Samples.web("shop\(index)")
                spec.strategy = .recreate
            case 3:
                spec = Samples.web("api\(index)")
                spec.background = random.chance(50) ? .exclusive : Samples.handover
            default: spec = Samples.web("web\(index)")
            }
            spec.replicas = Int.random(in: 1...3, using: &random)
            spec.health.deadline = .seconds(5)
            if random.chance(30) { spec.keep.standby = random.milliseconds(500...30_000) }
            if random.chance(20) { spec.migrate = OnceCommand(command: ["./migrate"]) }
            if random.chance(20), !spec.routes.isEmpty { spec.smoke = [Samples.smoke("try")] }
            if random.chance(15), !spec.routes.isEmpty { spec.smoke.append(Samples.smoke("order", method: "POST")) }
            if random.chance(20) { spec.switchWhen = .quiet(upgradedMax: 0, limit: .seconds(2)) }
            for point in Hook.Point.allCases where random.chance(8) {
                spec.hooks.append(Samples.hook("\(point.rawValue)", point))
            }
            specs.append(spec)
        }
        return specs
    }

    private mutating func drawBehaviour() -> Behaviour {
        var behaviour = Behaviour(boot: random.milliseconds(0...400))
        switch Int.random(in: 0..<20, using: &random) {
        case 0: behaviour.isHealthy = false
        case 1: behaviour.crashesAfter = random.milliseconds(10...4000)
        case 2: behaviour.errorPercent = 60
        case 3: behaviour.smokePasses = false
        case 4: behaviour.migrationExit = 3
        case 5: behaviour.hookExit = 1
        case 6: behaviour.flaps = true
        case 7: behaviour.fetchError = .contentDamaged("bad hash")
        case 8: behaviour.startError = .launchFailed("no such file")
        case 9: behaviour.boot = .seconds(20)
        default: break
        }
        return behaviour
    }

    private mutating func drawFaults() {
        model.faults = .none
        if random.chance(40) { model.faults.stepFailsPassing = 4 }
        if random.chance(15) { model.faults.stepFails = 2 }
        if random.chance(40) { model.faults.answerLost = 5 }
        if random.chance(20) { model.faults.hangs = 2 }
        if random.chance(50) { model.faults.crash = 3 }
    }

    private mutating func beginSomething() {
        let chosen = specs.filter { _ in random.chance(70) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0...1: model.rollback(specs.map { ServiceKey(project: Samples.project, service: $0.name) })
        case 2:
            guard let spec = specs.first else { return }
            let key = ServiceKey(project: Samples.project, service: spec.name)
            let count = Int.random(in: 1...3, using: &random)
            model.begin(Planner.scale([key: count], Samples.request, state: model.state), .scale)
        default:
            let named = (chosen.isEmpty ? specs : chosen).map { random.chance(10) ? changed($0) : $0 }
            var behaving: [ServiceName: Behaviour] = [:]
            for spec in named where random.chance(60) { behaving[spec.name] = drawBehaviour() }
            model.deploy(named, behaving)
        }
    }

    /// The same service, which takes traffic no more.
    private mutating func changed(_ spec: ServiceSpec) -> ServiceSpec {
        var quiet = Samples.worker("\(spec.name)", random.chance(50) ? .exclusive : .none)
        quiet.replicas = spec.replicas
        quiet.health.deadline = spec.health.deadline
        return quiet
    }

    private mutating func drawEvents() {
        let model = model
        func all(_ input: @escaping () -> RunnerCore.Input) -> () -> Void {
            { for id in (model.daemon?.runs.keys.sorted() ?? []) { model.feed(id, input()) } }
        }
        if random.chance(15) { model.after(drawMoment(), all { .takeBack(.rolledBack(by: "ann")) }) }
        if random.chance(15) { model.after(drawMoment(), all { .hurry(by: "ben") }) }
        if random.chance(15) { model.after(drawMoment()) { model.crash() } }
        if random.chance(6) { model.after(drawMoment()) { model.reboot() } }
        if random.chance(10) {
            let moment = drawMoment()
            model.after(moment) { model.traffic.isReachable = false }
            model.after(moment + random.milliseconds(50...20_000)) {
                model.traffic.isReachable = true
                model.reachableSince = model.time
            }
        }
        if random.chance(10) {
            let moment = drawMoment()
            model.after(moment) { model.diskIsFull = true }
            model.after(moment + random.milliseconds(50...60_000)) {
                model.diskIsFull = false
                model.reachableSince = model.time
            }
        }
        if random.chance(10) {
            let pick = UInt64.random(in: 0..<1000, using: &random)
            model.after(drawMoment()) {
                let running = model.runtime.replicas.filter(\.value.isRunning).keys.sorted()
                guard !running.isEmpty else { return }
                let id = running[Int(pick) % running.count]
                if let run = model.runtime.replicas[id]?.run { model.die(id, run) }
            }
        }
    }

    private mutating func drawMoment() -> Duration { random.milliseconds(0...6000) }
}
