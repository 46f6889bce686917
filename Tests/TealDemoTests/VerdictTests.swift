import Foundation
import Testing

@testable import TealDemo

@Suite
struct `The demo's exit tells the truth` {
    @Test
    func `a run in which everything went as it had to is good`() throws {
        let verdict = Verdict(try Stories.good(), try Stories.report())
        #expect(verdict.complaints == [])
    }

    @Test(arguments: [
        ("reconnects", 1), ("streamsCut", 1), ("sseCut", 2), ("webSocketsCut", 1), ("webSocketsWrong", 1),
        ("failed", 1),
        ("routedBadLines", 1),
    ])
    func `any count that must be nothing and is not is named`(name: String, count: Int) throws {
        let verdict = Verdict(try Stories.good(), try Stories.report([name: count]))
        #expect(verdict.complaints.count == 1)
        #expect(verdict.complaints.first?.hasPrefix("\(count) ") == true)
    }

    @Test
    func `failures are named with an example of each kind`() throws {
        let failures = ["cut": ["count": 2, "examples": [["atNs": 5, "what": "GET /echo"]]]]
        let report = try Stories.report(["failed": 2, "failures": failures])
        #expect(Verdict(try Stories.good(), report).complaints == ["2 failed as cut, such as: GET /echo"])
    }

    @Test
    func `a run without requests or without the check of releases is not good`() throws {
        let report = try Stories.report(["requests": 0, "routedChecked": false])
        #expect(Verdict(try Stories.good(), report).complaints.count == 2)
    }

    @Test
    func `an error that a good release answered is not forgiven`() throws {
        let report = try Stories.report([
            "perRelease": ["v2": ["answers": 9, "errors": 1], "v5": ["answers": 9, "errors": 3]]
        ])
        #expect(Verdict(try Stories.good(), report).complaints == ["v2 answered 1 requests with an error"])
    }

    @Test(arguments: Story.acts.indices)
    func `a release that ended another way is named`(index: Int) throws {
        let act = Story.acts[index]
        var results = try Stories.good()
        results[index + 1] = try Stories.result(act, state: act.expected == .settled ? "halted" : "settled")
        let complaints = Verdict(results, try Stories.report()).complaints
        #expect(complaints.count == 1)
        #expect(complaints.first?.hasPrefix("\(act.name) should have ended \(act.expected.state)") == true)
    }

    @Test
    func `a release that was kept out for another reason is named`() throws {
        var results = try Stories.good()
        results[2] = try Stories.result(Story.acts[1], code: "deploy.start-failed")
        #expect(
            Verdict(results, try Stories.report()).complaints == [
                "v3 should have ended kept, deploy.health-timeout and ended kept, deploy.start-failed"
            ]
        )
    }
}
