/// What one sample service does, read once from its environment.
///
/// The README of this target lists every variable with its unit and default.
struct Settings: Sendable {
    /// What the health page answers.
    enum Health: String, Sendable, CaseIterable {
        case ok
        case never
        case badJSON = "bad-json"
        case redirect
        case notFound = "notfound"
        case wrongBody = "wrong-body"
        case slow
    }

    /// Where the service listens.
    enum Listener: Sendable, Equatable {
        case none
        case port(Int)
    }

    /// Where the background worker takes its jobs.
    enum Queue: Sendable, Equatable {
        case directory(String)
        case redis(host: String, port: Int, list: String)
    }

    /// The longest accepted duration, so that a mistyped unit is noticed: one day.
    static let millisecondsMax = 86_400_000

    var version = "dev"
    var host = "127.0.0.1"
    var listener = Listener.none
    var health = Health.ok
    var healthSlow = Duration.seconds(10)
    var smokeFails = false
    var errorRate = 0.0
    var slow = Duration.zero
    var keepAlive = Duration.seconds(5)
    var startDelay = Duration.zero
    var crashAfter: Duration?
    var exitCode: Int32?
    var memoryGrowMiBPerSecond = 0
    var stopDelay = Duration.zero
    var ignoresTerm = false
    var queue: Queue?
    var jobTime = Duration.milliseconds(20)
    var startsActive = true
    /// What must have accepted a connection before the service is well.
    var needs: [HostPort] = []
    /// Every name; a value only where it cannot be a secret.
    var visibleEnvironment: [(name: String, value: String?)] = []

    /// Reads the environment.
    ///
    /// - Throws: ``SettingsError`` with every wrong variable at once.
    init(environment: [String: String]) throws(SettingsError) {
        var reader = VariableReader(environment: environment)
        version = reader.text("SAMPLE_VERSION", default: version)
        host = reader.text("HOST", default: host)
        health = reader.choice("SAMPLE_HEALTH", default: .ok)
        healthSlow = reader.duration("SAMPLE_HEALTH_SLOW_MS", default: healthSlow)
        smokeFails = reader.flag("SAMPLE_SMOKE_FAIL")
        errorRate = reader.share("SAMPLE_ERROR_RATE")
        slow = reader.duration("SAMPLE_SLOW_MS", default: slow)
        keepAlive = reader.duration("SAMPLE_KEEPALIVE_MS", default: keepAlive)
        startDelay = reader.duration("SAMPLE_START_DELAY_MS", default: startDelay)
        crashAfter = reader.optionalDuration("SAMPLE_CRASH_AFTER_MS")
        exitCode = reader.number("SAMPLE_EXIT_CODE", in: 0...255).map(Int32.init)
        memoryGrowMiBPerSecond = reader.number("SAMPLE_MEMORY_GROW_MIB_PER_S", in: 0...4096) ?? 0
        stopDelay = reader.duration("SAMPLE_STOP_DELAY_MS", default: stopDelay)
        ignoresTerm = reader.flag("SAMPLE_IGNORE_TERM")
        jobTime = reader.duration("SAMPLE_JOB_MS", default: jobTime)
        startsActive = environment["TEAL_ACTIVE"] != "0"
        listener = Self.listener(&reader)
        queue = Self.queue(&reader)
        needs = Self.needs(&reader)
        visibleEnvironment = environment.keys.sorted().map { name in
            let shown = name.hasPrefix("SAMPLE_") || name.hasPrefix("TEAL_") || name == "PORT"
            return (name, shown ? environment[name] : nil)
        }
        guard reader.complaints.isEmpty else { throw SettingsError(complaints: reader.complaints) }
    }

    private static func listener(_ reader: inout VariableReader) -> Listener {
        if reader.flag("SAMPLE_NO_HTTP") { return .none }
        let asked = reader.text("SAMPLE_LISTEN", default: "")
        if asked == "no" { return .none }
        if let wrong = asked.droppingPrefix("wrong-port:") {
            if let port = Int(wrong), (1...65_535).contains(port) { return .port(port) }
            reader.complain("SAMPLE_LISTEN", asked, "no or wrong-port:N")
        } else if !asked.isEmpty {
            reader.complain("SAMPLE_LISTEN", asked, "no or wrong-port:N")
        }
        guard let port = reader.number("PORT", in: 1...65_535) else {
            if reader.text("PORT", default: "").isEmpty {
                reader.complain("PORT", "not set", "a port number (or set SAMPLE_NO_HTTP=1)")
            }
            return .none
        }
        return .port(port)
    }

    private static func needs(_ reader: inout VariableReader) -> [HostPort] {
        let places = reader.text("SAMPLE_NEEDS", default: "").split(separator: ",").map(String.init)
        return places.compactMap { place in
            let found = HostPort(place)
            if found == nil { reader.complain("SAMPLE_NEEDS", place, "host:port, several with a comma between them") }
            return found
        }
    }

    private static func queue(_ reader: inout VariableReader) -> Queue? {
        let directory = reader.text("SAMPLE_QUEUE_DIR", default: "")
        let redis = reader.text("SAMPLE_REDIS", default: "")
        if !directory.isEmpty, !redis.isEmpty {
            reader.complain("SAMPLE_REDIS", redis, "nothing beside SAMPLE_QUEUE_DIR")
        }
        if !directory.isEmpty { return .directory(directory) }
        guard !redis.isEmpty else { return nil }
        guard let address = HostPort(redis) else {
            reader.complain("SAMPLE_REDIS", redis, "host:port")
            return nil
        }
        let list = reader.text("SAMPLE_REDIS_LIST", default: "sample")
        return .redis(host: address.host, port: address.port, list: list)
    }
}

/// Variables that could not be understood.
struct SettingsError: Error, Equatable {
    /// One line for each, naming the variable, its value and what is expected; never empty.
    let complaints: [String]
}
