import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `On the way back an old replica that cannot be had keeps its siblings from nothing` {
    private static var web: Member {
        var spec = Samples.web(replicas: 3)
        spec.background = Samples.handover
        return Cast.second(spec)
    }

    /// A rollout that goes back, or one that goes forward.
    private static func rollout(isBack: Bool) throws -> Rollout {
        var play = Play([web]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isThere = play.run(to: isBack ? .backRoute : .handOver)
        try #require(isThere)
        return play.rollout
    }

    private func perform(
        _ effect: Effect,
        _ side: Side,
        refusing: Set<Int>,
        by refusal: RuntimeError = .portTaken(port: 8080, by: nil),
        isBack: Bool = true
    ) async throws -> (result: StepResult, runtime: ScriptedRuntime) {
        let replicas = Self.web.replicas(side)
        let runtime = ScriptedRuntime(.init(refusing: Set(refusing.map { replicas[$0] }), refusal: refusal))
        let result = await OneStep.perform(
            effect,
            at: isBack ? .backRevive : .handOver,
            of: Self.web,
            during: try Self.rollout(isBack: isBack),
            runtime: runtime
        )
        return (result, runtime)
    }

    @Test(arguments: [RuntimeError.portTaken(port: 8080, by: nil), .timedOut("a start")])
    func `all others are started`(refusal: RuntimeError) async throws {
        let start = Effect.start(member: 0, side: .old, active: false)
        let old = Self.web.replicas(.old)
        guard case .started(let some) = try await perform(start, .old, refusing: [0], by: refusal).result else {
            Issue.record("none counts as started")
            return
        }
        #expect(some.map(\.id) == [old[1], old[2]])
        guard case .failed = try await perform(start, .old, refusing: [0, 1, 2], by: refusal).result else {
            Issue.record("nothing was started")
            return
        }
    }

    @Test func `forward the first that cannot be started ends it`() async throws {
        let start = Effect.start(member: 0, side: .new, active: false)
        let (result, runtime) = try await perform(start, .new, refusing: [0], isBack: false)
        guard case .failed = result else {
            Issue.record("a release of which a part is missing counts as started")
            return
        }
        #expect(runtime.orders.count == 1)
    }

    @Test func `all others are told to work, and that one was not is said`() async throws {
        let work = Effect.setActivity(member: 0, side: .old, active: true)
        let (result, runtime) = try await perform(work, .old, refusing: [0])
        guard case .failed = result else {
            Issue.record("nobody hears that one does no work")
            return
        }
        #expect(runtime.activated == Array(Self.web.replicas(.old)[1...]))
    }
}
