import Testing

@testable import TealLoad

@Suite struct `The report tells what the record holds` {
    private func asked(_ more: [String] = []) throws -> Options {
        try Options(arguments: ["--url", "http://127.0.0.1:1", "--report", "/dev/null"] + more)
    }

    @Test func `what was asked for is told, so that a report can be judged alone`() throws {
        let asked = try asked(["--rate", "7", "--websockets", "2", "--routed", "file"])
        let report = Report(
            record: Record(),
            asked: asked,
            started: 0,
            ended: 1,
            sendingSeconds: 1,
            routedLines: RoutedHistory(text: "")
        )
        #expect(
            report.json.text.contains(
                #""asked":{"rate":7,"streams":0,"sse":0,"webSockets":2,"relayPairs":0,"routed":true}"#
            )
        )
        #expect(report.json.text.contains(#""routedChecked":false"#))
    }

    @Test func `percentiles are nearest ranks`() {
        let spread = Report.spread((1...100).map(Double.init)).text
        #expect(spread == #"{"p50":50.0,"p90":90.0,"p99":99.0,"max":100.0}"#)
        #expect(Report.spread([]).text == #"{"p50":0.0,"p90":0.0,"p99":0.0,"max":0.0}"#)
    }

    @Test func `a release's own errors are no failures`() throws {
        var record = Record()
        _ = record.answered(due: 0, sent: 1, received: 5000, release: "v1", isError: true)
        let report = try Report(
            record: record,
            asked: asked(),
            started: 0,
            ended: 1,
            sendingSeconds: 1,
            routedLines: nil
        )
        let text = report.json.text
        #expect(text.contains(#""failed":0"#))
        #expect(text.contains(#""answeredByRelease":{"v1":{"errors":1}}"#))
    }

    @Test func `only so many examples are kept`() throws {
        var record = Record()
        for index in 0..<50 { record.fail(.cut, at: UInt64(index), "gone \"\n\"") }
        #expect(record.failed == 50)
        #expect(record.failures[.cut]?.first == 0)
        #expect(record.failures[.cut]?.last == 49)
        #expect(record.failures[.cut]?.examples.count == Record.examplesMax)
        let report = try Report(
            record: record,
            asked: asked(),
            started: 0,
            ended: 1,
            sendingSeconds: 1,
            routedLines: nil
        )
        #expect(report.json.text.contains(#"gone \"\u000a\""#))
    }

    @Test func `WebSockets that end are told apart by how`() {
        var record = Record()
        record.webSocketEnded(at: 3_000_000, opened: 0, code: 1001, name: "websocket 0")
        record.webSocketEnded(at: 3_000_000, opened: 0, code: nil, name: "relay 1")
        #expect(record.webSocketsClosed == [1001: 1])
        #expect(record.webSocketsCut == 1)
        #expect(record.webSocketEnds.map(\.how) == ["close 1001", "cut"])
        #expect(record.webSocketEnds.map(\.of) == ["websocket 0", "relay 1"])
    }
}
