import Foundation
import TealAPI
import TealCore
import Testing

@Suite struct `Problems are answered as RFC 9457 says` {
    @Test func `a body holds the problem word for word`() throws {
        let problem = Problem("deploy.busy", "nothing has been changed: r1 holds web", at: ["host-a"], next: ["wait"])
        let body = ProblemBody(problem)
        let copy = try JSONDecoder().decode(ProblemBody.self, from: try JSONEncoder().encode(body))
        #expect(copy == body)
        #expect(copy.problem == problem)
        #expect(copy.type == "urn:teal:problem:deploy.busy")
        #expect(copy.title == "deploy busy")
        #expect(copy.detail == problem.summary)
    }

    @Test(arguments: [
        ("api.not-found", 404), ("rollback.no-such-release", 404), ("deploy.busy", 409), ("rollout.ended", 409),
        ("api.too-large", 413), ("api.malformed", 400), ("api.version", 426), ("api.too-many", 429),
        ("api.internal", 500), ("deploy.disk-full", 500), ("deploy.preflight", 422),
    ])
    func `the status follows from the code`(code: String, status: Int) {
        #expect(ProblemBody(Problem(code, "x")).status == status)
    }
}

@Suite struct `Values keep their form` {
    @Test func `an unknown kind of event is shown as progress`() throws {
        let text = #"{"sequence":1,"rollout":"r1","time":0,"elapsedSeconds":0,"kind":"danced","text":"x","new":true}"#
        let event = try JSONDecoder().decode(RolloutEvent.self, from: Data(text.utf8))
        #expect(event.kind == .progress)
    }

    @Test func `a secret's value is in the JSON and in nothing else`() throws {
        let secret = SecretText(Secret("hush"))
        #expect(String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self) == #"["hush"]"#)
        #expect(!"\(secret)".contains("hush"))
        #expect(!String(reflecting: secret).contains("hush"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hush"))
    }

    @Test(arguments: ["", "abc", String(repeating: "A", count: 64), String(repeating: "g", count: 64)])
    func `what is no hash is refused`(text: String) { #expect(ArtifactHash(parsing: text) == nil) }

    @Test func `paths are filled in, in order`() {
        #expect(Operation.releases.path("shop", "web") == "/v1/services/shop/web/releases")
        #expect(Operation.followRollout.path("r17") == "/v1/rollouts/r17/events")
    }
}
