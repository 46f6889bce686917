import TealAPI
import TealCore
import Testing

@testable import TealDaemon

/// What people are told first where nobody answered.
struct OutageWordsTests {
    private func outage(_ seconds: Double, isOver: Bool = true) -> OutageView {
        OutageView(service: "web", began: 100, seconds: seconds, isOver: isOver)
    }

    private func body(_ detail: String, _ impact: UserImpact) -> ProblemBody {
        ProblemBody(Problem("deploy.health-timeout", detail, next: ["Look"]), userImpact: impact)
    }

    @Test func `a rollout that took nothing from users does not hide that they had no answer`() {
        let problem = body("users were not affected: web@1 still takes all traffic; web@2 was not healthy", .none)
        let said = OutageWords.problem(problem, with: [outage(6.24)])
        #expect(
            said.detail
                == "users of web had no answer for 6.2 s, since none of its replicas could be reached; web@1 still takes all traffic; web@2 was not healthy"
        )
        #expect(said.userImpact == .brief)
        #expect(said.code == problem.code && said.next == problem.next && said.status == problem.status)
    }

    @Test func `one that lasts is told as it stands`() {
        let said = OutageWords.problem(
            body("nothing serves in place of web@2", .ongoing),
            with: [outage(70, isOver: false)]
        )
        #expect(
            said.detail
                == "users of web have had no answer for 70.0 s, since none of its replicas can be reached; nothing serves in place of web@2"
        )
        #expect(said.userImpact == .ongoing)
    }

    @Test func `without one nothing is said`() {
        let problem = body("users were not affected: web@1 still takes all traffic", .none)
        #expect(OutageWords.problem(problem, with: []) == problem)
    }
}
