import TealAPI
import TealCore

/// How a rollout stands or ended, for people.
struct RolloutText {
    let style: Style

    /// The lines after a rollout was watched; problems are written apart.
    func ending(_ view: RolloutView) -> [String] {
        switch view.outcome.state {
        case .running:
            guard let moment = view.moments.last?.moment else {
                return ["\(view.id) goes on\(view.phase.map { " in \($0)" } ?? "")"]
            }
            return success(view, reached: moment.rawValue)
        case .released, .settled: return success(view, reached: view.outcome.state.rawValue)
        case .kept, .reverted, .halted: return failure(view)
        }
    }

    /// The line before the way back of a rollout is watched.
    func takingBack(_ view: RolloutView) -> String {
        let new = view.services.map(\.to).joined(separator: ", ")
        let old = view.services.compactMap(\.from).joined(separator: ", ")
        return "\(view.id) is taken back: "
            + (old.isEmpty ? "\(new) goes, and nothing ran before it" : "\(old) serves instead of \(new)")
    }

    /// The lines after a rollout was taken back because that was asked for.
    func takenBack(_ view: RolloutView) -> [String] {
        let new = view.services.map(\.to).joined(separator: ", ")
        let old = view.services.compactMap(\.from).joined(separator: ", ")
        let hadUsers = view.outcome.state == .reverted || view.moments.contains { $0.moment == .switched }
        let word = style.green(style.bold(hadUsers ? "rolled back" : "kept out"))
        let after =
            old.isEmpty
            ? "nothing ran before \(new)" : "\(old) serves \(hadUsers ? "again" : "as before") instead of \(new)"
        var lines = ["\(word)  \(after)"] + outages(view) + counts(view.counters)
        if !view.outcome.hasEnded {
            lines.append("  the daemon goes on to remove \(new) by itself; see it with `teal attach \(view.id)`")
        }
        return lines
    }

    private func success(_ view: RolloutView, reached: String) -> [String] {
        guard !view.services.isEmpty else {
            return [
                view.left == nil
                    ? "Nothing to do: every service named runs this release already."
                    : "Nothing to do: what has changed is an accessory's, and that is left as it is."
            ]
        }
        let moments = view.moments.map { "\($0.moment.rawValue) after \(Words.seconds($0.seconds))" }
        var lines = [
            style.green(style.bold(reached)) + "  "
                + view.services.map { service in
                    service.from.map { "\(service.to) took over from \($0)" } ?? "\(service.to) is the first release"
                }.joined(separator: ", ")
        ]
        if !moments.isEmpty { lines.append("  \(moments.joined(separator: ", "))") }
        lines += gaps(view) + outages(view) + counts(view.counters)
        if !view.outcome.hasEnded {
            lines.append("  the daemon goes on to settle by itself; see it with `teal attach \(view.id)`")
        }
        if view.kind != .rollback, view.services.contains(where: { $0.from != nil }) {
            let name = view.services.count == 1 ? " " + view.services[0].service : ""
            lines.append("  back with `teal rollback\(name)`")
        }
        return lines
    }

    private func failure(_ view: RolloutView) -> [String] {
        let state: String =
            switch view.outcome.state {
            case .kept: "kept out"
            case .reverted: "taken back"
            default: view.outcome.state.rawValue
            }
        let new = view.services.map(\.to).joined(separator: ", ")
        var line = style.red(style.bold(state)) + "  \(new) after \(Words.seconds(view.elapsedSeconds))"
        if view.outcome.state == .halted { line += "; both slots are kept, and the lock is free" }
        return [line] + gaps(view) + outages(view) + counts(view.counters)
    }

    /// For how long accessories were away while they were replaced.
    private func gaps(_ view: RolloutView) -> [String] {
        (view.gaps ?? []).map { gap in
            let length = Words.seconds(gap.seconds)
            return gap.isOver
                ? "  \(gap.service) was away for \(length), from before it was told to stop until it was ready"
                : "  " + style.red("\(gap.service) has been away for \(length) and is not ready yet")
        }
    }

    /// Whatever the rollout's end, who had no answer meanwhile is told first.
    private func outages(_ view: RolloutView) -> [String] {
        view.outages.map { outage in
            let length = Words.seconds(outage.seconds)
            if let port = outage.port {
                let who = "users of \(outage.service) had no answer at port \(port) of the host for \(length)"
                return "  " + style.red("\(who), while it passed from its container to the proxy")
            }
            let text =
                outage.isOver
                ? "users of \(outage.service) had no answer for \(length) meanwhile, since none of its replicas could be reached"
                : "users of \(outage.service) have had no answer for \(length): none of its replicas can be reached"
            return "  " + style.red(text)
        }
    }

    private func counts(_ counters: RolloutCounters) -> [String] {
        var lines: [String] = []
        if counters.watchedReal + counters.watchedSynthetic > 0 {
            lines.append("  watched: \(counters.watchedReal) real, \(counters.watchedSynthetic) synthetic")
        }
        let cut = counters.cutRequests + counters.cutUpgraded
        if counters.drained + cut > 0 {
            let ended = "  drained: \(counters.drained) ended in time"
            let requests = Words.count(counters.cutRequests, "request")
            let upgraded = Words.count(counters.cutUpgraded, "upgraded connection")
            lines.append(cut == 0 ? ended : ended + ", \(requests) and \(upgraded) cut at the limit")
        }
        return lines
    }
}
