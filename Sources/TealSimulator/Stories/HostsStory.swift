import TealCore
import TealEngine
import TealTestSupport

/// One random story of several hosts: releases over all of them, and what goes wrong on each and between them.
struct HostsStory {
    private let worlds: [World]
    private let network: Network
    /// Who asks each of the hosts.
    private let people: [Operator]
    private let cast: Cast
    private var random: SeededGenerator
    private var deeds = 0
    /// When the present stretch began, in nanoseconds of the story.
    private var stretchBegan: Int64 = 0

    private static let rolloutLimit: Duration = .seconds(2 * 3600)
    /// How long a bad day lasts at most: hosts that crash every few seconds for ever let nothing come to its end.
    private static let badDayLimit: Duration = .seconds(1800)
    /// A host that was left alone needs its lease's limit before it begins to mend anything.
    private static let restSpan: Duration = .seconds(150)
    private static let restBeat: Duration = .milliseconds(2500)
    private static let stretchMilliseconds = 9000

    /// Makes the hosts of a story: two or three.
    static func worlds(
        seed: UInt64,
        allowed: Set<FaultKey>?,
        stage: Stage,
        _ random: inout SeededGenerator
    ) throws(NameError) -> [World] {
        let names = Array(["ada", "bob", "cyd"].prefix(random.chance(40) ? 3 : 2))
        var worlds: [World] = []
        for (index, name) in names.enumerated() {
            let own = SeededGenerator.mixed(seed &+ UInt64(index) &* 0x9E37_79B9)
            worlds.append(World(seed: own, allowed: allowed, stage: stage, name: try HostName(parsing: name)))
        }
        return worlds
    }

    init(worlds: [World], network: Network, random: SeededGenerator) throws(NameError) {
        self.worlds = worlds
        self.network = network
        self.random = random
        let cast = try Cast(drawnFrom: &self.random)
        self.cast = cast
        people = worlds.map { world in
            Operator(world: world, cast: cast, others: worlds.filter { $0 !== world }.compactMap(\.name))
        }
        for world in worlds {
            world.keepsReplicas = self.random.chance(60)
            world.restartsAtBoot = self.random.chance(50)
        }
    }

    /// Plays the story; what did not hold is in the worlds' violations.
    mutating func play() {
        for world in worlds {
            world.sendRequests(perBeat: [0.1, 0.4][random.pick(0...1)])
            world.startDaemon()
        }
        run(for: .seconds(1))
        beginStretch()
        people[0].deploy(cast.specs, cast.specs.map { _ in .good })
        guard rest() else { return }
        for _ in 0..<random.pick(2...4) {
            beginStretch()
            let isBadDay = random.chance(80)
            if isBadDay { for world in worlds { world.setRates(FaultRates(drawnFrom: &random)) } }
            let asked = people[random.chance(75) ? 0 : 1]
            act(asked)
            if random.chance(25) {
                let luck = SeededGenerator(seed: random.next())
                later { story in story.interfere(luck) }
            }
            if isBadDay {
                drawDeeds()
                drawCuts()
            }
            guard rest() else { return }
        }
    }

    private mutating func beginStretch() {
        stretchBegan = worlds[0].time
        for world in worlds { world.audit.beginStretch() }
        network.beginStretch()
    }

    private func run(for span: Duration) { worlds[0].run(until: worlds[0].time + span.nanoseconds) }

    private var isWell: Bool { worlds.allSatisfy(\.violations.isEmpty) }

    // MARK: Rest

    /// Waits until all rollouts have ended, heals everything, and sees that all agree.
    private func rest() -> Bool {
        run(for: .milliseconds(Self.stretchMilliseconds + 500))
        guard waitForEnds() else { return false }
        for world in worlds {
            world.doctorLooks()
            world.heal()
        }
        network.heal()
        run(for: Self.restBeat)
        for (world, people) in zip(worlds, people) {
            for id in Self.halted(world) {
                people.resume(id, again: world.luck.chance(50))
                guard waitForEnds() else { return false }
            }
        }
        return settleDown()
    }

    private func settleDown() -> Bool {
        let first = worlds[0]
        let end = first.time + Self.restSpan.nanoseconds
        // What crashes for ever is a disturbance for ever.
        let last = first.time + Self.restSpan.nanoseconds * 10
        repeat {
            run(for: Self.restBeat)
            guard isWell else { return false }
        } while disagreement() != nil && (first.time < end || first.isDisturbed && first.time < last)
        if let (world, text) = disagreement() { world.violate(.recordsAgree, text) }
        if isWell { checkSameRelease() }
        return isWell
    }

    private func disagreement() -> (World, String)? {
        for world in worlds {
            if let open = world.audit.open.sorted().first { return (world, "\(open) has not ended") }
            if let text = world.disagreement() { return (world, text) }
        }
        return nil
    }

    private func waitForEnds() -> Bool {
        let (worlds, people) = (worlds, people)
        let isUnended = {
            people.contains { $0.waiting > 0 }
                || worlds.contains { $0.daemon?.desk == nil || !$0.audit.open.isEmpty }
        }
        let end = worlds[0].time + Self.rolloutLimit.nanoseconds
        worlds[0].run(until: worlds[0].time + Self.badDayLimit.nanoseconds, while: isUnended)
        if isUnended() { for world in worlds { world.setRates(.none) } }
        worlds[0].run(until: end, while: isUnended)
        guard isWell else { return false }
        guard worlds[0].time < end else {
            for world in worlds where !world.audit.open.isEmpty || world.daemon?.desk == nil {
                let legs = world.audit.open.sorted().map { "\($0) at \(world.audit.rollouts[$0]?.leg ?? .preflight)" }
                world.violate(.rolloutsEnd, legs.isEmpty ? "the daemon does not start" : "rollouts do not end: \(legs)")
            }
            if isWell { worlds[0].violate(.rolloutsEnd, "somebody waits for ever for an answer") }
            return false
        }
        return true
    }

    private static func halted(_ world: World) -> [RolloutID] {
        world.disk.visible.contents.unended.compactMap { snapshot in
            guard snapshot.part == nil, case .halted(.stepLost) = snapshot.rollout.outcome else { return nil }
            return snapshot.rollout.id
        }
    }

    // MARK: All hosts

    /// The newest rollout of each service on each host has led it to the release that it led the others to, but for the
    /// hosts that it names.
    private func checkSameRelease() {
        for spec in cast.specs where spec.kind != .job {
            for world in worlds { checkNewest(of: cast.key(spec), on: world) }
        }
    }

    private func checkNewest(of key: ServiceKey, on world: World) {
        let all = worlds.flatMap { coordinator in
            coordinator.audit.wholes.values.map { Asked(coordinator: coordinator, rollout: $0) }
        }
        let newest = all.filter { $0.hasTouched(key, world) && $0.endedAt >= stretchBegan }
            .max { $0.endedAt < $1.endedAt }
        guard let newest, let outcome = newest.rollout.outcome, let member = newest.member(key, world) else { return }
        let side: Side
        switch outcome {
        case .settled: side = .new
        case .kept, .reverted: side = .old
        case .halted(.hostsDiffer(let named)):
            if let host = member.host, named.contains(host) { return }
            side = newest.rollout.backReason == nil ? .new : .old
        // A person has to look anyway, and is told so.
        case .halted: return
        }
        guard !world.audit.excused.contains(key), !world.audit.journalFailed, !newest.hasHalted(on: world) else {
            return
        }
        let active = world.disk.visible.services[key]?.active?.release
        guard active != member.release(side)?.id else { return }
        newest.coordinator.violate(
            .sameRelease,
            "\(newest.rollout.id) ended \(outcome), and on \(member.host?.description ?? "its own host") "
                + "\(active.map { "\($0)" } ?? "nothing") is active, not \(member.release(side).map { "\($0.id)" } ?? "nothing")"
        )
    }

    /// A rollout and the host that coordinates it.
    private struct Asked {
        let coordinator: World
        let rollout: Rollout

        /// Later than all others as long as it has not ended.
        var endedAt: Int64 { coordinator.audit.endedAt[rollout.id] ?? .max }

        func member(_ service: ServiceKey, _ world: World) -> Member? {
            let host = world === coordinator ? nil : world.name
            return rollout.members.first { $0.service == service && $0.host == host }
        }

        /// Whether it says anything about a service on a host: one that was kept out before it had begun there does not.
        func hasTouched(_ service: ServiceKey, _ world: World) -> Bool {
            if case .kept = rollout.outcome, rollout.reached.precedes(.start) { return false }
            return member(service, world) != nil
        }

        /// Whether the host went on with its part by itself, and halted: a person is told so there.
        func hasHalted(on world: World) -> Bool {
            world.disk.visible.snapshots.values.contains { snapshot in
                guard let part = snapshot.part, case .halted = snapshot.rollout.outcome else { return false }
                return part.lease.claim.coordinator == coordinator.name && part.lease.claim.rollout == rollout.id
            }
        }
    }

    // MARK: Drawing

    private mutating func act(_ people: Operator) {
        switch random.pick(0...9) {
        case 0...1: people.rollback(cast.specs)
        default: deploy(people)
        }
    }

    private mutating func deploy(_ people: Operator, supersedes: Bool = false) {
        let chosen = cast.specs.filter { _ in random.chance(70) }
        let named = chosen.isEmpty ? cast.specs : chosen
        people.deploy(named, named.map { _ in Behaviour(drawnFrom: &random) }, supersedes: supersedes)
    }

    private func later(_ body: @escaping (inout HostsStory) -> Void) {
        var story = self
        worlds[0].after(story.random.milliseconds(0...Self.stretchMilliseconds)) { body(&story) }
    }

    private mutating func interfere(_ luck: SeededGenerator) {
        random = luck
        let people = people[random.chance(60) ? 0 : 1]
        switch random.pick(0...5) {
        case 0: people.abort()
        case 1: people.hurry()
        case 2...3: people.rollback(cast.specs.filter { _ in random.chance(80) })
        case 4: deploy(people, supersedes: true)
        default: deploy(people)
        }
    }

    private mutating func drawDeeds() {
        guard random.chance(50) else { return }
        for _ in 0...(random.chance(30) ? 2 : 0) {
            let deed = Deed.shared[random.pick(0...Deed.shared.count - 1)]
            let world = worlds[random.pick(0...worlds.count - 1)]
            let luck = SeededGenerator(seed: random.next())
            plan(in: random.milliseconds(0...Self.stretchMilliseconds)) { world.happen(deed, luck: luck) }
        }
    }

    /// Hosts lose sight of each other, for less or more than a lease's limit.
    private mutating func drawCuts() {
        guard random.chance(45) else { return }
        for _ in 0...(random.chance(25) ? 1 : 0) {
            let one = random.pick(0...worlds.count - 1)
            let other = (one + random.pick(1...worlds.count - 1)) % worlds.count
            let span = random.chance(50) ? random.milliseconds(100...10_000) : random.milliseconds(20_000...90_000)
            let (network, first, second) = (network, worlds[one], worlds[other])
            plan(in: random.milliseconds(0...Self.stretchMilliseconds)) { network.cut(first, second, for: span) }
        }
    }

    private mutating func plan(in moment: Duration, _ body: @escaping () -> Void) {
        let key = FaultKey.happening(deeds)
        deeds += 1
        guard worlds[0].permits(key) else { return }
        worlds[0].after(moment, body)
    }
}
