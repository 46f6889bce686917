import TealCore
import TealDriverKit
import TealEngine

/// One run of the daemon, from its start until it ends or crashes.
///
/// Once dead, nothing that it still does reaches the world: every call throws at once, and its tasks unwind.
/// `@unchecked Sendable` since it is only touched by the simulation's one thread.
final class Incarnation: @unchecked Sendable {
    let number: Int
    let world: World
    let startedAt: Int64
    private(set) var isAlive = true
    /// There once the daemon has started.
    var desk: RolloutDesk?
    var book: HostBook?
    var journal: (any Journal)?
    /// What rollouts of other hosts have here, where there are others.
    var parts: HostParts?
    /// Other hosts that wait for its answers.
    var callers: [AsyncStream<HostAnswer>.Continuation] = []
    var root: Task<Void, Never>?
    /// What people wait for from it: their connections end with it.
    var asked: [Task<Void, Never>] = []
    var sleepers: Set<Int> = []
    /// The epoch of its opening of the journal; 0 before that.
    var opening: UInt64 = 0
    /// When another daemon took over its home.
    private(set) var supersededAt: Int64?
    /// Whether its machine is paused: nothing of it goes on until it wakes.
    private(set) var isPaused = false
    /// When it woke up last.
    private(set) var wokenAt: Int64
    private var paused: [CheckedContinuation<Void, Never>] = []
    private var events: [AsyncStream<ReplicaEvent>.Continuation] = []
    private var proxyStarts: [AsyncStream<Void>.Continuation] = []
    /// How many starts of a replica are under way, and who waits until there is none.
    private var starts: [ReplicaID: Int] = [:]
    private var behindStarts: [ReplicaID: [CheckedContinuation<Void, Never>]] = [:]

    init(number: Int, world: World) {
        self.number = number
        self.world = world
        startedAt = world.time
        wokenAt = world.time
    }

    /// Whether what it decides is what happens.
    var isInCharge: Bool { isAlive && supersededAt == nil }

    // MARK: Ends and pauses

    func die() {
        isAlive = false
        wake()
        for stream in events { stream.finish() }
        for stream in proxyStarts { stream.finish() }
        world.wakeAll(sleepers)
        root?.cancel()
        for task in asked { task.cancel() }
        asked = []
        let callers = callers
        self.callers = []
        // They find out after a while.
        world.after(.seconds(1)) { for caller in callers { caller.finish() } }
        desk = nil
        book = nil
        journal = nil
        parts = nil
    }

    /// Whatever it is in the middle of stays so until ``wake()``; a call that is under way has left, or has not.
    func pause() {
        isPaused = true
        world.wakeAll(sleepers)
    }

    func wake() {
        isPaused = false
        wokenAt = world.time
        let waiting = paused
        paused = []
        for continuation in waiting { continuation.resume() }
    }

    func whilePaused() async {
        while isPaused { await withCheckedContinuation { paused.append($0) } }
    }

    /// Another daemon has opened the journal; a call that is under way now is carried out now or never.
    func isTakenOver() {
        guard isAlive, supersededAt == nil, opening > 0 else { return }
        supersededAt = world.time
        world.wakeAll(sleepers)
    }

    func streamEvents() -> AsyncStream<ReplicaEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: ReplicaEvent.self)
        if isAlive { events.append(continuation) } else { continuation.finish() }
        return stream
    }

    func streamProxyStarts() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        if isAlive { proxyStarts.append(continuation) } else { continuation.finish() }
        return stream
    }

    func tell(_ event: ReplicaEvent) { for stream in events { stream.yield(event) } }

    func tellProxyStarted() { for stream in proxyStarts { stream.yield() } }

    // MARK: Turns

    /// A start of a replica is under way; see ``StartTurn``.
    func startBegins(of replica: ReplicaID) { starts[replica, default: 0] += 1 }

    func startEnds(of replica: ReplicaID) {
        let left = starts[replica, default: 1] - 1
        starts[replica] = left > 0 ? left : nil
        guard left <= 0 else { return }
        for waiting in behindStarts.removeValue(forKey: replica) ?? [] { waiting.resume() }
    }

    /// Returns when no start of a replica that this daemon has asked for is under way.
    func whileStarting(_ replica: ReplicaID) async {
        while starts[replica] != nil {
            await withCheckedContinuation { behindStarts[replica, default: []].append($0) }
        }
    }

    // MARK: Calls

    /// What the ends of a call are in the words of its driver.
    struct Ends<Failure: Error> {
        /// The daemon is dead, or nobody waits for the answer any more.
        let cancelled: Failure
        /// No answer came, whether or not it was done.
        let lost: Failure
        /// It was not done.
        let refused: Failure
    }

    /// One call of a driver: with the time that it takes and with what goes wrong in it.
    ///
    /// - Parameters:
    ///   - site: What is asked for.
    ///   - ends: What its ends are in the words of its driver.
    ///   - takes: How long it takes of itself.
    ///   - replica: The replica that it starts; nil for everything else.
    ///   - seen: The replica that it looks at; nil for everything else.
    ///   - named: Replicas that users are to be sent to from now on.
    ///   - effect: What it does to the world.
    /// - Returns: What the effect answers.
    /// - Throws: What the effect throws, or one of the ends.
    func call<Answer, Failure: Error>(
        _ site: Site,
        _ ends: Ends<Failure>,
        takes: Duration = .zero,
        starting replica: ReplicaID? = nil,
        seeing seen: ReplicaID? = nil,
        naming named: [ReplicaID] = [],
        _ effect: () throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        guard isAlive else { throw ends.cancelled }
        let turn = replica.map { StartTurn(of: $0, in: self) }
        defer { turn?.end() }
        let began = world.time
        defer { world.audit.countWait(for: site, from: began, to: world.time) }
        var (luck, fault) = world.roll(site)
        if let fault {
            world.tell(fault, site, starting: replica)
            if !named.isEmpty { endSome(of: named, luck) }
        }
        await doze(before(fault, site, &luck) + takes)
        guard isAlive else { throw ends.cancelled }
        try await leave(site, ends, &luck)
        switch fault {
        case .crashBefore(let victim):
            crash(victim, &luck)
            guard isAlive else { throw ends.cancelled }
        case .refused: throw ends.refused
        case .hangs:
            // It is never carried out: the real runtimes give up asking within seconds.
            turn?.end()
            await world.hang(self, at: site)
            throw Task.isCancelled || !isAlive ? ends.cancelled : ends.lost
        default: break
        }
        // A call that nobody waits for any more may have been given up before it did anything.
        if site.changes, Task.isCancelled, luck.chance(50) { throw ends.cancelled }
        let answer = try effect()
        if case .twice = fault, isAlive {
            _ = try? effect()  // the second one's answer is the one that comes; both ask for the same end state
        }
        turn?.end()
        if case .crashAfter(let victim) = fault { crash(victim, &luck) }
        if case .late(let span) = fault {
            if let seen, luck.chance(50) { world.kill(seen, code: 139) }
            // What it does next it must not do any more when another one takes over meanwhile.
            if site == .counters, world.daemon === self, luck.chance(50) { world.doubtDaemon(luck: &luck) }
            await doze(span)
        }
        await whilePaused()
        guard isAlive else { throw ends.cancelled }
        if case .answerLost = fault {
            await wait(luck.milliseconds(1...1500))
            throw isAlive ? ends.lost : ends.cancelled
        }
        if site.changes {
            await wait(luck.milliseconds(0...3))
            guard isAlive else { throw ends.cancelled }
        }
        return answer
    }

    /// What users are about to be sent to may end on their way, which takes longer than it should.
    ///
    /// The call draws on as if nothing had been drawn here.
    private func endSome(of named: [ReplicaID], _ luck: SeededGenerator) {
        var luck = SeededGenerator(seed: SeededGenerator.mixed(luck.peek))
        guard luck.chance(25) else { return }
        let dying = luck.chance(50) ? named : [named[luck.pick(0...named.count - 1)]]
        let world = world
        world.after(luck.milliseconds(0...1500)) { for id in dying { world.kill(id, code: 139) } }
    }

    /// Whether a call is carried out whose daemon was paused, or lost its home, while it was under way.
    ///
    /// What takes its fencing token along may be as late as it likes. Else it is carried out at that moment or never:
    /// a daemon that could have known that it is not in charge any more must not have asked for it.
    private func leave<Failure: Error>(
        _ site: Site,
        _ ends: Ends<Failure>,
        _ luck: inout SeededGenerator
    ) async throws(Failure) {
        if isPaused, site.takesToken || !luck.chance(50) {
            await whilePaused()
            guard isAlive else { throw ends.cancelled }
            if !site.takesToken { throw ends.lost }
        }
        guard let supersededAt, site.changes || site == .forget, !site.takesToken else { return }
        guard supersededAt == world.time else {
            world.violate(.oneCoordinator, "daemon \(number) asks for \(site.rawValue) after another one took over")
            throw ends.cancelled
        }
        if luck.chance(50) { throw ends.lost }
    }

    func crash(_ victim: Victim, _ luck: inout SeededGenerator) {
        if victim == .daemon, world.daemon !== self { return world.endFormer(self, "crashes") }
        world.crash(victim, luck: &luck)
    }

    /// A call that cannot fail: what goes wrong only makes it slow, or crashes somebody.
    func look<Answer>(_ site: Site, takes: Duration = .zero, failing: Answer, _ effect: () -> Answer) async -> Answer {
        guard isAlive else { return failing }
        var (luck, fault) = world.roll(site)
        if let fault { world.tell(fault, site) }
        await doze(before(fault, site, &luck) + takes)
        await whilePaused()
        // What only looks may write, such as a smoke request: it does not leave any more.
        guard isInCharge else { return failing }
        switch fault {
        case .crashBefore(let victim), .crashAfter(let victim): crash(victim, &luck)
        case .refused, .answerLost: return failing
        case .hangs:
            await world.hang(self, at: site)
            return failing
        default: break
        }
        guard isAlive else { return failing }
        let answer = effect()
        guard case .late(let span) = fault else { return answer }
        await doze(span)
        await whilePaused()
        return isInCharge ? answer : failing
    }

    private func before(_ fault: CallFault?, _ site: Site, _ luck: inout SeededGenerator) -> Duration {
        if case .slow(let more) = fault { return more }
        // Most looks answer so fast that nothing comes between.
        return site.changes || luck.chance(25) ? luck.milliseconds(0...4) : .zero
    }

    /// Waits within a call, until something happens to its daemon.
    private func doze(_ span: Duration) async {
        guard span > .zero, !isPaused, supersededAt == nil else { return }
        await world.doze(until: world.time + span.nanoseconds, self)
    }

    func wait(_ span: Duration) async {
        guard span > .zero else { return }
        await world.sleep(until: world.time + span.nanoseconds, self)
    }
}
