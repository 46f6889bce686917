import TealAPI
import TealClient
import TealCore

/// Follows a rollout until a moment or its end, shows it, and lets a person leave or abort.
struct RolloutWatch: Sendable {
    /// How often the block is drawn.
    static let redraw = Duration.milliseconds(100)
    /// The most events, signals and answers that wait to be looked at.
    static let inputsMax = 4096

    let client: DaemonClient
    let report: Report
    let until: RolloutMoment
    let onCancel: CancelPolicy
    /// Whether a rollout that is taken back is what was asked for.
    var wantsTakeBack = false

    private enum Input: Sendable {
        /// The rollout has begun, or it has not.
        case begun(Result<RolloutView, any Error>)
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
    func run(_ view: RolloutView) async throws -> ExitCode { try await run { view } }

    /// Begins a rollout, watches it, prints its ending, and returns the exit code.
    ///
    /// - Throws: `cli.interrupted` when the command was interrupted before the rollout had begun.
    func run(_ begin: @escaping @Sendable () async throws -> RolloutView) async throws -> ExitCode {
        try await runStage(begin).exit
    }

    /// The same, for an order that may take more than one rollout: what others wait for is watched until it is released.
    ///
    /// - Returns: The exit code, and the answer to the order.
    func runStage(
        _ begin: @escaping @Sendable () async throws -> RolloutView
    ) async throws -> (exit: ExitCode, answer: RolloutView) {
        let (inputs, feed) = AsyncStream.makeStream(of: Input.self, bufferingPolicy: .bufferingNewest(Self.inputsMax))
        let (questions, ask) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // Caught before anything is asked for: a command that was killed while it waited must not release later.
        let interruptions = Interruptions.stream()
        let (view, ending) = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await kind in interruptions { feed.yield(.interrupted(kind)) } }
            var iterator = inputs.makeAsyncIterator()
            let view = try await begun(begin, feed, &iterator)
            if isOver(view) {
                group.cancelAll()
                return (view, Ending.reached)
            }
            // Of one that is taken back, what came before does not count.
            let after = isBack(view) ? view.lastEvent : 0
            group.addTask { await follow(view.id, after: after, feed) }
            group.addTask { for await _ in questions { feed.yield(.answer(await Question.line())) } }
            if report.format == .text, report.console.terminal.showsErrors {
                group.addTask {
                    while !Task.isCancelled {
                        try await Task.sleep(for: Self.redraw)
                        feed.yield(.redraw)
                    }
                }
            }
            let ending = try await watch(view, &iterator, ask: ask)
            group.cancelAll()
            return (view, ending)
        }
        let exit =
            switch ending {
            case .reached where isOver(view): finish(view, of: view)
            case .reached: finish(try await client.rollout(view.id), of: view)
            case .left: detach(view)
            case .lost(let failure): try lost(failure, view)
            }
        return (exit, view)
    }

    private var mayAsk: Bool { report.format == .text && report.console.terminal.canAsk }

    /// Waits until the rollout has begun; an interruption ends that wait.
    private func begun(
        _ begin: @escaping @Sendable () async throws -> RolloutView,
        _ feed: AsyncStream<Input>.Continuation,
        _ inputs: inout AsyncStream<Input>.Iterator
    ) async throws -> RolloutView {
        // Awaited below: its result is the input that ends the loop.
        let beginning = Task {
            do {
                feed.yield(.begun(.success(try await begin())))
            } catch {
                feed.yield(.begun(.failure(error)))
            }
        }
        defer { beginning.cancel() }
        var interruption: Interruptions.Kind?
        while let input = await inputs.next() {
            switch input {
            case .interrupted(let kind):
                interruption = kind
                beginning.cancel()
            case .begun(.success(let view)):
                // It had begun already: what the interruption means to it is decided as for any other.
                if let interruption { feed.yield(.interrupted(interruption)) }
                return view
            case .begun(.failure(let error)):
                if interruption != nil { throw Self.interrupted }
                throw error
            case .signal, .answer, .redraw, .over: break
            }
        }
        throw CancellationError()
    }

    private static let interrupted = Problem(
        "cli.interrupted",
        "nothing has been changed: the command was interrupted before a rollout had begun",
        next: ["Should one have begun at that very moment, `teal status` shows it"]
    )

    /// Whether a rollout is on the way back that was asked for.
    private func isBack(_ view: RolloutView) -> Bool { wantsTakeBack && view.back != nil }

    /// Whether there is nothing left to wait for.
    private func isOver(_ view: RolloutView) -> Bool {
        view.outcome.hasEnded || isBack(view) && until == .switched && view.back?.usersAreBack == true
    }

    private func follow(_ id: String, after sequence: Int, _ feed: AsyncStream<Input>.Continuation) async {
        do throws(ClientFailure) {
            try await client.follow(id, after: sequence) { signal in
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
        _ inputs: inout AsyncStream<Input>.Iterator,
        ask: AsyncStream<Void>.Continuation
    ) async throws -> Ending {
        var screen = RolloutScreen(view, report: report)
        var isAsking = false
        screen.begin()
        if isBack(view) { screen.remark(RolloutText(style: .plain).takingBack(view)) }
        defer { screen.leave() }
        while let input = await inputs.next() {
            switch input {
            case .begun: break
            case .redraw: screen.draw()
            case .signal(let signal):
                screen.show(signal)
                if case .event(let event) = signal, isEnough(event, of: view) { return .reached }
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
    private func isEnough(_ event: RolloutEvent, of view: RolloutView) -> Bool {
        if event.kind == .ended { return true }
        // The moments of the way forward say nothing about the way back.
        if isBack(view) { return until == .switched && event.usersAreBack == true }
        let until = view.remaining == nil ? until : max(until, .released)
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

    private func finish(_ view: RolloutView, of began: RolloutView) -> ExitCode {
        let isBack = isBack(began)
        let code = isBack ? ExitCode(takingBack: view.outcome.state) : ExitCode(view.outcome.state)
        switch report.format {
        case .json:
            let whole = view.answering(remaining: began.remaining, left: began.left)
            report.line(RolloutLine(rollout: whole, detached: false))
        case .text:
            let isFine = code == .done
            let style = isFine ? report.console.outputStyle : report.console.errorStyle
            let text = RolloutText(style: style)
            let lines = (isBack && isFine ? text.takenBack(view) : text.ending(view)).joined(separator: "\n")
            if isFine { report.console.out(lines) } else { report.console.error(lines) }
        }
        if isBack, code == .refused { report.write([ProblemBody(Self.tooLate(view))]) }
        if let problem = view.problem, code != .done { report.write([problem]) }
        return code
    }

    private static func tooLate(_ view: RolloutView) -> Problem {
        let new = view.services.map(\.to).joined(separator: ", ")
        return Problem(
            "rollback.too-late",
            "users are on \(new): rollout \(view.id) had ended before it could be taken back",
            next: ["Go back with `teal rollback`"]
        )
    }
}
