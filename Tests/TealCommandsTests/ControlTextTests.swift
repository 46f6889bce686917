import Foundation
import TealAPI
import TealCore
import TealFakeDaemon
import Testing

@testable import TealCommands

@Suite struct `Text from elsewhere cannot steer a terminal` {
    private static let terminal = Terminal(showsOutput: true, showsErrors: true, canAsk: false)

    @Test(arguments: [
        ("a\tb\nc ü 🙂", "a\tb\nc ü 🙂"), ("\u{1B}]0;title\u{07}", "\\u001b]0;title\\u0007"),
        ("a\rb\u{7F}\u{9B}31m\u{0}", "a\\u000db\\u007f\\u009b31m\\u0000"), ("\u{202E}txt", "\\u202etxt"),
        ("\u{1B}[31mred", "\\u001b[31mred"), ("a\r\nb", "a\\u000d\nb"),
    ])
    func `control characters become visible`(text: String, shown: String) {
        #expect(ControlText.escaped(text) == shown)
    }

    @Test func `only colours of our own stay, and only where they are on`() {
        let text = Style(isOn: true).red("x") + "\u{1B}[8mhidden\u{1B}[2J\u{1B}[5A"
        #expect(
            ControlText.escaped(text, keeping: .colours)
                == "\u{1B}[31mx\u{1B}[0m\\u001b[8mhidden\\u001b[2J\\u001b[5A"
        )
        #expect(
            ControlText.escaped("\r\u{1B}[2Ka\rb\u{1B}]0;t\u{7}", keeping: .drawing)
                == "\r\u{1B}[2Ka\\u000db\\u001b]0;t\\u0007"
        )
    }

    @Test(arguments: [
        ("\u{1B}[1;38;5;200mgo\u{1B}[m on", "\u{1B}[1;38;5;200mgo\u{1B}[m on"),
        ("\u{1B}[31mred", "\u{1B}[31mred\u{1B}[0m"), ("\u{1B}[31mred\nnext", "\u{1B}[31mred\u{1B}[0m\nnext"),
        ("\u{1B}]0;title\u{07}a\u{1B}]8;;http://x\u{1B}\\b", "ab"), ("\u{1B}[2J\u{1B}[Hx\u{1B}c\u{1B}(0y", "xy"),
        ("10%\r20%\u{8}\u{9B}2J", "10%20%2J"), ("cut \u{1B}[31", "cut [31"), ("cut \u{1B}", "cut "),
        ("\u{1B}]0;no end", ""),
    ])
    func `on a terminal a service keeps its colours and nothing else`(text: String, shown: String) {
        #expect(ControlText.shown(text, colours: true) == shown)
    }

    @Test func `without colours none stay`() {
        #expect(ControlText.shown("\u{1B}[31mred\u{1B}[0m", colours: false) == "red")
    }

    @Test func `keys and values of a file are made visible in its errors`() async throws {
        try await FakeHost.withDirectory { directory in
            let file = directory + "/teal.yml"
            let text = "project: \"\\e]0;pwned\\a\"\nservices: {\"\\e[31mweb\": {}}\n"
            try Data(text.utf8).write(to: URL(filePath: file))
            for terminal in [Terminal.none, Self.terminal] {
                let run = await CommandRun.run(["validate", "--file", file], terminal: terminal)
                #expect(run.code == 1)
                #expect(run.errors.contains("\\u001b]0;pwned\\u0007"))
                #expect(!run.errors.contains("\u{1B}]") && !run.errors.contains("\u{1B}[31mweb"))
            }
            let json = await CommandRun.run(["validate", "--output", "json", "--file", file])
            let lines = json.errors.split(separator: "\n")
            #expect(!json.errors.contains("\u{1B}"))
            for line in lines { _ = try JSONDecoder().decode(ProblemBody.self, from: Data(line.utf8)) }
        }
    }

    @Test func `a terminal gets the lines of a service without its tricks, a pipe gets them as they are`() {
        let entry = LogEntry(
            time: 1_760_000_000,
            service: "web",
            release: "web@42",
            replica: "web-green-0",
            isError: false,
            text: "\u{1B}[32mok\u{1B}]0;title\u{7} \u{1B}[2Jdone"
        )
        func written(_ terminal: Terminal) -> String {
            let sink = Lines()
            let console = Console(terminal: terminal, environment: [:]) { _, text in sink.add(text) }
            console.out(HostText(style: console.outputStyle).line(entry, withTime: false))
            return sink.text
        }
        #expect(written(.none) == "web-green-0 web@42  \(entry.text)\n")
        #expect(written(Self.terminal) == "\u{1B}[36mweb-green-0 web@42\u{1B}[0m  \u{1B}[32mok done\u{1B}[0m\n")
    }
}

/// Keeps what is written.
private final class Lines: @unchecked Sendable {
    // A test writes from one thread only.
    private(set) var text = ""

    func add(_ more: String) { text += more }
}
