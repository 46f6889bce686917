import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

/// A clock on which nothing takes too long.
private struct PatientClock: HostClock {
    var boot: BootID { Play.boot }
    func now() -> Timestamp { Timestamp(nanoseconds: 0) }
    func wallTime() -> Double { 0 }
    func sleep(until moment: Timestamp) async { try? await Task.sleep(for: .seconds(60)) }
}

@Suite struct `A last look before users are sent somewhere` {
    private static let web = Cast.second(Samples.web(replicas: 1))

    /// What stands of the old release, whose only replica was proven and is seen with `drift` now, or not at all, for
    /// `lookError`, and says `answer` when it is asked itself.
    private static func standing(
        _ drift: [ReplicaDrift] = [],
        lookError: RuntimeError? = nil,
        answer: ProbeResult = .failed(.refused)
    ) async throws -> StepResult {
        let host = WillingHost()
        let run = try #require(Cast.running(web, .old).first)
        let state = ReplicaState(
            id: run.id,
            release: run.release,
            endpoint: run.endpoint,
            phase: .running,
            run: run.run,
            restarts: 0,
            restartPolicy: .no,
            drift: drift
        )
        let drivers = HostDrivers(
            runtime: ScriptedRuntime(.init(state: state, lookError: lookError)),
            trafficSwitch: host,
            probe: ScriptedProbe(answer: answer),
            environments: host,
            preflight: host,
            marker: host
        )
        let journal = MemoryJournal()
        let book = HostBook(contents: try await journal.read(), journal: journal, trafficSwitch: host)
        try await book.change { state in
            var record = ServiceRecord(service: web.service, environment: Samples.environment)
            record.blue = web.old.map { .init(release: $0.id) }
            for target in Cast.targets(web, .old) { record.prove(target) }
            state.services[web.service] = record
        }
        let rollout = Rollout(
            id: RolloutID(number: 7),
            kind: .deploy,
            members: [web],
            author: "ann",
            now: host.now()
        )
        let step = Step(number: 1, leg: .backLook, effect: .look(member: 0, side: .old))
        return await HostPerformer(drivers: drivers, book: book, clock: PatientClock()).perform(step, of: rollout)
    }

    @Test func `takes what runs as it was proven for standing, whatever it is called by now`() async throws {
        let all = StepResult.standing(Cast.targets(Self.web, .old))
        #expect(try await Self.standing([]) == all)
        #expect(try await Self.standing([.renamed(to: "mine")]) == all)
    }

    @Test func `asks the old release itself while its runtime gives no answer`() async throws {
        let error = RuntimeError.unreachable(reason: "the engine is away")
        let all = StepResult.standing(Cast.targets(Self.web, .old))
        #expect(try await Self.standing(lookError: error, answer: .passed(latency: .zero)) == all)
        #expect(try await Self.standing(lookError: error, answer: .failed(.status(500))) == .standing([]))
    }

    @Test func `does not take what was cut off from its network for standing`() async throws {
        #expect(try await Self.standing([.disconnected]) == .standing([]))
    }
}
