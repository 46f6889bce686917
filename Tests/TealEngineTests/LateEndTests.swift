import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

@Suite struct `An end that cannot be written down at once` {
    /// Frees the journal's disk when somebody waits.
    private struct FreeingClock: HostClock {
        let journal: MemoryJournal

        var boot: BootID { Play.boot }
        func now() -> Timestamp { Timestamp(nanoseconds: 0) }
        func wallTime() -> Double { 0 }
        func sleep(until moment: Timestamp) async { await journal.fill(false) }
    }

    private struct Nobody: StepPerformer {
        func perform(_ step: Step, of rollout: Rollout) async -> StepResult { .done }
    }

    /// A daemon died while a request that writes was under way, and began again on a full disk.
    @Test(.timeLimit(.minutes(1)))
    func `is told once it is written, so that a person can let the rollout go on`() async throws {
        let journal = MemoryJournal()
        _ = try await journal.read()
        var spec = Samples.web(replicas: 1)
        spec.smoke = [Samples.smoke("order", method: "POST")]
        var play = Play([Cast.second(spec)])
        let sends = play.run { $0.rollout.openSteps.contains { $0.effect.kind == .smokeWrite } }
        try #require(sends)
        let snapshot = try #require(play.entries.last?.snapshot)
        await journal.fill(true)
        let told = Mutex<[Rollout]>([])
        let runner = RolloutRunner(
            .init(
                journal: journal,
                performer: Nobody(),
                clock: FreeingClock(journal: journal),
                observe: { entry in told.withLock { $0.append(entry.snapshot.rollout) } },
                reach: { _ in }
            )
        )
        let ended = await runner.run(
            RunnerCore(snapshot: snapshot, boot: Play.boot, noteCount: 0),
            first: .recovered
        )
        guard case .halted(.stepLost) = ended.outcome else {
            Issue.record("it ended with \(String(describing: ended.outcome))")
            return
        }
        #expect(told.withLock(\.self) == [ended])
        #expect(try await journal.rollout(ended.id)?.rollout == ended)
    }
}
