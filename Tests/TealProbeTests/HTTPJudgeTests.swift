import TealCore
import TealDriverKit
import TealProbe
import Testing

@Suite struct `A judge says what differs first` {
    private func verdict(
        on answer: HTTPAnswer,
        _ change: (inout HTTPExpectation) -> Void = { _ in }
    ) -> ProbeResult {
        var expectation = HTTPExpectation()
        change(&expectation)
        return HTTPJudge(expectation).verdict(on: answer)
    }

    private func answer(_ body: String, status: Int = 200) -> HTTPAnswer {
        HTTPAnswer(status: status, body: Array(body.utf8), latency: .milliseconds(3))
    }

    @Test(arguments: 200...299)
    func `any 2xx passes when no status is named`(status: Int) {
        #expect(verdict(on: answer("", status: status)) == .passed(latency: .milliseconds(3)))
    }

    @Test(arguments: [100, 101, 199, 300, 304, 400, 404, 500, 503])
    func `another status is the reason`(status: Int) {
        #expect(verdict(on: answer("", status: status)) == .failed(.status(status)))
    }

    @Test func `only the named statuses pass`() {
        #expect(verdict(on: answer("", status: 401)) { $0.statuses = [401, 403] }.hasPassed)
        #expect(verdict(on: answer("", status: 200)) { $0.statuses = [401, 403] } == .failed(.status(200)))
    }

    @Test func `a redirect says where to, unless it was expected`() {
        let moved = HTTPAnswer(status: 302, headers: [.init("LOCATION", "/login")])
        #expect(verdict(on: moved) == .failed(.redirected(status: 302, to: "/login")))
        #expect(verdict(on: moved) { $0.statuses = [302] }.hasPassed)
    }

    @Test func `the status comes before everything else`() {
        let result = verdict(on: answer("bad", status: 500)) {
            $0.jsonFields = ["ok": "true"]
            $0.bodyPattern = "good"
            $0.answerHeaders = ["x": "y"]
            $0.latencyMax = .zero
        }
        #expect(result == .failed(.status(500)))
    }

    @Test func `a header must be there with its exact value`() {
        let given = HTTPAnswer(
            status: 200,
            headers: [.init("X-Release", "web@42"), .init("Vary", "a"), .init("vary", "b")]
        )
        #expect(verdict(on: given) { $0.answerHeaders = ["x-release": "web@42"] }.hasPassed)
        #expect(verdict(on: given) { $0.answerHeaders = ["vary": "b"] }.hasPassed)
        #expect(verdict(on: given) { $0.answerHeaders = ["vary": "a, b"] }.hasPassed)
        #expect(
            verdict(on: given) { $0.answerHeaders = ["x-release": "web@4"] }
                == .failed(.headerDiffers(name: "x-release", expected: "web@4", got: "web@42"))
        )
        #expect(
            verdict(on: given) { $0.answerHeaders = ["x-other": ""] }
                == .failed(.headerDiffers(name: "x-other", expected: "", got: nil))
        )
    }

    @Test(arguments: [
        ("success", "true"), ("count", "3"), ("count", "3.0"), ("data.name", #""web""#), ("data.list.1", "null"),
        ("data.list.0.deep", "[1, 2]"), ("data.list.0", #"{ "deep" : [1.0, 2e0] }"#), ("share", "0.5"),
        ("data.name", "\"\\u0077eb\""), ("big", "9007199254740993"), ("0", #""zero""#),
    ])
    func `a field with the expected value passes`(path: String, value: String) {
        let body = """
            {"success": true, "count": 3, "share": 5e-1, "big": 9007199254740993, "0": "zero",
             "data": {"name": "web", "list": [{"deep": [1, 2]}, null]}}
            """
        #expect(verdict(on: answer(body)) { $0.jsonFields = [path: value] }.hasPassed)
    }

    @Test(arguments: [
        ("success", "true", "success = false"), ("success", #""false""#, "success = false"),
        ("count", "1", #"count = "1""#), ("big", "9007199254740992", "big = 9007199254740993"),
        ("list.2", "1", #"no list.2 in {"success":false,"count":"1","big":9007199254740993,"list":[1,{}]}"#),
        ("list.-1", "1", #"no list.-1 in {"success":false,"count":"1","big":9007199254740993,"list":[1,{}]}"#),
        ("list", "[1]", "list = [1,{}]"), ("success", "not json", "success = false"),
        (
            "success.deeper", "1",
            #"no success.deeper in {"success":false,"count":"1","big":9007199254740993,"list":[1,{}]}"#
        ),
    ])
    func `a field with another value says which`(path: String, value: String, got: String) {
        let body = #"{"success":false,"count":"1","big":9007199254740993,"list":[1,{}]}"#
        #expect(
            verdict(on: answer(body)) { $0.jsonFields = [path: value] }
                == .failed(.bodyDiffers(expected: "\(path) = \(value)", got: got))
        )
    }

    @Test func `the first field by path is the reason`() {
        let result = verdict(on: answer(#"{"a":1,"b":2}"#)) { $0.jsonFields = ["b": "0", "a": "0"] }
        #expect(result == .failed(.bodyDiffers(expected: "a = 0", got: "a = 1")))
    }

    @Test(arguments: ["", "<html>", "{\"a\":", "{\"a\":1} trailing"])
    func `a body that is no JSON is shown`(body: String) {
        let result = verdict(on: answer(body)) { $0.jsonFields = ["a": "1"] }
        #expect(result == .failed(.bodyDiffers(expected: "a = 1", got: "no JSON: \(body)")))
    }

    @Test func `deep nesting is no JSON and no crash`() {
        let body = String(repeating: "[", count: 100_000)
        #expect(!verdict(on: answer(body)) { $0.jsonFields = ["a": "1"] }.hasPassed)
    }

    @Test func `what is shown of a body is cut to 200 characters`() throws {
        let result = verdict(on: answer(String(repeating: "é", count: 5000))) { $0.bodyPattern = "x" }
        guard case .failed(.bodyDiffers(_, let got)) = result else { throw Unexpected(result: result) }
        #expect(got.count == HTTPJudge.shownCharactersMax)
        #expect(got.hasSuffix("é…"))
    }

    @Test func `a pattern may match anywhere in the body`() {
        #expect(verdict(on: answer("all is\nwell (3)")) { $0.bodyPattern = #"well \(\d\)"# }.hasPassed)
        #expect(
            verdict(on: answer("ill")) { $0.bodyPattern = "^w.ll$" }
                == .failed(.bodyDiffers(expected: "a match of /^w.ll$/", got: "ill"))
        )
    }

    @Test func `a broken pattern fails the probe and nothing else`() {
        let result = verdict(on: answer("ok")) { $0.bodyPattern = "(" }
        guard case .failed(.bodyDiffers(let expected, let got)) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(expected == "a match of /(/")
        #expect(got.hasPrefix("the pattern cannot be used: "))
    }

    @Test func `bytes that are no UTF-8 are judged all the same`() {
        let given = HTTPAnswer(status: 200, body: [0xff, 0xfe] + Array("ok".utf8))
        #expect(verdict(on: given) { $0.bodyPattern = "ok" }.hasPassed)
    }

    @Test func `an answer later than the limit is too slow, one at the limit is not`() {
        #expect(
            verdict(on: answer("")) { $0.latencyMax = .milliseconds(2) }
                == .failed(.tooSlow(.milliseconds(3), limit: .milliseconds(2)))
        )
        #expect(verdict(on: answer("")) { $0.latencyMax = .milliseconds(3) }.hasPassed)
    }
}

struct Unexpected: Error {
    let result: ProbeResult
}
