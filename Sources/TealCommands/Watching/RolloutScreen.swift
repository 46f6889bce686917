import TealAPI
import TealClient
import TealCore

/// What a watcher of a rollout sees: a block on a terminal, lines elsewhere, JSON where it was asked for.
struct RolloutScreen {
    private let report: Report
    private let text: WatchText
    private var state: WatchState
    private var block: LiveBlock
    /// When the newest event arrived.
    private var newest = ContinuousClock.now
    /// Whether a question stands below the block, which must not be drawn over.
    private var isHeld = false

    /// Whether the block is drawn again and again.
    let isLive: Bool

    init(_ view: RolloutView, report: Report) {
        self.report = report
        text = WatchText(style: report.console.errorStyle, width: report.console.terminal.width)
        state = WatchState(view)
        block = LiveBlock(console: report.console)
        isLive = report.format == .text && report.console.terminal.showsErrors
    }

    /// Says which rollout it is.
    func begin() { if !isLive { report.remark(text.head(state.view)) } }

    mutating func show(_ signal: FollowSignal) {
        switch signal {
        case .event(let event):
            state.apply(event)
            newest = .now
            if report.format == .json {
                report.line(EventLine(event: event))
            } else if !isLive, let line = text.line(event) {
                report.console.error(line)
            }
        case .lost(let because):
            state.connectionLost = because
            if !isLive { report.remark("connection lost, trying again; the rollout goes on (\(because))") }
        case .back:
            state.connectionLost = nil
            if !isLive { report.remark("the connection is back") }
        }
        draw()
    }

    /// Says something that stays above the block.
    mutating func remark(_ text: String) {
        if isLive { block.leave() }
        report.remark(text)
    }

    mutating func draw() {
        guard isLive, !isHeld else { return }
        let since = state.outcome == nil ? (ContinuousClock.now - newest).inSeconds : 0
        block.draw(text.block(state, elapsedSeconds: state.elapsedSeconds + since))
    }

    /// Asks below the block, and leaves it alone until ``release()``.
    mutating func ask(_ question: String) {
        draw()
        block.leave()
        isHeld = true
        report.console.draw("\n" + question)
    }

    mutating func release() {
        isHeld = false
        draw()
    }

    /// Ends the line of a question that nobody has answered.
    func leave() { if isHeld { report.console.draw("\n") } }
}

/// A line of `--output json` while a rollout is watched.
struct EventLine: Encodable {
    let event: RolloutEvent
}

/// The last line of `--output json` when a rollout was watched.
struct RolloutLine: Encodable {
    let rollout: RolloutView
    /// Whether the command left before the rollout was where it should be.
    let detached: Bool
}
