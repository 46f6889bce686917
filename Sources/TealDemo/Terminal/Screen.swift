import Glibc
import TealAPI

/// The standard output of the demo.
struct Screen {
    /// The widest line, whatever the terminal has.
    static let widthMax = 100

    let ink: Ink
    let width: Int
    /// Whether the line of the running phase is drawn over again and again.
    private let isLive: Bool

    /// What this process writes to, with `NO_COLOR` (no-color.org) and `TERM=dumb` minded.
    init(environment: [String: String]) {
        let isTerminal = isatty(1) == 1 && environment["TERM"] != "dumb"
        var size = winsize()
        let columns = isTerminal && ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
        self.init(isLive: isTerminal, isColoured: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty, width: columns)
    }

    init(isLive: Bool, isColoured: Bool, width: Int) {
        self.isLive = isLive
        ink = Ink(isOn: isColoured)
        self.width = min(max(60, width), Self.widthMax)
    }

    func line(_ text: String = "") { put(text + "\n") }

    func opening() {
        line(ink.bold(ink.teal("Teal")) + "  one service, five releases, one rollback, and nobody notices the bad ones")
        line()
    }

    /// A thing that was prepared.
    func ready(_ name: String, _ text: String) { line("  " + ink.bold(Words.pad(name, 12)) + text) }

    func begin(_ act: Act) {
        line()
        line("  " + ink.bold(Words.pad(act.name, 12)) + act.title)
        line("              " + ink.dim("$ \(act.commandLine)"))
    }

    /// Shows the phases so far, where lines can be drawn over.
    func draw(_ phases: PhaseLine, elapsed: Double) {
        guard isLive else { return }
        var text = "              " + phases.text(elapsed: elapsed)
        if let wait = phases.wait { text += "  waits for \(wait)" }
        put("\r\u{1B}[2K" + ink.dim(text.count < width ? text : text.prefix(width - 4) + "..."))
    }

    func end(_ result: ActResult, phases: PhaseLine) {
        if isLive { put("\r\u{1B}[2K") }
        for text in Words.wrap(phases.text(elapsed: result.seconds), width: width - 14) {
            line("              " + ink.dim(text))
        }
        let mark = result.isAsExpected ? ink.outcome(result, result.words) : ink.red(result.words + ", not as expected")
        let told = result.problem?.detail ?? result.reason
        let texts = Words.wrap(told, width: width - 14)
        line("              " + ink.bold(mark) + " after \(Words.tenths(result.seconds)) s" + switched(result))
        for text in texts { line("              " + text) }
    }

    func interrupted() {
        line()
        line("  interrupted: everything that was started is being ended")
    }

    func closing(_ verdict: Verdict) {
        line()
        if verdict.isGood {
            line("  " + ink.green(ink.bold("All as it should be.")) + " The counts are the load generator's own.")
        } else {
            line("  " + ink.red(ink.bold("Not as it should be:")))
            for complaint in verdict.complaints {
                for (index, text) in Words.wrap(complaint, width: width - 4).enumerated() {
                    line((index == 0 ? "  - " : "    ") + text)
                }
            }
        }
    }

    private func switched(_ result: ActResult) -> String {
        result.switchedSeconds.map { ", switched after \(Words.tenths($0)) s" } ?? ""
    }

    private func put(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            // Nobody reads any more; the exit code still tells.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
