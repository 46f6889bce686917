import Foundation
import TealAPI
import Testing

@testable import TealDemo

@Suite
struct `What the demo shows and writes` {
    @Test
    func `the table has a line for each release and fits into 100 columns`() throws {
        let table = ResultTable(
            results: try Stories.good(),
            report: try Stories.report(),
            ink: Ink(isOn: false),
            width: Screen.widthMax
        )
        #expect(table.lines.allSatisfy { $0.count <= 100 })
        for name in ["v1", "v2", "v3", "v4", "v5", "rollback"] {
            #expect(table.lines.contains { $0.hasPrefix("  \(name) ") })
        }
        #expect(table.lines.contains("  requests       12 345  249.6 a second, every answer checked"))
        #expect(table.lines.contains("  bad answers       102  v5's own errors, until it was taken back"))
    }

    @Test
    func `the result has exactly the keys that others read`() throws {
        let directory = NSTemporaryDirectory() + "teal-demo-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }  // what is left is a temporary file
        let path = directory + "/results/demo.json"
        try DemoResult(.processes, try Stories.good(), try Stories.report()).write(to: path)
        let data = try Data(contentsOf: URL(filePath: path))
        let written = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(written.keys) == [
                "runtime", "releases", "requests", "failed", "streamsCut", "webSocketsCut", "reconnects",
                "answeredByBadRelease",
            ]
        )
        let releases = try #require(written["releases"] as? [[String: Any]])
        #expect(releases.map { $0["name"] as? String } == ["v1", "v2", "v3", "v4", "v5", "rollback"])
        #expect(Set(releases[2].keys) == ["name", "outcome", "seconds", "reason"])
        #expect(written["answeredByBadRelease"] as? Int == 102)
        #expect(written["runtime"] as? String == "process")
    }

    @Test
    func `commands are shown as a person would type them`() {
        #expect(Story.acts[1].commandLine == "VERSION=v3 HEALTH=never teal deploy --until settled")
        #expect(Story.acts[4].commandLine == "teal rollback --until settled")
    }

    @Test
    func `phases stand on one line with their times, without the checks before`() {
        var line = PhaseLine()
        for (kind, phase, seconds) in [
            (RolloutEvent.Kind.phaseBegan, "preflight", 0.0), (.phaseEnded, "preflight", 0.1),
            (.phaseBegan, "fetch", 0.1), (.phaseEnded, "fetch", 0.2), (.phaseBegan, "prove", 0.2),
        ] {
            line.apply(
                RolloutEvent(
                    sequence: 1,
                    rollout: "r1",
                    time: 0,
                    elapsedSeconds: seconds,
                    kind: kind,
                    phase: phase,
                    text: ""
                )
            )
        }
        #expect(line.text(elapsed: 1.44) == "fetch 0.1  prove 1.2")
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")])
    func `large numbers are written in groups`(number: Int, text: String) { #expect(Words.grouped(number) == text) }

    @Test
    func `texts are wrapped at words`() {
        #expect(Words.wrap("one two three four", width: 9) == ["one two", "three", "four"])
        #expect(Words.wrap("not within 5 s: why", width: 12) == ["not within", "5 s: why"])
    }
}
