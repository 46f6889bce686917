import TealCore
import TealEngine

/// What all hosts of a story share: one thread, one queue ordered by (time, sequence), one clock.
///
/// `@unchecked Sendable` since it is only touched by the simulation's one thread.
final class Stage: @unchecked Sendable {
    private enum Event {
        case job(UnownedJob)
        case wake(Int)
        case body(() -> Void)
    }

    /// More than this within one moment is a loop that never ends.
    private static let momentMost = 200_000

    /// Nanoseconds since the story began.
    private(set) var time: Int64 = 0
    private var queue = EventQueue<Event>()
    private var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextSleeper = 0
    private var sameMoment = 0
    private(set) var eventCount = 0
    /// How many people wait for an answer.
    var asking = 0
    /// In the order in which they were made; each holds its stage.
    private(set) var worlds: [Unowned] = []
    /// What lies between them; nil for one host alone.
    weak var network: Network?
    let isTracing: Bool
    private(set) var timeline: [String] = []

    struct Unowned {
        /// The story holds it for longer than its stage; it is looked at after every event.
        unowned(unsafe) let world: World
    }

    init(isTracing: Bool = false) { self.isTracing = isTracing }

    func add(_ world: World) { worlds.append(.init(world: world)) }

    var hasViolation: Bool { worlds.contains { !$0.world.violations.isEmpty } }

    /// Whether nothing at all has gone wrong on any host since the last rest, nor between them.
    var isCalm: Bool { worlds.allSatisfy { $0.world.audit.isCalm } && network?.isCalm ?? true }

    // MARK: Time

    func after(_ delay: Duration, _ body: @escaping () -> Void) {
        queue.add(.body(body), at: time + max(0, delay.nanoseconds))
    }

    func take(_ job: UnownedJob) { queue.add(.job(job), at: time) }

    /// Lets things happen until the moment `end`, or as long as `goesOn` says so.
    func run(until end: Int64, while goesOn: () -> Bool = { true }) {
        while !hasViolation, goesOn() {
            guard let next = queue.popFirst(by: end) else {
                time = max(time, end)
                return
            }
            perform(next)
            for each in worlds { each.world.checkIfDirty() }
        }
    }

    private func perform(_ next: (time: Int64, event: Event)) {
        eventCount += 1
        if next.time > time {
            time = next.time
            sameMoment = 0
        } else {
            sameMoment += 1
            if sameMoment == Self.momentMost {
                worlds.first?.world.violate(.rolloutsEnd, "something goes on for ever within one moment")
            }
        }
        switch next.event {
        case .job(let job): OneThread.run(job)
        case .wake(let number): wake(number)
        case .body(let body): body()
        }
    }

    /// Runs what is left of tasks that were ended, and forgets all else.
    func end() {
        for each in worlds { each.world.endDaemons() }
        wakeAll(Set(sleepers.keys))
        var left = Self.momentMost
        while left > 0, let next = queue.popFirst(by: .max) {
            if case .job(let job) = next.event { OneThread.run(job) }
            wakeAll(Set(sleepers.keys))
            left -= 1
        }
    }

    // MARK: Sleeping

    /// Returns at `moment`, at once when the task is cancelled or the daemon dead, and when that is paused or loses its home.
    func doze(until moment: Int64, _ incarnation: Incarnation) async {
        guard incarnation.isAlive, moment > time, !Task.isCancelled else { return }
        nextSleeper += 1
        let number = nextSleeper
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                sleepers[number] = continuation
                incarnation.sleepers.insert(number)
                queue.add(.wake(number), at: moment)
            }
        } onCancel: {
            self.wake(number)
        }
        incarnation.sleepers.remove(number)
    }

    private func wake(_ number: Int) { sleepers.removeValue(forKey: number)?.resume() }

    func wakeAll(_ numbers: Set<Int>) { for number in numbers.sorted() { wake(number) } }

    // MARK: Telling

    func note(_ text: String, of host: String?) {
        let milliseconds = String(time / 1_000_000)
        let place = host.map { "\($0): " } ?? ""
        let margin = String(repeating: " ", count: max(0, 8 - milliseconds.count))
        timeline.append("\(margin)\(milliseconds) ms  \(place)\(text)")
    }
}
