import TealAPI
import TealCore
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// What a rollout that did not settle is said to have done to users.
@Suite struct `What a rollout did to users` {
    private func kept(at reached: Leg, _ change: (inout ServiceSpec) -> Void = { _ in }) throws -> Rollout {
        var rollout = try Samples().rollout(in: .backRecord, change)
        rollout.reached = reached
        rollout.backReason = .aborted(by: "anna")
        rollout.stage = .ended(.kept(.aborted(by: "anna")))
        return rollout
    }

    @Test(arguments: [Leg.preflight, .migrate, .prove])
    func `is nothing where it ended before it would have stopped the old release`(leg: Leg) throws {
        let rollout = try kept(at: leg) { $0.strategy = .recreate }
        #expect(RolloutProblem.problem(of: rollout)?.summary.hasPrefix("users were not affected: ") == true)
        #expect(OutcomeWords.impact(of: rollout) == .none)
    }

    @Test func `is a while without an answer where the old release stood still`() throws {
        let rollout = try kept(at: .proveReplaced) { $0.strategy = .recreate }
        #expect(RolloutProblem.problem(of: rollout)?.summary.contains("stood still") == true)
        #expect(OutcomeWords.impact(of: rollout) == .brief)
    }

    @Test func `is nothing where the new release ran beside the old one`() throws {
        #expect(OutcomeWords.impact(of: try kept(at: .smoke)) == .none)
    }
}
