import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// One random story: some services, some rollouts of them, and what goes wrong meanwhile.
struct Story {
    private let world: World
    private let people: Operator
    private let cast: Cast
    private var random: SeededGenerator
    /// Decides when a daemon is thought dead.
    private var doubts: SeededGenerator
    /// Decides about what was added to stories since: those of known seeds stay as they are where it decides for nothing.
    private var whims: SeededGenerator
    /// Decides who deploys again at once when a rollout has left users with nobody.
    private var haste: SeededGenerator
    private var deeds = 0
    /// What nobody has released here, and where nothing of this project runs.
    private let stranger: ServiceSpec
    private let elsewhere: EnvironmentName

    /// No rollout of these stories can take longer than this, whatever goes wrong.
    private static let rolloutLimit: Duration = .seconds(2 * 3600)
    /// How long a bad day lasts at most: a host that crashes every few seconds for ever lets nothing come to its end.
    private static let badDayLimit: Duration = .seconds(1800)
    /// How long all is left alone at most until everything has to agree, and how often that is looked at.
    private static let restSpan: Duration = .seconds(60)
    private static let restBeat: Duration = .milliseconds(2500)
    /// When deeds are done at the latest, from the beginning of a stretch.
    private static let stretchMilliseconds = 7000

    init(seed: UInt64, world: World) throws(NameError) {
        self.world = world
        random = SeededGenerator(seed: seed)
        doubts = SeededGenerator(seed: SeededGenerator.mixed(seed))
        whims = SeededGenerator(seed: SeededGenerator.mixed(seed ^ 0x0DD5))
        haste = SeededGenerator(seed: SeededGenerator.mixed(seed ^ 0x4A57))
        var cast = try Cast(drawnFrom: &random)
        cast.addWhims(&whims)
        self.cast = cast
        elsewhere = try EnvironmentName(parsing: "elsewhere")
        stranger = ServiceSpec(name: try ServiceName(parsing: "stranger"), kind: .web, source: .artifact(path: "."))
        world.networks = Set(cast.specs.filter(\.isNetworked).map(cast.key))
        people = Operator(world: world, cast: cast)
        world.keepsReplicas = random.chance(60)
        world.restartsAtBoot = random.chance(50)
    }

    /// Plays the story; what did not hold is in the world's violations.
    mutating func play() {
        world.sendRequests(perBeat: [0.1, 0.4, 0.9][random.pick(0...2)])
        world.startDaemon()
        // The first releases come to a quiet host, so that there is something to lose.
        world.run(until: world.time + Duration.seconds(1).nanoseconds)
        world.audit.beginStretch()
        people.deploy(cast.specs, cast.specs.map { _ in .good })
        guard rest() else { return }
        for _ in 0..<random.pick(3...6) {
            world.audit.beginStretch()
            let isBadDay = random.chance(80)
            if isBadDay { world.setRates(FaultRates(drawnFrom: &random)) }
            actSomehow()
            if isBadDay {
                drawDeeds()
                drawDoubt()
                drawWhim()
            }
            let world = world
            world.after(whims.milliseconds(0...Self.stretchMilliseconds)) { world.doctorLooks() }
            guard rest() else { return }
        }
    }

    // MARK: Rest

    /// Waits until all rollouts have ended, heals everything, and sees that all agree.
    private mutating func rest() -> Bool {
        // What was drawn to happen still happens when there is nothing to roll out.
        world.run(until: world.time + Duration.milliseconds(Self.stretchMilliseconds + 500).nanoseconds)
        guard waitForEnds() else { return false }
        world.doctorLooks()
        world.heal()
        guard deployInVain() else { return false }
        // People take a moment to see that something halted.
        world.run(until: world.time + Self.restBeat.nanoseconds)
        for id in halted() {
            people.resume(id, again: random.chance(50))
            guard waitForEnds() else { return false }
        }
        return settleDown()
    }

    /// Leaves all alone until everything agrees.
    private func settleDown() -> Bool {
        let end = world.time + Self.restSpan.nanoseconds
        // What crashes for ever is a disturbance for ever.
        let last = world.time + Self.restSpan.nanoseconds * 10
        repeat {
            world.run(until: world.time + Self.restBeat.nanoseconds)
            guard world.violations.isEmpty else { return false }
        } while world.disagreement() != nil && (world.time < end || world.isDisturbed && world.time < last)
        if let text = world.disagreement() { world.violate(.recordsAgree, text) }
        return world.violations.isEmpty
    }

    private func waitForEnds() -> Bool {
        let world = world
        let people = people
        let isUnended = { people.waiting > 0 || world.daemon?.desk == nil || !world.audit.open.isEmpty }
        let end = world.time + Self.rolloutLimit.nanoseconds
        world.run(until: world.time + Self.badDayLimit.nanoseconds, while: isUnended)
        if isUnended() { world.setRates(.none) }
        world.run(until: end, while: isUnended)
        guard world.violations.isEmpty else { return false }
        guard world.time < end else {
            let legs = world.audit.open.sorted().map { "\($0) at \(world.audit.rollouts[$0]?.leg ?? .preflight)" }
            world.violate(.rolloutsEnd, legs.isEmpty ? "the daemon does not start" : "rollouts do not end: \(legs)")
            return false
        }
        return true
    }

    /// Rollouts that halted for a decision which a person can make.
    private func halted() -> [RolloutID] {
        world.disk.visible.contents.unended.compactMap { snapshot in
            if case .halted(.stepLost) = snapshot.rollout.outcome { snapshot.rollout.id } else { nil }
        }
    }

    // MARK: Drawing

    private mutating func actSomehow() {
        act()
        if whims.chance(35) { later(whims.milliseconds(0...Self.stretchMilliseconds)) { $0.askOddly() } }
        // Somebody else wants something at the worst moment.
        if random.chance(20) {
            let luck = SeededGenerator(seed: random.next())
            later { story in story.interfere(luck) }
        }
    }

    private mutating func act() {
        switch random.pick(0...11) {
        case 0...1: people.rollback(cast.specs)
        case 2:
            guard let spec = cast.specs.first(where: { $0.kind == .web }) else { return deploy() }
            people.scale(spec, to: random.pick(1...4))
        default: deploy()
        }
    }

    private mutating func deploy(supersedes: Bool = false) {
        let chosen = cast.specs.filter { _ in random.chance(70) }
        let named = chosen.isEmpty ? cast.specs : chosen
        // What comes after a halt may end before it has changed anything.
        let endsEarly = world.audit.hasHalted(named.map(cast.key)) && whims.chance(30)
        let behaviours = named.map { _ in
            var behaviour = Behaviour(drawnFrom: &random)
            behaviour.vary(&whims)
            if endsEarly { behaviour.fetchError = .refused("it is not to be had") }
            return behaviour
        }
        people.deploy(named, behaviours, supersedes: supersedes)
    }

    /// Somebody sees that a halt has left users with nobody, and deploys again at once what is not to be had.
    private mutating func deployInVain() -> Bool {
        guard !world.deserted.isEmpty, haste.chance(50) else { return true }
        // It is asked once the halted rollout has let go, and before the keeper has mended what it left.
        world.run(until: world.time + haste.milliseconds(5...500).nanoseconds)
        let deserted = world.deserted
        let specs = cast.specs.filter { deserted.contains(cast.key($0)) }
        guard !specs.isEmpty else { return world.violations.isEmpty }
        var behaviour = Behaviour.good
        behaviour.fetchError = .refused("it is not to be had")
        people.deploy(specs, specs.map { _ in behaviour })
        return waitForEnds()
    }

    /// Somebody asks for something that is seldom asked for, or by mistake.
    private mutating func askOddly() {
        let spec = cast.specs[whims.pick(0...cast.specs.count - 1)]
        switch whims.pick(0...7) {
        case 0...2: people.rollback([spec], to: whims.pick(1...8))
        case 3: people.rollback([stranger])
        case 4: people.scale(stranger, to: 2)
        case 5: people.scale(spec, to: spec.replicas)
        case 6: people.deploy([spec], [.good], environment: elsewhere)
        default:
            var job = ServiceSpec(name: spec.name, kind: .job, source: .artifact(path: "."))
            job.command = ["bin/once"]
            // A job that takes another job's place is nothing odd.
            if spec.kind != .job { people.deploy([job], [.good]) }
        }
    }

    private func later(_ moment: Duration? = nil, _ body: @escaping (inout Story) -> Void) {
        var story = self
        world.after(moment ?? story.random.milliseconds(0...Self.stretchMilliseconds)) { body(&story) }
    }

    private mutating func interfere(_ luck: SeededGenerator) {
        random = luck
        switch random.pick(0...5) {
        case 0: people.abort()
        case 1:
            people.hurry()
            // Whoever is not content with what came of it goes back.
            let people = people
            let specs = cast.specs
            if random.chance(30) { world.after(random.milliseconds(0...8000)) { people.rollback(specs) } }
        case 2...3: people.rollback(cast.specs.filter { _ in random.chance(80) })
        case 4: deploy(supersedes: true)
        default: deploy()
        }
    }

    private mutating func drawDeeds() {
        guard random.chance(55) else { return }
        for _ in 0...(random.chance(30) ? 2 : 0) {
            let deed = Deed.common[random.pick(0...Deed.common.count - 1)]
            let moment = random.milliseconds(0...Self.stretchMilliseconds)
            plan(deed, in: moment, luck: SeededGenerator(seed: random.next()))
        }
    }

    private mutating func drawDoubt() {
        guard doubts.chance(15) else { return }
        let moment = doubts.milliseconds(0...Self.stretchMilliseconds)
        plan(.daemonIsDoubted, in: moment, luck: SeededGenerator(seed: doubts.next()))
    }

    private mutating func drawWhim() {
        guard whims.chance(20) else { return }
        let moment = whims.milliseconds(0...Self.stretchMilliseconds)
        let deed: Deed = whims.chance(50) ? .runtimeSaysUnhealthy : .personChanges
        plan(deed, in: moment, luck: SeededGenerator(seed: whims.next()))
    }

    private mutating func plan(_ deed: Deed, in moment: Duration, luck: SeededGenerator) {
        let key = FaultKey.happening(deeds)
        deeds += 1
        guard world.permits(key) else { return }
        let world = world
        world.after(moment) { world.happen(deed, luck: luck) }
    }
}
