import TealAPI

/// An adoption, for people.
struct AdoptText {
    let style: Style

    /// What was found and what would be recorded.
    func lines(_ view: AdoptView) -> [String] {
        var lines = [style.bold("adopt of \(view.project) (\(view.environment))")]
        for service in view.services { lines += [""] + self.lines(service) }
        if !view.absent.isEmpty {
            lines += ["", "not found, and not asked for by name: \(view.absent.joined(separator: ", "))"]
        }
        lines.append("")
        lines.append(verdict(view))
        return lines
    }

    /// What was done.
    func done(_ view: AdoptView) -> [String] {
        let fresh = view.services.filter { !$0.already }
        var lines = fresh.map { service in
            let names = service.containers.filter(\.isActive).map(\.name).joined(separator: ", ")
            return style.green("adopted \(names) as \(service.release)")
        }
        lines += view.warnings.map { style.yellow("warning: ") + $0 }
        lines.append("Nothing was restarted. See it with `teal status`; release with `teal deploy`.")
        return lines
    }

    private func verdict(_ view: AdoptView) -> String {
        let fresh = view.services.filter { !$0.already }
        if !view.problems.isEmpty {
            return "Nothing can be adopted as it is: \(Words.count(view.problems.count, "problem"))."
        }
        if fresh.isEmpty { return "All of it is adopted already." }
        return "\(Words.count(fresh.count, "service")) can be adopted; nothing is restarted for it."
    }

    private func lines(_ service: AdoptedServiceView) -> [String] {
        guard !service.already else {
            return [style.bold(service.service) + "  \(service.release) is adopted already"]
        }
        var lines = [style.bold(service.service) + "  \(service.kind) -> \(style.green(service.release))"]
        func rows(_ name: String, _ texts: [String], _ paint: (String) -> String = { $0 }) {
            for (index, text) in texts.enumerated() {
                let head = index == 0 ? name : ""
                lines.append("  \(head)\(String(repeating: " ", count: max(1, 13 - head.count)))\(paint(text))")
            }
        }
        for container in service.containers {
            rows(
                container.isActive ? "active" : "standby",
                ["\(container.name) (\(container.id)) in \(container.slot), \(container.release), \(container.state)"]
            )
            rows("  image", ["\(container.image) \(style.dim(container.digest))"])
            rows("  address", [container.address ?? "none while it does not run"])
            rows("  ports", container.ports)
            if !container.networks.isEmpty { rows("  networks", [container.networks.joined(separator: ", ")]) }
            if !container.environment.isEmpty {
                rows("  variables", [container.environment.joined(separator: ", ")])
            }
            rows("  restart", [container.restartPolicy])
        }
        rows("known by", service.evidence)
        rows("health", [service.health])
        rows("now", service.changes)
        rows("later", service.later)
        rows("gap", service.gaps, style.yellow)
        rows("note", service.notes)
        return lines
    }
}
