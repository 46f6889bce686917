import TealCore
import TealEngine
import TealTestSupport

/// What lies between hosts: it takes its time, loses questions and answers, brings some twice or late, and may be cut.
///
/// `@unchecked Sendable` since it is only touched by the simulation's one thread.
final class Network: @unchecked Sendable {
    private struct Pair: Hashable {
        let one: HostName
        let other: HostName

        init(_ first: World, _ second: World) {
            let names = [first.name, second.name].compactMap(\.self).sorted()
            (one, other) = (names[0], names[1])
        }
    }

    let stage: Stage
    private var worlds: [HostName: World]
    private var cuts: [Pair: Int] = [:]
    private var waiting: [Pair: [AsyncStream<HostAnswer>.Continuation]] = [:]
    private var disturbedAt: Int64 = .min / 2
    /// Whether nothing has gone wrong between hosts since the last rest.
    private(set) var isCalm = true

    /// How long somebody waits who gets no answer.
    static let silence: Duration = .seconds(5)
    /// How long what went wrong between hosts explains what follows: a host waits for its coordinator until then.
    private static let mendingLimit: Int64 = 75_000_000_000

    init(_ worlds: [World], stage: Stage) {
        self.stage = stage
        self.worlds = [:]
        for world in worlds { if let name = world.name { self.worlds[name] = world } }
        stage.network = self
    }

    /// The other hosts, as one run of a host's daemon asks them.
    func links(of incarnation: Incarnation) -> [HostName: any HostLink] {
        var links: [HostName: any HostLink] = [:]
        for (name, world) in worlds where world !== incarnation.world {
            links[name] = SimulatedLink(incarnation: incarnation, target: world, network: self)
        }
        return links
    }

    // MARK: What goes wrong

    /// Whether something is wrong between hosts, or has been a short while ago.
    var isDisturbed: Bool { !cuts.isEmpty || stage.time - disturbedAt < Self.mendingLimit }

    func disturb() {
        disturbedAt = stage.time
        isCalm = false
        for world in worlds.values { world.isDirty = true }
    }

    func beginStretch() { isCalm = true }

    func isCut(_ one: World, _ other: World) -> Bool { cuts[Pair(one, other)] != nil }

    /// Nothing gets through between two hosts for a while.
    func cut(_ one: World, _ other: World, for span: Duration) {
        let pair = Pair(one, other)
        cuts[pair, default: 0] += 1
        disturb()
        one.note("nothing gets through to \(other.name?.description ?? "") for \(span)")
        let left = waiting.removeValue(forKey: pair) ?? []
        stage.after(Self.silence) { for caller in left { caller.finish() } }
        stage.after(span) { [self] in mend(pair) }
    }

    private func mend(_ pair: Pair) {
        guard let count = cuts[pair] else { return }
        cuts[pair] = count > 1 ? count - 1 : nil
        disturb()
    }

    func heal() {
        guard !cuts.isEmpty else { return }
        cuts = [:]
        disturb()
    }

    // MARK: Questions

    /// Brings a question to the daemon that runs there now, and its answer back to who waits for it.
    func deliver(
        _ request: HostRequest,
        from sender: Incarnation,
        to target: World,
        _ caller: AsyncStream<HostAnswer>.Continuation?,
        back: Duration
    ) {
        guard target.hostIsUp, !isCut(sender.world, target), let incarnation = target.daemon,
            let parts = incarnation.parts
        else { return stage.after(.seconds(1)) { caller?.finish() } }
        if let caller {
            incarnation.callers.append(caller)
            waiting[Pair(sender.world, target), default: []].append(caller)
        }
        let isPassed = isPassed(request, from: sender, at: target)
        let task = Task { [self] in
            await incarnation.whilePaused()
            let answer = await parts.answer(request)
            guard incarnation.isAlive else { return }
            if isPassed, case .step(let part) = request, case .result = answer {
                let effect = part.step.effect
                target.violate(.oneCoordinator, "\(effect) is done for a daemon whose lease a later one has")
            }
            guard !isCut(sender.world, target) else { return stage.after(Self.silence) { caller?.finish() } }
            stage.after(back) {
                caller?.yield(answer)
                caller?.finish()
            }
        }
        // Ends with the daemon that answers, which cancels it.
        incarnation.asked.append(task)
    }

    /// Whether a later daemon of the sender's home had its lease when a step came.
    private func isPassed(_ request: HostRequest, from sender: Incarnation, at target: World) -> Bool {
        guard case .step(let part) = request, part.step.effect.kind.effectClass != .observation,
            let lease = target.disk.visible.snapshots[part.token.part]?.part?.lease
        else { return false }
        return lease.claim.epoch > sender.opening
    }

    /// A step is about to be asked for: its daemon must believe in its lease, and then that must hold there.
    func check(_ request: HostRequest, by sender: Incarnation, of target: World) {
        guard case .step(let part) = request, sender.isInCharge, !sender.isPaused,
            let stored = target.disk.visible.snapshots[part.token.part]?.part, stored.isAlone
        else { return }
        sender.world.violate(
            .oneCoordinator,
            "\(part.step.effect) is asked of \(target.name?.description ?? "") under a lease that has run out there"
        )
    }
}

/// Another host, as one run of a daemon asks it over the network.
struct SimulatedLink: HostLink {
    let incarnation: Incarnation
    let target: World
    let network: Network

    func ask(_ request: HostRequest) async throws(LinkError) -> HostAnswer {
        guard incarnation.isAlive else { throw .cancelled }
        let world = incarnation.world
        network.check(request, by: incarnation, of: target)
        var (luck, fault) = world.roll(.ask)
        if let fault {
            world.tell(fault, .ask)
            network.disturb()
        }
        var there = luck.milliseconds(1...8)
        if case .slow(let more) = fault { there += more }
        if case .crashBefore(let victim) = fault { incarnation.crash(victim, &luck) }
        await incarnation.wait(there)
        guard incarnation.isAlive, !Task.isCancelled else { throw .cancelled }
        if fault == .refused || network.isCut(world, target) {
            await incarnation.wait(Network.silence)
            throw Task.isCancelled || !incarnation.isAlive ? LinkError.cancelled : LinkError.silent
        }
        let (stream, caller) = AsyncStream.makeStream(of: HostAnswer.self)
        let back = luck.milliseconds(1...8)
        let sender = incarnation
        if fault == .hangs {
            // It comes when nobody waits for its answer any more.
            network.stage.after(luck.milliseconds(6000...40_000)) { [network, target] in
                network.deliver(request, from: sender, to: target, nil, back: back)
            }
            network.stage.after(Network.silence) { caller.finish() }
        } else {
            let hears = fault != .answerLost
            network.deliver(request, from: sender, to: target, hears ? caller : nil, back: back)
            if !hears { network.stage.after(Network.silence) { caller.finish() } }
        }
        if fault == .twice {
            network.stage.after(luck.milliseconds(0...20_000)) { [network, target] in
                network.deliver(request, from: sender, to: target, nil, back: back)
            }
        }
        var answer: HostAnswer?
        for await each in stream {
            answer = each
            break
        }
        if case .crashAfter(let victim) = fault { incarnation.crash(victim, &luck) }
        await incarnation.whilePaused()
        guard incarnation.isAlive, !Task.isCancelled else { throw .cancelled }
        guard let answer else { throw .silent }
        return answer
    }
}
