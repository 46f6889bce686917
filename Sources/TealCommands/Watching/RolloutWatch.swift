import TealAPI
import TealClient
import TealCore

/// Follows a rollout until a moment or its end, shows it, and lets a person leave or abort.
struct RolloutWatch: Sendable {
    /// How often the block is drawn.
    static let redraw = Duration.milliseconds(100)
    /// The most events, signals and answers that wait to be looked at.
    static let inputsMax = 4096

    /// The problem of a rollout that a person took back.
    private static let takenBackCode = "deploy.rolled-back"

    let client: DaemonClient
    let report: Report
    let until: RolloutMoment
    let onCancel: CancelPolicy
    /// Whether a rollout that is taken back by a person is what was asked for.
    var wantsTakeBack = false

    private enum Input: Sendable {
        case signal(FollowSignal)
        case interrupted(Interruptions.Kind)
        case answer(String?)
        case redraw
        /// The following ended; with its failure, or because nothing more comes.
        case over(ClientFailure?)
    }

    /// Why the watching ended.
    private enum Ending {
        /// The moment, or the rollout's end.
        case reached
        /// The person left; the rollout goes on.
        case left
        case lost(ClientFailure)
    }

    /// Watches a rollout that has begun, prints its ending, and returns the exit code.
    func run(_ view: RolloutView) async throws -> ExitCode {
        if view.outcome.hasEnded { return finish(view) }
        let (inputs, feed) = AsyncStream.makeStream(of: Input.self, bufferingPolicy: .bufferingNewest(Self.inputsMax))
        let (questions, ask) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let ending = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await follow(view.id, feed) }
            group.addTask { for await kind in Interruptions.stream() { feed.yield(.interrupted(kind)) } }
            group.addTask { for await _ in questions { feed.yield(.answer(await Question.line())) } }
            if report.format == .text, report.console.terminal.showsErrors {
                group.addTask {
                    while !Task.isCancelled {
                        try await Task.sleep(for: Self.redraw)
                        feed.yield(.redraw)
                    }
                }
            }
            let ending = try await watch(view, inputs, ask: ask)
            group.cancelAll()
            return ending
        }
        switch ending {
        case .reached: return finish(try await client.rollout(view.id))
        case .left: return detach(view)
        case .lost(let failure): return try lost(failure, view)
        }
    }

    private var mayAsk: Bool { report.format == .text && report.console.terminal.canAsk }

    private func follow(_ id: String, _ feed: AsyncStream<Input>.Continuation) async {
        do throws(ClientFailure) {
            try await client.follow(id) { signal in
                feed.yield(.signal(signal))
                return true
            }
            feed.yield(.over(nil))
        } catch {
            feed.yield(.over(error))
        }
    }

    private func watch(
        _ view: RolloutView,
        _ inputs: AsyncStream<Input>,
        ask: AsyncStream<Void>.Continuation
    ) async throws -> Ending {
        var screen = RolloutScreen(view, report: report)
        var isAsking = false
        screen.begin()
        defer { screen.leave() }
        for await input in inputs {
            switch input {
            case .redraw: screen.draw()
            case .signal(let signal):
                screen.show(signal)
                if case .event(let event) = signal, isEnough(event) { return .reached }
            case .over(let failure):
                if let failure, failure != .cancelled { return .lost(failure) }
                return .reached
            case .interrupted(let kind):
                if kind == .interrupt, mayAsk, !isAsking {
                    screen.ask(Self.question(view.id))
                    isAsking = true
                    ask.yield()
                } else if onCancel == .abort, !isAsking {
                    try await abort(view.id, &screen)
                } else {
                    return .left
                }
            case .answer(let answer):
                isAsking = false
                screen.release()
                switch answer.map({ $0.lowercased().first }) {
                case nil, "d": return .left
                case "a": try await abort(view.id, &screen)
                default: break
                }
            }
        }
        return .left
    }

    /// Whether an event is what was waited for; the last moment and the end come together, and the end says more.
    private func isEnough(_ event: RolloutEvent) -> Bool {
        if event.kind == .ended { return true }
        return until != .settled && event.moment.map { $0 >= until } == true
    }

    private static func question(_ id: String) -> String {
        "\(id) goes on without this command. [d]etach, [a]bort and take users back, or Enter to keep watching: "
    }

    private func abort(_ id: String, _ screen: inout RolloutScreen) async throws {
        screen.remark("aborting \(id): users are taken back, then the new release is removed")
        do throws(ClientFailure) {
            _ = try await client.abortRollout(id, AbortRequest(author: Author.name(report.console)))
        } catch {
            // When it was over before the wish arrived, the watching shows how.
            guard case .refused(let body) = error, body.code == "rollout.ended" else { throw error }
        }
    }

    private func detach(_ view: RolloutView) -> ExitCode {
        report.remark("\(view.id) goes on by itself; see it with `teal attach \(view.id)` or `teal status`")
        if report.format == .json { report.line(RolloutLine(rollout: view, detached: true)) }
        return .detached
    }

    /// Nobody answered for so long that watching makes no sense; the rollout itself goes on or is mended by the daemon.
    private func lost(_ failure: ClientFailure, _ view: RolloutView) throws -> ExitCode {
        guard case .lost = failure else { throw CommandFailure(failure) }
        let code = detach(view)
        report.write(CommandFailure(failure).problems)
        return code
    }

    private func finish(_ view: RolloutView) -> ExitCode {
        let isTakenBack = wantsTakeBack && view.problem?.code == Self.takenBackCode
        let code = isTakenBack ? .done : ExitCode(view.outcome.state)
        switch report.format {
        case .json: report.line(RolloutLine(rollout: view, detached: false))
        case .text:
            let isFine = code == .done
            let style = isFine ? report.console.outputStyle : report.console.errorStyle
            let lines = RolloutText(style: style).ending(view).joined(separator: "\n")
            if isFine { report.console.out(lines) } else { report.console.error(lines) }
        }
        if let problem = view.problem, !isTakenBack { report.write([problem]) }
        return code
    }
}
