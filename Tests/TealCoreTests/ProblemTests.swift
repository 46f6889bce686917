import TealCore
import Testing

@Suite
struct `A problem reads the same everywhere` {
    @Test func `with places and next steps below each other`() {
        let problem = Problem(
            "deploy.health-timeout",
            "web@42 was not healthy within 30 s; web@41 still takes all traffic",
            at: ["web on host-a", "GET /up answered 500"],
            next: ["See its last lines with `teal logs web@42`"]
        )
        #expect(
            problem.description == """
                error: web@42 was not healthy within 30 s; web@41 still takes all traffic [deploy.health-timeout]
                  at:   web on host-a
                        GET /up answered 500
                  next: See its last lines with `teal logs web@42`
                """
        )
    }

    @Test func `without either`() {
        #expect(Problem("api.not-found", "nothing is there").description == "error: nothing is there [api.not-found]")
    }
}
