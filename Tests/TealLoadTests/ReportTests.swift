import Testing

@testable import TealLoad

@Suite struct `The report tells what the record holds` {
    @Test func `percentiles are nearest ranks`() {
        let spread = Report.spread((1...100).map(Double.init)).text
        #expect(spread == #"{"p50":50.0,"p90":90.0,"p99":99.0,"max":100.0}"#)
        #expect(Report.spread([]).text == #"{"p50":0.0,"p90":0.0,"p99":0.0,"max":0.0}"#)
    }

    @Test func `a release's own errors are no failures`() {
        var record = Record()
        _ = record.answered(due: 0, sent: 1, received: 5000, release: "v1", isError: true)
        let report = Report(record: record, started: 0, ended: 1, sendingSeconds: 1, routedLines: nil)
        let text = report.json.text
        #expect(text.contains(#""failed":0"#))
        #expect(text.contains(#""answeredByRelease":{"v1":{"errors":1}}"#))
    }

    @Test func `only so many examples are kept`() {
        var record = Record()
        for index in 0..<50 { record.fail(.cut, at: UInt64(index), "gone \"\n\"") }
        #expect(record.failed == 50)
        #expect(record.failures[.cut]?.examples.count == Record.examplesMax)
        let report = Report(record: record, started: 0, ended: 1, sendingSeconds: 1, routedLines: nil)
        #expect(report.json.text.contains(#"gone \"\u000a\""#))
    }

    @Test func `WebSockets that end are told apart by how`() {
        var record = Record()
        record.webSocketEnded(at: 3_000_000, opened: 0, code: 1001)
        record.webSocketEnded(at: 3_000_000, opened: 0, code: nil)
        #expect(record.webSocketsClosed == [1001: 1])
        #expect(record.webSocketsCut == 1)
        #expect(record.webSocketEnds.map(\.how) == ["close 1001", "cut"])
    }
}
