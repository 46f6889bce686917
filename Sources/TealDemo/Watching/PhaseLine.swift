import TealAPI

/// The phases of a rollout with their times, on one line.
struct PhaseLine: Hashable {
    private struct Phase: Hashable {
        let name: String
        let began: Double
        var ended: Double?
    }

    private var phases: [Phase] = []
    /// The command's clock minus the rollout's, as far as is known.
    private var newestSeconds = 0.0
    /// What the rollout waits for; nil when it does something.
    private(set) var wait: String?

    mutating func apply(_ event: RolloutEvent) {
        newestSeconds = event.elapsedSeconds
        switch event.kind {
        case .phaseBegan:
            endAll(at: event.elapsedSeconds)
            wait = nil
            // The checks before a rollout say something only when they fail.
            guard let name = event.phase, name != "preflight" else { return }
            phases.append(Phase(name: name, began: event.elapsedSeconds))
        case .phaseEnded:
            wait = nil
            guard let index = phases.lastIndex(where: { $0.name == event.phase && $0.ended == nil }) else { return }
            phases[index].ended = event.elapsedSeconds
        case .waiting: wait = event.wait?.waitingFor
        case .ended: endAll(at: event.elapsedSeconds)
        case .progress, .warning, .moment: break
        }
    }

    private mutating func endAll(at seconds: Double) {
        for index in phases.indices where phases[index].ended == nil { phases[index].ended = seconds }
    }

    /// Such as `fetch 0.1  start 0.1  prove 0.6`; the running phase counts up to `elapsed`.
    func text(elapsed: Double) -> String {
        phases.map { phase in
            let end = phase.ended ?? max(elapsed, phase.began)
            return "\(phase.name) \(Words.tenths(end - phase.began))"
        }.joined(separator: "  ")
    }
}
