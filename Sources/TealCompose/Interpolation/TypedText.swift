/// Texts that stand for a value of another type: what a variable held, or what was written in quotes.
enum TypedText: Sendable {
    case whole
    case number
    case flag

    func content(_ text: String) -> ComposeNode.Content? {
        switch self {
        case .whole: Self.whole(text).map { .int($0) }
        case .number: Self.number(text).map { .float($0) }
        case .flag: Self.flag(text).map { .bool($0) }
        }
    }

    /// What is asked for, in words.
    var name: String {
        switch self {
        case .whole: "a whole number"
        case .number: "a number"
        case .flag: "`true` or `false`"
        }
    }

    static func whole(_ text: String) -> Int? {
        guard text.wholeMatch(of: #/[-+]?[0-9]+/#) != nil else { return nil }
        return Int(text)
    }

    static func number(_ text: String) -> Double? {
        guard text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil else { return nil }
        return Double(text.replacing(#/\.(?=[eE]|$)/#, with: "").replacing(#/^\+/#, with: ""))
    }

    /// YAML 1.1's words too, which the specification still takes here.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "y", "yes", "on": true
        case "false", "n", "no", "off": false
        default: nil
        }
    }

    /// The keys that take a value of another type than text; after the table of the reference implementation.
    static let keys: PatternTable<TypedText> = [
        "services.*.cpu_count": .whole,
        "services.*.cpu_percent": .number,
        "services.*.cpu_period": .whole,
        "services.*.cpu_quota": .whole,
        "services.*.cpu_rt_period": .whole,
        "services.*.cpu_rt_runtime": .whole,
        "services.*.cpus": .number,
        "services.*.cpu_shares": .whole,
        "services.*.init": .flag,
        "services.*.deploy.replicas": .whole,
        "services.*.deploy.update_config.parallelism": .whole,
        "services.*.deploy.update_config.max_failure_ratio": .number,
        "services.*.deploy.rollback_config.parallelism": .whole,
        "services.*.deploy.rollback_config.max_failure_ratio": .number,
        "services.*.deploy.restart_policy.max_attempts": .whole,
        "services.*.deploy.placement.max_replicas_per_node": .whole,
        "services.*.healthcheck.retries": .whole,
        "services.*.healthcheck.disable": .flag,
        "services.*.oom_kill_disable": .flag,
        "services.*.oom_score_adj": .whole,
        "services.*.pids_limit": .whole,
        "services.*.ports.[].target": .whole,
        "services.*.privileged": .flag,
        "services.*.read_only": .flag,
        "services.*.scale": .whole,
        "services.*.stdin_open": .flag,
        "services.*.tty": .flag,
        "services.*.ulimits.*": .whole,
        "services.*.ulimits.*.hard": .whole,
        "services.*.ulimits.*.soft": .whole,
        "services.*.volumes.[].read_only": .flag,
        "services.*.volumes.[].volume.nocopy": .flag,
        "networks.*.external": .flag,
        "networks.*.internal": .flag,
        "networks.*.attachable": .flag,
        "networks.*.enable_ipv4": .flag,
        "networks.*.enable_ipv6": .flag,
        "volumes.*.external": .flag,
        "secrets.*.external": .flag,
        "configs.*.external": .flag,
    ]
}
