import TealEngine

/// When, and as what, followers of a rollout are told of a note.
enum NoteTelling: Hashable, Sendable {
    /// Now; nothing comes after an end.
    case now(isEnd: Bool)
    /// Once its services are free, so that the next command is not refused as busy.
    case later
    /// It had halted there, and a person let it go on.
    case passedHalt

    /// - Parameters:
    ///   - note: What happened.
    ///   - isNewest: Whether nothing is known to have happened after it.
    ///   - isRunning: Whether the rollout holds its services because it is under way.
    ///   - outcome: How the rollout stands now.
    init(_ note: RolloutNote, isNewest: Bool, isRunning: Bool, outcome: Outcome?) {
        switch note {
        case .ended(.halted) where !isNewest || isRunning && outcome == nil: self = .passedHalt
        case .ended: self = isRunning ? .later : .now(isEnd: true)
        case .moment(.settled): self = isRunning ? .later : .now(isEnd: false)
        default: self = .now(isEnd: false)
        }
    }
}
