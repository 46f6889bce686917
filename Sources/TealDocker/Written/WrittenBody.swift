import TealCore

/// What the Engine is told of a container that somebody wrote down (`POST /containers/create`).
struct WrittenBody: Sendable {
    let plan: ContainerPlan
    let written: WrittenContainer

    init(_ plan: ContainerPlan, _ written: WrittenContainer) {
        self.plan = plan
        self.written = written
    }

    var spec: ServiceSpec { plan.release.spec }
    var joinsProject: Bool { written.joinsProject(takingTraffic: spec.takesTraffic) }

    func json(labels: [String: String]) -> JSONValue {
        var all = written.labels
        all.merge(labels) { $1 }
        all[ContainerLabels.written] = stamp.text
        if !plan.aliases.isEmpty { all[ContainerLabels.alias] = plan.aliases.joined(separator: " ") }
        var body: [String: JSONValue] = [
            "Image": .string(plan.image),
            "Env": JSONValue(plan.environment),
            "Labels": JSONValue(all),
            // Always named: a kill with any other signal then leaves the restart policy alone.
            "StopSignal": .string(stopSignal),
            "StopTimeout": .int(plan.stopSeconds),
            "HostConfig": .object(hostConfig),
        ]
        body.merge(program) { $1 }
        body.merge(names) { $1 }
        if written.hasTerminal { body["Tty"] = true }
        if written.opensInput { body["OpenStdin"] = true }
        if let healthcheck { body["Healthcheck"] = healthcheck }
        if !exposedPorts.isEmpty { body["ExposedPorts"] = .object(exposedPorts) }
        if let first = endpoints.first {
            body["NetworkingConfig"] = ["EndpointsConfig": .object([first.name: first.config])]
        }
        return .object(body)
    }

    // MARK: Program

    /// `Entrypoint`, `Cmd`, `WorkingDir` and `User`.
    private var program: [String: JSONValue] {
        var program: [String: JSONValue] = [:]
        let command = plan.isOnce ? plan.command : written.command
        if let entrypoint = written.entrypoint {
            // One that is empty takes the image's away.
            program["Entrypoint"] = JSONValue(entrypoint.isEmpty ? [""] : entrypoint)
        } else if let command, command.isEmpty, !plan.facts.entrypoint.isEmpty {
            // Only beside a program that is said is no command none: otherwise the image's is taken.
            program["Entrypoint"] = JSONValue(plan.facts.entrypoint)
        }
        if let command, !command.isEmpty { program["Cmd"] = JSONValue(command) }
        if let directory = written.workingDirectory { program["WorkingDir"] = .string(directory) }
        if let user = written.user { program["User"] = .string(user) }
        return program
    }

    private var stopSignal: String {
        let signal = written.stopSignal ?? plan.facts.stopSignal ?? "TERM"
        // By name or by number.
        return Int(signal) != nil || signal.hasPrefix("SIG") ? signal : "SIG" + signal
    }

    // MARK: Health

    /// The check that is written, or the image's; as for Teal's own containers it judges nobody before the gate's deadline.
    private var healthcheck: JSONValue? {
        let gate = spec.health
        let hasCheck = written.healthcheck.map { !$0.isOff } ?? (plan.facts.healthcheck != nil)
        if plan.isOnce || gate.check == .off || !hasCheck {
            return plan.facts.healthcheck == nil ? nil : ["Test": ["NONE"]]
        }
        var settings =
            written.healthcheck.map { Self.settings($0, image: plan.facts) } ?? plan.facts.healthcheckSettings
        settings["StartPeriod"] = .int(max(settings["StartPeriod"]?.int ?? 0, gate.deadline.wholeNanoseconds))
        return .object(settings)
    }

    /// `Healthcheck`, durations in nanoseconds.
    static func settings(_ check: WrittenHealthcheck, image: ImageFacts) -> [String: JSONValue] {
        // One without a test of its own is the image's at another pace.
        var settings = check.test.isEmpty ? image.healthcheckSettings : ["Test": JSONValue(check.test)]
        func set(_ name: String, _ span: Duration?) {
            if let span { settings[name] = .int(span.wholeNanoseconds) }
        }
        set("Interval", check.interval)
        set("Timeout", check.timeout)
        set("StartPeriod", check.startPeriod)
        set("StartInterval", check.startInterval)
        if let retries = check.retries { settings["Retries"] = .int(retries) }
        return settings
    }
}

extension Duration {
    /// Without what is less than one.
    var wholeNanoseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    }
}
