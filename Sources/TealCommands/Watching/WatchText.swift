import TealAPI

/// A watched rollout in words: a block that is drawn again and again, or one line for each event.
struct WatchText {
    let style: Style
    let width: Int

    /// The whole block.
    ///
    /// - Parameters:
    ///   - state: What is known.
    ///   - elapsedSeconds: Since the rollout began, now.
    /// - Returns: Lines that each fit into the width.
    func block(_ state: WatchState, elapsedSeconds: Double) -> [String] {
        var lines = [fit(head(state.view) + "  " + Words.seconds(elapsedSeconds)) { style.bold($0) }]
        for phase in state.phases {
            let runs = phase.endedSeconds == nil
            let seconds = Words.seconds((phase.endedSeconds ?? elapsedSeconds) - phase.beganSeconds)
            let text = "\(Self.pad(phase.name, 10)) \(Self.padLeft(seconds, 8))" + (phase.note.map { "  \($0)" } ?? "")
            lines.append(mark(phase, in: state) + fit(text, less: 4) { runs ? $0 : style.dim($0) })
        }
        if let wait = state.wait {
            let left = Words.seconds(wait.untilSeconds - elapsedSeconds)
            lines.append(fit("    waits for \(wait.waitingFor), at most \(left) more") { style.yellow($0) })
            lines.append(fit("    ends earlier by: \(wait.endedBy)") { style.yellow($0) })
        }
        lines += state.warnings.map { fit("  ! \($0)") { style.yellow($0) } }
        if let lost = state.connectionLost {
            lines.append(fit("  connection lost, trying again; the rollout goes on (\(lost))") { style.red($0) })
        }
        return lines
    }

    /// The line of an event where lines are not drawn over; nil for events that say nothing by themselves.
    func line(_ event: RolloutEvent) -> String? {
        let time = style.dim(Self.padLeft(Words.seconds(event.elapsedSeconds), 8))
        let about = event.service.map { "\($0): " } ?? ""
        let text = Self.oneLine(event.text)
        switch event.kind {
        case .phaseBegan: return "\(time)  \(style.bold(event.phase ?? "phase"))"
        case .phaseEnded: return nil
        case .waiting:
            guard let wait = event.wait else { return nil }
            let left = Words.seconds(wait.untilSeconds - event.elapsedSeconds)
            let what = Self.oneLine("waits for \(wait.waitingFor), at most \(left); ends earlier by: \(wait.endedBy)")
            return "\(time)    \(style.yellow(what))"
        case .progress: return "\(time)    \(about)\(text)"
        case .warning: return "\(time)  \(style.yellow("warning:")) \(about)\(text)"
        case .moment: return "\(time)  \(style.green(event.moment?.rawValue ?? text))"
        case .ended: return nil
        }
    }

    /// What is rolled out: `deploy r17 of shop (production): web@41 blue -> web@42 green`.
    func head(_ view: RolloutView) -> String {
        let services = view.services.map { service in
            let new = "\(service.to) \(service.toSlot)"
            return service.from.map { "\($0) \(service.fromSlot ?? "") -> \(new)" } ?? "first \(new)"
        }
        return
            "\(view.kind.rawValue) \(view.id) of \(view.project) (\(view.environment)): \(services.joined(separator: ", "))"
    }

    private func mark(_ phase: WatchState.PhaseState, in state: WatchState) -> String {
        guard phase.endedSeconds != nil else { return style.blue("  > ") }
        let isLast = phase == state.phases.last
        if isLast, let outcome = state.outcome?.state, [.kept, .reverted, .halted].contains(outcome) {
            return style.red("  x ")
        }
        return style.green("  + ")
    }

    /// Cuts a text to the width before it is styled, so that no line wraps.
    private func fit(_ text: String, less: Int = 0, _ styled: (String) -> String) -> String {
        let text = Self.oneLine(text)
        let room = max(10, width - 1 - less)
        return styled(text.count <= room ? text : text.prefix(room - 3) + "...")
    }

    /// What services and other programs had a say in, as one line that moves no cursor: a drawn block counts its lines.
    private static func oneLine(_ text: String) -> String {
        ControlText.escaped(text).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
