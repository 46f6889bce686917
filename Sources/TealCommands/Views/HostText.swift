import TealAPI

/// Probes, removals and findings, for people.
struct HostText {
    let style: Style

    func lines(_ health: HealthView) -> [String] {
        guard !health.services.isEmpty else { return ["Nothing has been released, so there is nothing to probe."] }
        var lines: [String] = []
        for service in health.services {
            lines.append(style.bold(service.service) + "  \(service.release ?? "nothing is active")")
            if service.probes.isEmpty, service.release != nil { lines.append("  nothing to probe") }
            var table = TextTable()
            for probe in service.probes {
                let latency = probe.latencySeconds.map(Words.latency) ?? ""
                table.add(probe.passed ? "+" : "x", probe.target, latency, probe.text)
            }
            lines += zip(service.probes, table.lines(indent: 2)).map { $0.passed ? $1 : style.red($1) }
        }
        return lines
    }

    func lines(_ prune: PruneView) -> [String] {
        guard !prune.items.isEmpty else {
            return ["Nothing to remove: every release that is kept needs what is there."]
        }
        var table = TextTable()
        for item in prune.items { table.add(item.what, item.sizeBytes.map(Words.bytes) ?? "", item.why) }
        let sizes = prune.items.compactMap(\.sizeBytes)
        let total = sizes.isEmpty ? "" : ", " + Words.bytes(sizes.reduce(0, +))
        let verb = prune.applied ? "Removed" : "Would remove"
        return table.lines(indent: 2) + ["\(verb) \(Words.count(prune.items.count, "thing"))\(total)."]
    }

    func lines(_ doctor: DoctorView) -> [String] {
        var lines: [String] = []
        for check in doctor.checks {
            let isBad = check.findings.contains { $0.severity == .error }
            let isUnseen = check.verdict == .unseen
            let well = isUnseen ? style.yellow("?") : style.green("+")
            let mark = check.findings.isEmpty ? well : isBad ? style.red("x") : style.yellow("!")
            let word = check.verdict.map { ": \(Self.words($0))" } ?? ""
            lines.append("\(mark) \(check.name)\(word)\(check.because.map { ", because \($0)" } ?? "")")
            for finding in check.findings {
                lines.append(
                    "    \(finding.severity == .error ? style.red("error") : style.yellow("warning")): \(finding.text)"
                )
                if let fix = finding.fix { lines.append("    \(doctor.fixed ? "still to do" : "--fix would"): \(fix)") }
                lines += finding.next.map { "    next: \($0)" }
            }
        }
        let findings = doctor.checks.flatMap(\.findings).count
        let unseen = doctor.checks.count { $0.verdict == .unseen }
        let verdict =
            switch (findings, doctor.checks.count) {
            case (0, 0): "Nothing was checked."
            case (0, let count) where unseen > 0:
                "\(Words.count(count - unseen, "check")) passed; of \(unseen) not everything can be seen."
            case (0, 1): "The check passed."
            case (0, let count): "All \(count) checks passed."
            case (_, let count): "\(Words.count(findings, "finding")) in \(Words.count(count, "check"))."
            }
        lines.append(verdict)
        return lines
    }

    private static func words(_ verdict: DoctorCheck.Verdict) -> String {
        switch verdict {
        case .held: "held"
        case .broken: "broken"
        case .unseen: "cannot be seen here"
        }
    }

    func line(_ entry: LogEntry, withTime: Bool) -> String {
        let time = withTime ? style.dim(WallClock.timeOfDay(entry.time)) + " " : ""
        let source = style.blue("\(entry.replica) \(entry.release)")
        return "\(time)\(source)  \(entry.isError ? style.yellow(entry.text) : entry.text)"
    }
}
