/// The table at the end.
struct ResultTable {
    let results: [ActResult]
    let report: LoadReport
    let ink: Ink
    let width: Int

    private static let columns = (name: 10, outcome: 12, seconds: 10)

    var lines: [String] { releases + [""] + traffic }

    private var releases: [String] {
        let columns = Self.columns
        let head =
            Words.pad("release", columns.name) + Words.pad("outcome", columns.outcome)
            + Words.padLeft("switched", columns.seconds - 2) + Words.padLeft("took", columns.seconds) + "  why"
        var lines = [ink.dim("  " + head)]
        let indent = 2 + columns.name + columns.outcome + columns.seconds * 2
        for result in results {
            let reasons = Words.wrap(result.reason, width: width - indent)
            let outcome = Words.pad(result.words, columns.outcome)
            let switched = result.switchedSeconds.map { "\(Words.tenths($0)) s" } ?? "-"
            lines.append(
                "  " + ink.bold(Words.pad(result.act.name, columns.name))
                    + (result.isAsExpected ? ink.outcome(result, outcome) : ink.red(outcome))
                    + Words.padLeft(switched, columns.seconds - 2)
                    + Words.padLeft("\(Words.tenths(result.seconds)) s", columns.seconds)
                    + "  " + (reasons.first ?? "")
            )
            lines += reasons.dropFirst().map { String(repeating: " ", count: indent) + $0 }
        }
        return lines
    }

    private var traffic: [String] {
        var lines = [
            row("requests", report.requests, "\(Words.tenths(report.rateAchieved)) a second, every answer checked"),
            row("failed", report.failed, "", isBad: report.failed > 0),
            row(
                "reconnects",
                report.reconnects,
                "kept connections closed under a request",
                isBad: report.reconnects > 0
            ),
            row("streams", report.streams + report.sse, "\(report.allStreamsCut) cut", isBad: report.allStreamsCut > 0),
            row("WebSockets", report.webSockets, webSockets, isBad: report.webSocketsCut > 0),
        ]
        let slowest =
            "met, each time again on the release that was routed; at most \(Int(report.relayRepairMs)) ms later"
        lines.append(row("relay pairs", report.relayPairs, slowest, isBad: report.relayPairs == 0))
        lines.append(
            row(
                "bad answers",
                report.errors(of: Story.badRelease),
                "\(Story.badRelease)'s own errors, until it was taken back"
            )
        )
        return lines
    }

    private var webSockets: String {
        let codes = report.webSocketsClosed.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }
        let closed = codes.isEmpty ? "" : "; told to come again by a close frame: \(codes.joined(separator: ", "))"
        return "\(report.webSocketsCut) cut\(closed)"
    }

    private func row(_ name: String, _ count: Int, _ text: String, isBad: Bool = false) -> String {
        let number = Words.padLeft(Words.grouped(count), 9)
        return "  " + ink.bold(Words.pad(name, 12)) + (isBad ? ink.red(number) : number)
            + (text.isEmpty ? "" : "  " + text)
    }
}
