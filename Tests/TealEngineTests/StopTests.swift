import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A release that is stopped` {
    /// Somebody removed a replica, and a start of it may be under way: its stop waits for that.
    @Test func `is told so where replicas are missing as well, but not in the place of another one`() async throws {
        let member = Cast.second(Samples.web(replicas: 3))
        let old = member.replicas(.old)
        let first = try #require(Cast.running(member, .old).first)
        #expect(await Self.stopped(member, there: first) == old)
        let stranger = Cast.running(old[0], member.new.id)
        #expect(await Self.stopped(member, there: stranger) == [old[1], old[2]])
    }

    private static func stopped(_ member: Member, there state: ReplicaState) async -> [ReplicaID] {
        let runtime = ScriptedRuntime(.init(state: state))
        let effect = Effect.stop(member: 0, side: .old)
        let result = await OneStep.perform(effect, at: .settle, of: member, runtime: runtime)
        #expect(result == .done)
        return runtime.stopped
    }
}
