import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealEngine

/// A migration goes on although its runtime gives no answer: what is said of its end is what its own record says.
@Suite struct `A once-only run is waited for, whatever its runtime says meanwhile` {
    private static let away = RuntimeError.unreachable(reason: "the socket is gone")
    private static let timeout: Duration = .seconds(600)

    private static func run(
        _ once: [Result<CommandResult, RuntimeError>],
        _ standing: Result<OnceState, RuntimeError>
    ) async -> (Result<CommandResult, StepFailure>, asked: Int, waited: Duration) {
        let runtime = ScriptedRuntime(.init(once: once, onceState: standing))
        let clock = SleptClock()
        let order = OnceOrder(
            name: "r7-migrate-0-1",
            release: Cast.release(Samples.web(), 2),
            command: ["./migrate"],
            environment: [:],
            timeout: timeout,
            onHost: false
        )
        do throws(StepFailure) {
            let end = try await OnceRun(order: order, runtime: runtime, clock: clock).end()
            return (.success(end), runtime.asked, clock.now().since(Timestamp(nanoseconds: 0)))
        } catch {
            return (.failure(error), runtime.asked, clock.now().since(Timestamp(nanoseconds: 0)))
        }
    }

    private static let end = CommandResult(exitCode: 0, tail: ["done"])
    private static let lost = StepFailure(.stepLost(.migrate, name: "r7-migrate-0-1"))

    @Test(arguments: [away, .timedOut("inspect"), .unreachable(reason: "it answers 503")])
    func `an engine that is away for a while decides nothing`(error: RuntimeError) async {
        let errors = Array(repeating: Result<CommandResult, RuntimeError>.failure(error), count: 20)
        let (result, asked, waited) = await Self.run(errors + [.success(Self.end)], .failure(error))
        #expect(result == .success(Self.end))
        #expect(asked == 21)
        #expect(waited < .seconds(60))
    }

    @Test func `an engine that stays away leaves the end unknown, after the run's own limit`() async {
        let (result, _, waited) = await Self.run([.failure(Self.away)], .failure(Self.away))
        #expect(result == .failure(Self.lost))
        #expect(waited == Self.timeout + OnceRun.slack)
    }

    @Test func `an error of another kind says nothing of a run that goes on`() async {
        let odd = RuntimeError.refused("inspect: 500")
        let (result, _, _) = await Self.run([.failure(odd), .failure(odd), .success(Self.end)], .success(.running))
        #expect(result == .success(Self.end))
        let (lost, _, _) = await Self.run([.failure(odd)], .success(.unknown))
        #expect(lost == .failure(Self.lost))
    }

    @Test func `what is known never to have begun failed for the reason that it had`() async {
        let missing = RuntimeError.contentMissing(Cast.release(Samples.web(), 2).id)
        let (result, asked, _) = await Self.run([.failure(missing)], .success(.neverBegun))
        #expect(result == .failure(StepFailure(.runtimeFailed(missing))))
        #expect(asked == 1)
        let (late, _, _) = await Self.run([.failure(Self.away)], .success(.neverBegun))
        #expect(late == .failure(StepFailure(.runtimeFailed(Self.away))))
    }

    @Test func `an end that cannot be found is never called a failure`() async {
        let (result, asked, _) = await Self.run([.failure(.endUnknown("r7-migrate-0-1"))], .success(.unknown))
        #expect(result == .failure(Self.lost))
        #expect(asked == 1)
    }

    // MARK: Values that cannot be read

    /// Nobody's environment can be read.
    private struct Sealed: ReleaseEnvironments {
        func environment(of release: Release) async throws(SecretError) -> [String: Secret] {
            throw .missing(["TOKEN"])
        }
        func check(_ release: Release) async throws(SecretError) {}
        func masked(_ lines: [String], of release: Release) async -> [String] { lines }
        func prune(keeping kept: [Release]) async {}
    }

    @Test(arguments: [OnceState.neverBegun, .running, .unknown])
    func `values that cannot be read say nothing of a run that began before`(standing: OnceState) async {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        let result = await OneStep.perform(
            .migrate(member: 0),
            at: .migrate,
            of: Cast.second(spec),
            runtime: ScriptedRuntime(.init(onceState: .success(standing))),
            environments: Sealed()
        )
        guard case .failed(let failure) = result else {
            Issue.record("it brought \(result)")
            return
        }
        if standing == .neverBegun {
            guard case .secretsFailed = failure.reason else {
                Issue.record("it failed for \(failure.reason)")
                return
            }
        } else {
            #expect(failure == Self.lost)
        }
    }
}
