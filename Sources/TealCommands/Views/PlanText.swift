import TealAPI

/// A plan, for people.
struct PlanText {
    let style: Style

    func lines(_ plan: PlanView) -> [String] {
        let changed = plan.services.filter { !$0.isUnchanged }
        // Where nothing changes there is no environment to name.
        let environment = plan.environment.isEmpty ? "" : " (\(plan.environment))"
        var lines = [style.bold("\(plan.kind.rawValue) of \(plan.project)\(environment)")]
        for service in plan.services { lines += [""] + self.lines(service) }
        lines.append("")
        lines += plan.warnings.map { style.yellow("warning: ") + $0 }
        if let stages = plan.stages {
            lines.append(
                "In \(Words.count(stages.count, "rollout")), each once the one before it is released: "
                    + stages.map { $0.joined(separator: ", ") }.joined(separator: ", then ")
            )
        }
        let memory = changed.compactMap(\.memoryBytesBothSlots)
        if memory.count > 1 { lines.append("Memory while both slots run: up to \(Words.bytes(memory.reduce(0, +)))") }
        lines.append(verdict(plan, changed: changed))
        return lines
    }

    private func lines(_ service: PlannedService) -> [String] {
        let new = service.to.map { "\($0)\(service.slot.map { " in \($0)" } ?? "")" }
        guard let new else {
            if let left = service.left { return lines(left, service) }
            return [style.bold(service.service) + "  unchanged, \(service.from ?? "not released") is left as it is"]
        }
        var lines = [style.bold(service.service) + "  \(service.from ?? "first release") -> \(style.green(new))"]
        func row(_ name: String, _ text: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 13 - name.count)))\(text)")
        }
        row("kind", "\(service.kind), \(service.strategy), \(Words.count(service.replicas, "replica"))")
        row("content", service.content + (service.contentChanged ? "" : "  (same)"))
        if let image = service.image, let text = Self.text(image) { row("", text) }
        for (index, text) in service.configuration.enumerated() { row(index == 0 ? "settings" : "", text) }
        row("environment", Self.text(service.environment))
        if let text = Self.builtIn(service) { row("", style.yellow(text)) }
        row("secrets", Self.text(service.secrets))
        for (index, route) in service.routes.enumerated() {
            row(
                index == 0 ? "routes" : "",
                Self.route(route) + (index == 0 && !service.routesChanged ? "  (same)" : "")
            )
        }
        if let health = service.health { row("health", health) }
        row("memory", memory(service))
        if let downtime = service.downtime {
            row("downtime", style.yellow("expected: \(downtime)"))
        } else {
            row("downtime", "none expected")
        }
        for (index, text) in service.assumed.enumerated() { row(index == 0 ? "assumed" : "", text) }
        return lines
    }

    /// An accessory that has changed and stays as it is.
    private func lines(_ left: LeftAccessory, _ service: PlannedService) -> [String] {
        var lines = [
            style.bold(service.service) + "  "
                + style.yellow("\(left.release) is left as it is, although it has changed: it keeps data")
        ]
        func row(_ name: String, _ text: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 13 - name.count)))\(text)")
        }
        row("runs", service.content)
        for (index, text) in left.changes.enumerated() { row(index == 0 ? "changed" : "", text) }
        row("replacing it", left.downtime)
        row("next", "`\(left.next)`")
        return lines
    }

    /// What variables begin with that build tools write into what browsers and phones get.
    private static let builtInPrefixes = ["EXPO_PUBLIC_", "GATSBY_", "NEXT_PUBLIC_", "REACT_APP_", "VITE_", "VUE_APP_"]

    /// That a change of such variables comes to nothing with the same image; nil where nothing of the kind is done.
    static func builtIn(_ service: PlannedService) -> String? {
        guard service.from != nil, !service.contentChanged else { return nil }
        let changed = (service.environment.added + service.environment.changed + service.environment.removed)
            .filter { name in builtInPrefixes.contains { name.hasPrefix($0) } }
        guard !changed.isEmpty else { return nil }
        let names = changed.sorted().joined(separator: ", ")
        return "\(names): built into the image, which is the same, so browsers keep the old value; build it anew"
    }

    /// How an image was found; nil where that goes without saying.
    static func text(_ image: PlannedImage) -> String? {
        switch image.found {
        case .registry: "as the registry has it now"
        case .host:
            "the copy on this host; whether the registry has a newer one is not known"
                + (image.because.map { ": \($0)" } ?? "")
        // That it was never pushed is part of its name.
        case .hostOnly, .recorded: nil
        }
    }

    /// A route in the words of the status.
    private static func route(_ text: String) -> String {
        guard text.hasPrefix("*/") else { return text }
        let path = text.dropFirst()
        return path == "/" ? "every host" : "every host \(path.hasPrefix("/ ") ? path.dropFirst(2) : path)"
    }

    private func memory(_ service: PlannedService) -> String {
        guard let one = service.memoryBytesPerSlot, let both = service.memoryBytesBothSlots else {
            return "no limit is set, so both slots together are not known"
        }
        return "\(Words.bytes(one)) a slot, \(Words.bytes(both)) while both run"
    }

    private func verdict(_ plan: PlanView, changed: [PlannedService]) -> String {
        if !plan.problems.isEmpty {
            return style.red("This cannot begin now: \(Words.count(plan.problems.count, "problem")), see below.")
        }
        guard !changed.isEmpty else { return "Nothing to do." }
        let gap = changed.contains { $0.downtime != nil }
        return "Nothing has been changed. "
            + (gap ? style.yellow("Users would notice a gap.") : "Users would notice nothing.")
    }

    /// Names by what happens to them; long lists of unchanged ones are counted.
    static func text(_ keys: PlannedKeys) -> String {
        var parts: [String] = []
        if !keys.added.isEmpty { parts.append("new " + keys.added.joined(separator: ", ")) }
        if !keys.changed.isEmpty { parts.append("changed " + keys.changed.joined(separator: ", ")) }
        if !keys.removed.isEmpty { parts.append("gone " + keys.removed.joined(separator: ", ")) }
        switch keys.unchanged.count {
        case 0: break
        case 1...6: parts.append("same " + keys.unchanged.joined(separator: ", "))
        case let count: parts.append("\(count) the same")
        }
        return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }
}
