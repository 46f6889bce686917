import TealAPI

/// Releases and rollouts of the past, for people.
struct HistoryText {
    let style: Style

    func lines(_ list: ReleaseList) -> [String] {
        guard !list.releases.isEmpty else { return ["No release has been recorded."] }
        var table = TextTable(header: ["RELEASE", "STATE", "CREATED", "BY", "COMMIT", "CONTENT", "BACK"])
        for release in list.releases {
            table.add(
                release.release,
                Self.text(release),
                WallClock.text(release.createdAt),
                release.author,
                release.gitCommit.map { String($0.prefix(10)) } ?? "-",
                Words.shortHash(release.content),
                release.restorable ? "yes" : "no"
            )
        }
        var lines = table.lines()
        lines[0] = style.dim(lines[0])
        // What went wrong is too long for a column.
        for release in list.releases {
            if let because = release.because { lines.append("  \(release.release): \(because)") }
        }
        return lines
    }

    func lines(_ list: RolloutList) -> [String] {
        guard !list.rollouts.isEmpty else { return ["No rollout has been recorded."] }
        var table = TextTable(header: ["ROLLOUT", "KIND", "SERVICES", "STARTED", "TOOK", "BY", "OUTCOME"])
        for rollout in list.rollouts {
            table.add(
                rollout.id,
                rollout.kind.rawValue,
                rollout.services.isEmpty
                    ? "-" : rollout.services.map { "\($0.from ?? "none") -> \($0.to)" }.joined(separator: ", "),
                WallClock.text(rollout.startedAt),
                Words.seconds(rollout.elapsedSeconds),
                rollout.author,
                Self.text(rollout.outcome.state)
            )
        }
        var lines = table.lines()
        lines[0] = style.dim(lines[0])
        for rollout in list.rollouts {
            if let because = rollout.outcome.because { lines.append("  \(rollout.id): \(because)") }
        }
        return lines
    }

    private static func text(_ release: ReleaseView) -> String {
        switch release.state {
        case .keptOut: "kept out"
        // A release that ended well has no reason of its own: a person rolled back from it later.
        case .takenBack: release.because == nil ? "rolled back" : "taken back"
        case .active, .standby, .rolling, .former: release.state.rawValue
        }
    }

    /// The same words as at the end of a deploy.
    private static func text(_ state: RolloutOutcome.State) -> String {
        switch state {
        case .kept: "kept out"
        case .reverted: "taken back"
        case .running, .released, .settled, .halted: state.rawValue
        }
    }
}
