import TealCore

extension ServiceDecoding {
    /// What concerns the rollout: drain, watch, switch, timeouts, migration, hooks and what is kept.
    func decodeReleasePolicies(_ spec: inout ServiceSpec) {
        decodeDrain(&spec.drain)
        decodeWatch(&spec.watch)
        decodeTimeouts(&spec.timeouts)
        spec.switchWhen = switchWhen(within: spec.timeouts)
        spec.migrate = migrate(timeouts: spec.timeouts)
        spec.hooks = hooks()
        if let keep = section.section("keep") {
            spec.keep.releases = keep.integer("releases") ?? spec.keep.releases
            spec.keep.standby = keep.duration("standby") ?? spec.keep.standby
        }
        if let node = section.node("currentEnvFile"), let path = section.text("currentEnvFile") {
            if path.hasPrefix("/") {
                spec.currentEnvFile = path
            } else {
                findings.add(
                    .value,
                    on: node,
                    "`currentEnvFile` must be an absolute path, not '\(Phrase.short(path))'",
                    section.example("currentEnvFile")
                )
            }
        }
        if spec.health.deadline >= spec.timeouts.rollout {
            let place = section.node("health") ?? section.node("timeouts")
            findings.add(
                .conflict,
                at: place?.keyPlace ?? section.place,
                key: place?.key ?? section.key,
                """
                the health deadline of \(DurationText.text(spec.health.deadline)) does not fit into the rollout's \
                \(DurationText.text(spec.timeouts.rollout))
                """,
                "Lower `health.deadline` or raise `timeouts.rollout`."
            )
        }
    }

    private func decodeDrain(_ policy: inout DrainPolicy) {
        guard let drain = section.section("drain") else { return }
        policy.requests = drain.duration("requests") ?? policy.requests
        policy.upgraded = drain.duration("upgraded") ?? policy.upgraded
    }

    private func decodeWatch(_ policy: inout WatchPolicy) {
        guard let watch = section.section("watch") else { return }
        policy.window = watch.duration("window") ?? policy.window
        policy.warmUp = watch.duration("warmUp") ?? (policy.window < policy.warmUp * 2 ? .zero : policy.warmUp)
        policy.requestsMin = watch.integer("requestsMin") ?? policy.requestsMin
        policy.errorShareMax = watch.share("errorShareMax") ?? policy.errorShareMax
        policy.clientErrorShareMax = watch.share("clientErrorShareMax") ?? policy.clientErrorShareMax
        policy.latencyFactorMax = watch.number("latencyFactorMax") ?? policy.latencyFactorMax
        policy.latencyFloor = watch.duration("latencyFloor") ?? policy.latencyFloor
        policy.syntheticPerSecond = watch.integer("syntheticPerSecond") ?? policy.syntheticPerSecond
        if policy.window > .zero, policy.warmUp >= policy.window {
            watch.reportConflict(
                "warmUp",
                """
                a warm-up of \(DurationText.text(policy.warmUp)) leaves nothing of the window of \
                \(DurationText.text(policy.window))
                """,
                "Lower `warmUp` or raise `window`."
            )
        }
    }

    private func decodeTimeouts(_ timeouts: inout PhaseTimeouts) {
        guard let item = section.section("timeouts") else { return }
        timeouts.rollout = item.duration("rollout") ?? timeouts.rollout
        let phases: [(String, WritableKeyPath<PhaseTimeouts, Duration>)] = [
            ("fetch", \.fetch), ("migrate", \.migrate), ("start", \.start), ("smoke", \.smoke), ("switch", \.switching),
        ]
        for (key, path) in phases {
            if let duration = item.duration(key) {
                timeouts[keyPath: path] = duration
            } else if timeouts[keyPath: path] > timeouts.rollout {
                // A short rollout shortens the phases that nothing was said about.
                timeouts[keyPath: path] = timeouts.rollout
            }
            if timeouts[keyPath: path] > timeouts.rollout {
                item.reportConflict(
                    key,
                    """
                    `\(key)` may take \(DurationText.text(timeouts[keyPath: path])), longer than the rollout's \
                    \(DurationText.text(timeouts.rollout))
                    """,
                    "Lower it, or raise `timeouts.rollout`."
                )
            }
        }
    }

    private func switchWhen(within timeouts: PhaseTimeouts) -> SwitchWhen {
        guard let node = section.node("switchWhen") else { return .atOnce }
        guard node.entries != nil else {
            if let text = section.text("switchWhen"), text != "at-once" {
                section.reportValue(
                    node,
                    for: "switchWhen",
                    "Write `switchWhen: {quiet: 10, limit: 5m}`, or `at-once`."
                )
            }
            return .atOnce
        }
        guard let item = section.section("switchWhen") else { return .atOnce }
        let limit = item.duration("limit") ?? .seconds(300)
        guard item.has("quiet") else {
            item.reportMissing("quiet")
            return .atOnce
        }
        guard let quiet = item.integer("quiet") else { return .atOnce }
        if limit >= timeouts.rollout {
            item.reportConflict(
                "limit",
                """
                waiting up to \(DurationText.text(limit)) does not fit into the rollout's \
                \(DurationText.text(timeouts.rollout))
                """,
                "Lower `limit` or raise `timeouts.rollout`."
            )
        }
        return .quiet(upgradedMax: quiet, limit: limit)
    }

    private func migrate(timeouts: PhaseTimeouts) -> OnceCommand? {
        guard let node = section.node("migrate") else { return nil }
        guard node.entries != nil else {
            return section.command("migrate").map { OnceCommand(command: $0, timeout: timeouts.migrate) }
        }
        guard let item = section.section("migrate") else { return nil }
        let timeout = item.duration("timeout") ?? timeouts.migrate
        guard item.has("command") else {
            item.reportMissing("command")
            return nil
        }
        return item.command("command").map { OnceCommand(command: $0, timeout: timeout) }
    }

    private func hooks() -> [Hook] {
        var hooks: [Hook] = []
        for node in section.list("hooks") {
            guard let item = section.section(of: node, for: "hooks") else { continue }
            for key in ["name", "at", "run"] where !item.has(key) { item.reportMissing(key) }
            let name = item.checkedName("name", as: HookKind.self)?.description
            let point: Hook.Point? = item.choice("at")
            let command = item.command("run")
            let timeout = item.duration("timeout") ?? .seconds(600)
            guard let name, let point, let command else { continue }
            if hooks.contains(where: { $0.name == name }) {
                findings.add(
                    .conflict,
                    on: item.node("name") ?? node,
                    "two hooks are named \(name)",
                    "Give one of them another name."
                )
            }
            hooks.append(Hook(name: name, point: point, run: OnceCommand(command: command, timeout: timeout)))
        }
        return hooks
    }
}

/// Tells names of hooks apart from other names.
enum HookKind {}
