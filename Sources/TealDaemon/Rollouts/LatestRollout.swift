import TealCore
import TealEngine

/// Which rollout is meant when none is named.
enum LatestRollout: Hashable, Sendable {
    case running
    case halted

    /// The one rollout that is meant.
    ///
    /// - Parameters:
    ///   - unended: Rollouts that run or have halted.
    ///   - project: Where to look; nil for the whole host.
    /// - Returns: The rollout; nil when there is none.
    /// - Throws: `rollout.ambiguous` when there are several, since they may be of people who know nothing of each other.
    func choose(from unended: [Rollout], of project: ProjectName?) throws(Problem) -> RolloutID? {
        let fitting = unended.filter { rollout in
            (rollout.outcome == nil) == (self == .running)
                && (project == nil || rollout.services.contains { $0.project == project })
        }
        guard fitting.count > 1 else { return fitting.first?.id }
        throw Problem(
            "rollout.ambiguous",
            "nothing has been changed: \(fitting.count) rollouts \(self == .running ? "are under way" : "have halted")",
            at: fitting.sorted { $0.id < $1.id }.map { rollout in
                let new = rollout.members.map { "\($0.new.id.qualified)" }.joined(separator: ", ")
                return "\(rollout.id) of \(new), begun by \(rollout.author), in \(rollout.phase.rawValue)"
            },
            next: ["Name the one that you mean"]
        )
    }
}
