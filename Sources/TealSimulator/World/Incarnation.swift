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
    var root: Task<Void, Never>?
    var sleepers: Set<Int> = []
    private var events: [AsyncStream<ReplicaEvent>.Continuation] = []
    private var proxyStarts: [AsyncStream<Void>.Continuation] = []

    init(number: Int, world: World) {
        self.number = number
        self.world = world
        startedAt = world.time
    }

    func die() {
        isAlive = false
        for stream in events { stream.finish() }
        for stream in proxyStarts { stream.finish() }
        world.wakeAll(sleepers)
        root?.cancel()
        desk = nil
        book = nil
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
    func call<Answer, Failure: Error>(
        _ site: Site,
        _ ends: Ends<Failure>,
        takes: Duration = .zero,
        _ effect: () throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        guard isAlive else { throw ends.cancelled }
        var (luck, fault) = world.roll(site)
        if let fault { world.tell(fault, site) }
        await wait(before(fault, site, &luck) + takes)
        guard isAlive else { throw ends.cancelled }
        switch fault {
        case .crashBefore(let victim):
            world.crash(victim, luck: &luck)
            guard isAlive else { throw ends.cancelled }
        case .refused: throw ends.refused
        case .hangs:
            await world.hang(self)
            throw Task.isCancelled || !isAlive ? ends.cancelled : ends.lost
        default: break
        }
        // A call that nobody waits for any more may have been given up before it did anything.
        if site.changes, Task.isCancelled, luck.chance(50) { throw ends.cancelled }
        let answer = try effect()
        if case .twice = fault, isAlive {
            _ = try? effect()  // the second one's answer is the one that comes; both ask for the same end state
        }
        if case .crashAfter(let victim) = fault { world.crash(victim, luck: &luck) }
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

    /// A call that cannot fail: what goes wrong only makes it slow, or crashes somebody.
    func look<Answer>(_ site: Site, takes: Duration = .zero, failing: Answer, _ effect: () -> Answer) async -> Answer {
        guard isAlive else { return failing }
        var (luck, fault) = world.roll(site)
        if let fault { world.tell(fault, site) }
        await wait(before(fault, site, &luck) + takes)
        guard isAlive else { return failing }
        switch fault {
        case .crashBefore(let victim), .crashAfter(let victim): world.crash(victim, luck: &luck)
        case .refused, .answerLost: return failing
        case .hangs:
            await world.hang(self)
            return failing
        default: break
        }
        guard isAlive else { return failing }
        return effect()
    }

    private func before(_ fault: CallFault?, _ site: Site, _ luck: inout SeededGenerator) -> Duration {
        if case .slow(let more) = fault { return more }
        // Most looks answer so fast that nothing comes between.
        return site.changes || luck.chance(25) ? luck.milliseconds(0...4) : .zero
    }

    func wait(_ span: Duration) async {
        guard span > .zero else { return }
        await world.sleep(until: world.time + span.nanoseconds, self)
    }
}
