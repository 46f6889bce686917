import TealAPI

/// What a watcher knows of a rollout, gathered from its events.
struct WatchState: Hashable, Sendable {
    /// A phase that began.
    struct PhaseState: Hashable, Sendable {
        let name: String
        let beganSeconds: Double
        var endedSeconds: Double?
        /// The newest progress in it.
        var note: String?
    }

    /// The most warnings that are kept for the block.
    static let warningsMax = 4

    private(set) var view: RolloutView
    private(set) var phases: [PhaseState] = []
    private(set) var wait: RolloutWait?
    private(set) var warnings: [String] = []
    private(set) var moments: [ReachedMoment] = []
    private(set) var outcome: RolloutOutcome?
    /// Since the rollout began, at the newest event.
    private(set) var elapsedSeconds: Double
    /// Why the connection is lost; nil while it holds.
    var connectionLost: String?

    init(_ view: RolloutView) {
        self.view = view
        elapsedSeconds = 0
    }

    mutating func apply(_ event: RolloutEvent) {
        elapsedSeconds = max(elapsedSeconds, event.elapsedSeconds)
        switch event.kind {
        case .phaseBegan:
            endPhases(at: event.elapsedSeconds)
            wait = nil
            guard let phase = event.phase else { return }
            phases.append(PhaseState(name: phase, beganSeconds: event.elapsedSeconds))
        case .phaseEnded:
            wait = nil
            guard let index = phases.lastIndex(where: { $0.name == event.phase }) else { return }
            phases[index].endedSeconds = event.elapsedSeconds
        case .waiting: wait = event.wait
        case .progress: note(event)
        case .warning:
            warnings.append(event.text)
            if warnings.count > Self.warningsMax { warnings.removeFirst() }
        case .moment:
            // What was waited for has come, even when its phase goes on.
            wait = nil
            if let moment = event.moment { moments.append(ReachedMoment(moment, seconds: event.elapsedSeconds)) }
        case .ended:
            endPhases(at: event.elapsedSeconds)
            wait = nil
            outcome = event.outcome
        }
    }

    private mutating func note(_ event: RolloutEvent) {
        let index = phases.lastIndex { $0.name == event.phase } ?? phases.indices.last
        guard let index else { return }
        phases[index].note = event.service.map { "\($0): \(event.text)" } ?? event.text
    }

    private mutating func endPhases(at seconds: Double) {
        for index in phases.indices where phases[index].endedSeconds == nil { phases[index].endedSeconds = seconds }
    }
}
