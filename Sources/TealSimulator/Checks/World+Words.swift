import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What people are told, and whether it is what users saw.
extension World {
    // MARK: Ends

    /// A rollout has ended, and whoever asked is told how.
    func checkTold(_ snapshot: RolloutSnapshot) {
        let rollout = snapshot.rollout
        guard let outcome = rollout.outcome, let problem = RolloutProblem.problem(of: rollout) else { return }
        let state = remembered
        let outages = OutageWords.of(rollout, from: snapshot.createdAt, to: wallTime, state, now: wallTime)
        let plain = ProblemBody(problem, userImpact: OutcomeWords.impact(of: rollout))
        let body = OutageWords.problem(plain, with: outages)
        lookForSecret(in: body.problem, of: "the end of \(rollout.id)")
        func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
            if !holds { violate(.endIsTrue, "\(rollout.id) is told as '\(body.detail)' and \(text())") }
        }
        expect(Self.saysUsersFirst(body.detail), "does not say first what users had of it")
        expect(outages.isEmpty || !body.detail.contains(Self.unaffected), "users had no answer meanwhile")
        let isWell = plain.detail.hasPrefix(Self.unaffected)
        expect(!isWell || plain.userImpact == .none, "its impact is '\(plain.userImpact.rawValue)'")
        if case .halted = outcome { expect(!body.next.isEmpty, "names no next step") }
        for text in untold(rollout, outcome, plain.detail) { expect(false, text) }
    }

    private static let unaffected = "users were not affected: "

    /// What the words say of users before anything else.
    private static let openings = [
        "users ", "nothing has been changed", "nothing serves", "never took traffic", "nothing ran before it",
        "stood still while its successor was tried", "worked until it was taken back", "still take", "still do",
        "does the work", "takes all traffic again", "take all traffic again",
    ]

    private static func saysUsersFirst(_ text: String) -> Bool {
        let first = text.prefix { $0 != ";" }
        return openings.contains { first.contains($0) }
    }

    /// What the words of an end say against what the world saw of it on this host.
    private func untold(_ rollout: Rollout, _ outcome: Outcome, _ text: String) -> [String] {
        // After a halted way back a rollback may lead to the very release that users are on, in the other slot.
        let own = rollout.members.filter {
            $0.host == nil && $0.isRouted && $0.spec.kind != .job && $0.old?.id != $0.new.id
        }
        var found: [String] = []
        func expect(_ holds: Bool, _ text: String) { if !holds { found.append(text) } }
        // Of what was done while it could not be written down, a daemon that starts again knows nothing.
        guard !audit.hasForgotten else { return [] }
        let led = own.filter { wasLed(to: $0.new.id, since: rollout) }
        let named = own.filter { member in proxy.targets.contains { $0.release == member.new.id } }
        switch outcome {
        case .settled: break
        case .kept:
            expect(!text.contains("taken back"), "it was kept out before the switch")
            expect(led.isEmpty, "users were led to \(led.map(\.new.id))")
            // One that had not started anything may have been planned by what was over by then.
            let isLate = rollout.reached.precedes(.start)
            expect(!isHeard || isLate || named.isEmpty, "users are on \(named.map(\.new.id))")
            let vacant = own.filter { disk.visible.services[$0.service]?.routed == .vacant }
            expect(!text.hasPrefix(Self.unaffected) || vacant.isEmpty, "nobody serves \(vacant.map(\.service))")
        case .reverted:
            expect(text.contains("taken back"), "it was taken back")
            let isSure = text.contains("users were on")
            expect(!isSure || rollout.isOverHosts || own.isEmpty || !led.isEmpty, "no user was led to it")
            let answered = own.map(\.new.id).filter { wasAnswered(by: $0, since: rollout) }
            expect(!text.hasPrefix(Self.unaffected) || answered.isEmpty, "\(answered) answered users")
            expect(!isHeard || named.isEmpty, "users are on \(named.map(\.new.id))")
        case .halted:
            expect(text.contains("the rollout halted"), "it halted")
            let isOld = text.contains("still take") && !rollout.hasSwitched
            expect(!isOld || led.isEmpty, "users were led to \(led.map(\.new.id))")
        }
        return found
    }

    /// Whether the proxy follows what it was told last: not when it has just started from its file, gave no answer,
    /// or could not store a table.
    private var isHeard: Bool {
        let since = max(proxyStartedAt, proxyHeardAt, audit.blindAt)
        return proxy.isUp && proxy.isReachable && !proxy.isFull && time - since > 5_000_000_000 && !audit.journalFailed
    }

    private func wasLed(to release: ReleaseID, since rollout: Rollout) -> Bool {
        guard let led = audit.ledAt[release], let began = audit.beganAt[rollout.id] else { return false }
        return led >= began
    }

    private func wasAnswered(by release: ReleaseID, since rollout: Rollout) -> Bool {
        guard let answered = audit.answeredAt[release], let began = audit.beganAt[rollout.id] else { return false }
        return answered >= began
    }

    // MARK: Refusals

    /// Nothing stands in the way of what was asked for, and it is refused all the same.
    func checkWelcome(_ why: String) {
        guard stage.isCalm, stage.network?.isDisturbed != true else { return }
        violate(.goodIsReleased, "what was asked for is refused although nothing is under way: \(why)")
    }

    /// What was asked for is refused, which changes nothing and says so.
    func checkRefused(_ problem: Problem) {
        note("refused: \(problem.code)")
        lookForSecret(in: problem, of: "a refusal")
        if !problem.summary.hasPrefix("nothing has been changed") {
            violate(.endIsTrue, "a refusal does not say first that nothing has been changed: \(problem.summary)")
        }
    }

    private func lookForSecret(in problem: Problem, of what: String) {
        if "\(problem)".contains(Audit.secret) { violate(.noSecretsTold, "\(what) tells it: \(problem.summary)") }
    }

    // MARK: Outages

    /// A time in which users of a service got no answer, and who was there to see it.
    struct Silence {
        let since: Int64
        let daemon: Int
        let wallShift: Double
        /// What ``Audit/slowness`` was then.
        let slowness: Int64
    }

    /// How long a silence lasts that must have been noticed: its replicas are looked at every two seconds.
    private static let noticed: Int64 = 10_000_000_000

    /// A user got no answer since no replica gave one.
    func silenceGoesOn(_ service: ServiceKey) {
        guard !mayBeVacant(service), let daemon, daemon.desk != nil else { return forgetSilence(service) }
        if audit.silences[service] == nil {
            audit.silences[service] = Silence(
                since: time,
                daemon: daemon.number,
                wallShift: wallShift,
                slowness: audit.slowness
            )
        }
    }

    func forgetSilence(_ service: ServiceKey) { audit.silences[service] = nil }

    /// A user got an answer again: what came before that is remembered, and told with whatever was under way then.
    func silenceEnds(_ service: ServiceKey) {
        guard let silence = audit.silences.removeValue(forKey: service) else { return }
        // While an entry or a table is on its way, nothing else is written down.
        let noticed = Self.noticed + audit.slowness - silence.slowness
        guard time - silence.since > noticed, silence.daemon == daemon?.number, silence.wallShift == wallShift,
            // Whoever could not see, or could not write down, what ended cannot tell.
            // After a clock was set back an outage may not begin before the one before it has ended.
            wallShift == 0, audit.blindAt < silence.since, runtimeIsUp, proxy.isReachable, !proxy.isFull, !disk.isFull,
            !audit.journalFailed, audit.hanging == 0
        else { return }
        let from = wallTime - Double(time - silence.since) / 1_000_000_000
        let outages = disk.visible.services[service]?.outages ?? []
        if !outages.contains(where: { $0.overlaps(from, wallTime) }) {
            let seconds = OutageWords.seconds(wallTime - from)
            violate(.endIsTrue, "users of \(service) had no answer for \(seconds) s, and nobody is told of it")
        }
    }

    /// What is written down.
    var remembered: HostState {
        HostState(services: Array(disk.visible.services.values), releases: Array(disk.visible.releases.values))
    }
}
