import TealAPI
import Testing

@testable import TealDemo

@Suite
struct `The generator is told which releases may answer` {
    private static func event(
        _ kind: RolloutEvent.Kind,
        _ phase: String?,
        moment: RolloutMoment? = nil
    ) -> RolloutEvent {
        RolloutEvent(
            sequence: 1,
            rollout: "r1",
            time: 0,
            elapsedSeconds: 0,
            kind: kind,
            phase: phase,
            text: "",
            moment: moment
        )
    }

    @Test
    func `a good release may answer from its gate on, and the old one until the switch`() {
        var lines = RoutedLines(active: "v1")
        let act = Story.acts[0]
        #expect(lines.allowed(after: Self.event(.phaseBegan, "start"), in: act) == nil)
        #expect(lines.allowed(after: Self.event(.phaseBegan, "prove"), in: act) == ["v1", "v2"])
        #expect(lines.allowed(after: Self.event(.moment, "watch", moment: .switched), in: act) == ["v2"])
        #expect(lines.allowed(after: Self.event(.moment, "settle", moment: .released), in: act) == nil)
        #expect(lines.active == "v2")
    }

    @Test(arguments: [1, 2])
    func `a release that must not reach users is never allowed`(index: Int) {
        var lines = RoutedLines(active: "v2")
        for phase in ["start", "prove", "smoke", "revert"] {
            for kind in [RolloutEvent.Kind.phaseBegan, .waiting, .phaseEnded] {
                #expect(lines.allowed(after: Self.event(kind, phase), in: Story.acts[index]) == nil)
            }
        }
        #expect(lines.active == "v2")
    }

    @Test
    func `a release that is taken back may answer until the route leads back`() {
        var lines = RoutedLines(active: "v2")
        let act = Story.acts[3]
        #expect(lines.allowed(after: Self.event(.phaseBegan, "prove"), in: act) == ["v2", "v5"])
        #expect(lines.allowed(after: Self.event(.moment, "watch", moment: .switched), in: act) == nil)
        #expect(lines.allowed(after: Self.event(.phaseBegan, "revert"), in: act) == nil)
        #expect(lines.allowed(after: Self.event(.waiting, "revert"), in: act) == ["v2"])
        #expect(lines.active == "v2")
    }
}
