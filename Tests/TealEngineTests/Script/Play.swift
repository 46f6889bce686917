import TealCore
import TealDriverKit
import TealEngine

/// One rollout driven by hand: every step is answered by a script, and time moves only when nothing else is left to do.
struct Play {
    /// What one step brings back; nil for success.
    typealias Script = (Step, Play) -> StepResult?

    private(set) var core: RunnerCore
    var now: Timestamp
    private(set) var performed: [Step] = []
    private(set) var entries: [RolloutEntry] = []
    private var pending: [(due: Timestamp, number: Int, result: StepResult)] = []
    private let script: Script
    /// Renewals that are under way, and hosts that got their leases back.
    private var renewals: [(due: Timestamp, host: HostName, token: LeaseToken)] = []
    private(set) var givenBack: [HostName] = []
    /// Hosts that answer no renewal.
    var silent: Set<HostName> = []

    static let boot = BootID("boot-1")
    /// How long every answer takes.
    private static let answerTime: Duration = .milliseconds(5)
    /// More events than this in one rollout are a circle.
    private static let eventsMax = 50_000

    init(_ members: [Member], _ kind: Rollout.Kind = .deploy, _ script: @escaping Script = { _, _ in nil }) {
        now = Timestamp(nanoseconds: 1_000_000_000_000)
        let rollout = Rollout(id: RolloutID(number: 7), kind: kind, members: members, author: "ann", now: now)
        core = RunnerCore(rollout: rollout, boot: Self.boot, createdAt: 0)
        self.script = script
        feed(.begin)
    }

    /// Takes up a rollout that was written down.
    init(
        recovering snapshot: RolloutSnapshot,
        boot: BootID,
        noteCount: Int,
        at now: Timestamp,
        age: Duration = .zero,
        usersAreBack: Bool = false,
        servesOld: Bool = false,
        _ script: @escaping Script = { _, _ in nil }
    ) {
        self.now = now
        core = RunnerCore(
            snapshot: snapshot,
            boot: boot,
            noteCount: noteCount,
            age: age,
            usersAreBack: usersAreBack,
            servesOld: servesOld
        )
        self.script = script
        feed(.recovered)
    }

    /// Takes up a part whose coordinator is gone, as the host that it is on does.
    init(abandoned part: Rollout, at now: Timestamp) {
        self.now = now
        let snapshot = RolloutSnapshot(boot: Self.boot, rollout: part, createdAt: 0)
        core = RunnerCore(snapshot: snapshot, boot: Self.boot, noteCount: 0)
        script = { _, _ in nil }
        feed(.abandoned)
    }

    var rollout: Rollout { core.rollout }
    var outcome: Outcome? { rollout.outcome }
    /// What people are told in the end.
    var problem: String? { RolloutProblem.problem(of: rollout)?.description }
    /// The changes that were asked for on the way back, in order.
    var wayBack: [String] {
        performed.filter { $0.leg.isBack && $0.effect.kind.effectClass != .observation }.map { text(of: $0.effect) }
    }

    var warnings: [String] {
        entries.flatMap(\.notes).compactMap { if case .warning(let text) = $0.note { text } else { nil } }
    }

    mutating func feed(_ input: RunnerCore.Input) {
        for action in core.handle(input, at: now) {
            switch action {
            case .journal(let entry): entries.append(entry)
            case .perform(let step):
                performed.append(step)
                pending.append((now + Self.answerTime, step.number, script(step, self) ?? success(of: step)))
            case .cancel: break  // Its answer comes all the same.
            case .renew(let host, let token): renewals.append((now + Self.answerTime, host, token))
            case .giveBack(let host, _): givenBack.append(host)
            }
        }
    }

    /// Goes on until `isDone` or the rollout's end.
    ///
    /// - Returns: Whether it got there, instead of standing still or going in a circle.
    @discardableResult
    mutating func run(until isDone: (Play) -> Bool = { _ in false }) -> Bool {
        for _ in 0..<Self.eventsMax {
            if isDone(self) || outcome != nil { return true }
            if let renewal = renewals.first, core.wakeAt.map({ renewal.due <= $0 }) ?? true,
                pending.allSatisfy({ renewal.due <= $0.due })
            {
                renewals.removeFirst()
                now = max(now, renewal.due)
                if !silent.contains(renewal.host) { feed(.renewed(renewal.host, .renewed(renewal.token))) }
                continue
            }
            let answer = pending.indices.min { pending[$0].due < pending[$1].due }
            if let answer, core.wakeAt.map({ pending[answer].due <= $0 }) ?? true {
                let next = pending.remove(at: answer)
                now = max(now, next.due)
                feed(.stepEnded(next.number, next.result))
            } else if let wake = core.wakeAt {
                now = max(now, wake)
                feed(.tick)
            } else {
                return false
            }
        }
        return false
    }

    /// Goes on until a leg has been entered.
    @discardableResult
    mutating func run(to leg: Leg) -> Bool { run { $0.rollout.leg == leg } && rollout.leg == leg }

    /// What the switch has counted by now: a hundred good answers a second on both sides.
    func sample(_ change: (inout TargetCounters, inout TargetCounters) -> Void = { _, _ in }) -> TrafficSample {
        var new = TargetCounters()
        new.successes = UInt64(now.nanoseconds / 10_000_000)
        var old = new
        change(&new, &old)
        var sides = TrafficSample.Sides()
        (sides.new, sides.old) = (new, old)
        let others = Array(repeating: TrafficSample.Sides(), count: max(0, rollout.members.count - 1))
        return TrafficSample(incarnation: "one", members: [sides] + others)
    }

    /// What a step brings back at a moment when all goes well.
    func answer(to step: Step, at moment: Timestamp) -> StepResult {
        var play = self
        play.now = moment
        return play.success(of: step)
    }

    private func success(of step: Step) -> StepResult {
        switch step.effect {
        case .lease: .leased(LeaseGrant(token: LeaseToken(part: RolloutID(number: 1)), limit: HostLease.limit))
        case .preflight: .preflighted(warnings: [])
        case .start(let member, let side, _): .started(Cast.running(rollout.members[member], side))
        case .probe(let member, let side, let index):
            .probed(.passed(latency: .milliseconds(1)), run: Cast.running(rollout.members[member], side)[index].run)
        case .smoke, .smokeWrite, .verify: .probed(.passed(latency: .milliseconds(1)), run: nil)
        case .sample: .sampled(sample())
        case .look(let member, let side): .standing(Cast.targets(rollout.members[member], side))
        case .cut: .cut(CutReport(requests: 0, upgraded: 0))
        case .migrate, .hook: .command(CommandResult(exitCode: 0, tail: []))
        case .tail: .lines(["last words"])
        case .fetch, .clear, .stop, .remove, .setPolicy, .setActivity, .prepare, .route, .record, .release,
            .prune:
            .done
        }
    }

    /// An effect in a few words: `stop web new`.
    private func text(of effect: Effect) -> String {
        func name(_ member: Int) -> String { "\(rollout.members[member].service.service)" }
        switch effect {
        case .clear(let member, let side): return "clear \(name(member)) \(side)"
        case .start(let member, let side, let active):
            return "start \(name(member)) \(side)" + (active ? "" : " passive")
        case .stop(let member, let side): return "stop \(name(member)) \(side)"
        case .remove(let member, let side): return "remove \(name(member)) \(side)"
        case .setPolicy(let member, let side, let policy): return "policy \(name(member)) \(side) \(policy.rawValue)"
        case .setActivity(let member, let side, let active):
            return "\(active ? "activate" : "deactivate") \(name(member)) \(side)"
        case .route(let directions):
            return "route "
                + directions.map { "\(name($0.member)) \($0.side?.rawValue ?? "nowhere")" }.joined(separator: ", ")
        case .cut(let side, let requests, let upgraded): return "cut \(side) \(requests) \(upgraded)"
        case .record(let end): return "record \(end.rawValue)"
        case .hook(let member, let index): return "hook \(rollout.members[member].spec.hooks[index].name)"
        default: return effect.kind.rawValue
        }
    }
}
