import TealAPI

/// What is not as it should be after a run; nothing when all is well.
struct Verdict: Hashable {
    let complaints: [String]

    init(_ results: [ActResult], _ report: LoadReport) {
        var complaints: [String] = []
        for result in results where !result.isAsExpected {
            let expected = [result.act.expected.state, result.act.expected.code].compactMap(\.self)
            let found = [result.outcome, result.problem?.code].compactMap(\.self)
            complaints.append(
                "\(result.act.name) should have ended \(expected.joined(separator: ", ")) "
                    + "and ended \(found.joined(separator: ", "))"
            )
        }
        for (kind, failure) in report.failures.sorted(by: { $0.key < $1.key }) {
            let example = failure.examples.first.map { ", such as: \($0.what)" } ?? ""
            complaints.append("\(failure.count) failed as \(kind)\(example)")
        }
        if report.failed > 0, report.failures.isEmpty { complaints.append("\(report.failed) requests failed") }
        if report.requests == 0 { complaints.append("no request was sent") }
        let counts = [
            (report.reconnects, "kept connections were closed before an answer"),
            (report.allStreamsCut, "streams were cut"),
            (report.webSocketsCut, "WebSockets ended without a close frame"),
            (report.webSocketsWrong, "messages on WebSockets were wrong or late"),
            (report.routedBadLines, "lines of the routed file could not be read"),
        ]
        for (count, what) in counts where count > 0 { complaints.append("\(count) \(what)") }
        if report.relayPairs == 0 { complaints.append("the pair of WebSockets never met") }
        if !report.routedChecked { complaints.append("it was not checked which releases answered") }
        for (release, tally) in report.perRelease.sorted(by: { $0.key < $1.key })
        where tally.errors > 0 && release != Story.badRelease {
            complaints.append("\(release) answered \(tally.errors) requests with an error")
        }
        if report.errors(of: Story.badRelease) == 0 {
            complaints.append("\(Story.badRelease) was to answer errors under traffic, and answered none")
        }
        self.complaints = complaints
    }

    var isGood: Bool { complaints.isEmpty }
}
