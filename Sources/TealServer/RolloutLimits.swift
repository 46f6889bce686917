import TealAPI
import TealCore

/// What a rollout may ask for at most: numbers that the daemon calculates with are checked before they get there.
enum RolloutLimits {
    /// - Throws: `api.malformed` with the place of the first value that is out of its range.
    static func check(_ request: RolloutRequest) throws(Problem) {
        let wait = request.options.waitSeconds
        guard wait >= 0, wait <= APILimits.waitSecondsMax else {
            throw APIProblem.malformed(
                "'options.waitSeconds' is not a number from 0 to \(Int(APILimits.waitSecondsMax))"
            )
        }
        try check(author: request.options.author, at: "options.author")
        switch request.order {
        case .deploy(let order):
            try check(count: order.services.count, in: 1...APILimits.servicesMax, at: "\(request.kind).services")
            for service in order.services {
                try check(service.spec, at: "\(request.kind).services.\(service.spec.name)")
            }
        case .rollback(let order):
            if let release = order.release { try check(count: release, in: 1...Int.max, at: "\(request.kind).release") }
            guard order.release == nil || order.service != nil else {
                throw APIProblem.malformed("'rollback.release' needs 'rollback.service'")
            }
        case .scale(let order):
            // How many replicas there may be is the daemon's to say, in words for people.
            try check(count: order.replicas.count, in: 1...APILimits.servicesMax, at: "\(request.kind).replicas")
        }
    }

    /// - Throws: `api.malformed` with the place of the first value of a source that is out of its range.
    static func check(_ source: GitSource, at place: String) throws(Problem) {
        try check(count: source.commands.count, in: 0...APILimits.buildCommandsMax, at: "\(place).commands")
        try check(count: source.artifactBytesMax, in: 1...APILimits.artifactBytesMax, at: "\(place).artifactBytesMax")
        try check(count: source.diskBytesMax, in: 1...APILimits.sizeBytesMax, at: "\(place).diskBytesMax")
        guard source.timeout > .zero, source.timeout <= APILimits.buildTimeMax else {
            throw APIProblem.malformed(
                "'\(place).timeout' is not a time up to \(APILimits.buildTimeMax.components.seconds) s"
            )
        }
        for (name, path) in [("directory", source.directory ?? "."), ("output", source.output)]
        where !GitSource.isBelow(path) {
            throw APIProblem.malformed("'\(place).\(name)' is not a path below its directory")
        }
        let names = Array(source.environment.keys) + source.secrets
        guard names.allSatisfy({ EnvironmentVariableName.isFit($0) && !$0.hasPrefix("TEAL_") }) else {
            throw APIProblem.malformed("'\(place)' has a variable whose name is not fit for one")
        }
        guard (source.commands.flatMap(\.self) + source.environment.values).allSatisfy({ !$0.utf8.contains(0) }),
            source.commands.allSatisfy({ $0.first?.isEmpty == false })
        else { throw APIProblem.malformed("'\(place)' has a command without a program, or a NUL") }
    }

    static func check(author: String, at place: String) throws(Problem) {
        guard author.utf8.count <= APILimits.authorBytesMax, author.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw APIProblem.malformed(
                "'\(place)' is not one line of at most \(APILimits.authorBytesMax) bytes"
            )
        }
    }

    private static func check(count: Int, in range: ClosedRange<Int>, at place: String) throws(Problem) {
        guard range.contains(count) else {
            throw APIProblem.malformed("'\(place)' is not from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private static func check(_ spec: ServiceSpec, at place: String) throws(Problem) {
        try check(count: spec.replicas, in: 1...APILimits.replicasMax, at: "\(place).spec.replicas")
        if case .git(let source) = spec.source { try check(source, at: "\(place).spec.source") }
        if let port = spec.port { try check(count: port, in: portRange, at: "\(place).spec.port") }
        if let fixed = spec.fixedPorts {
            // Each replica of a slot listens on its port plus its position.
            let range = portRange.lowerBound...(portRange.upperBound - spec.replicas + 1)
            try check(count: fixed.blue, in: range, at: "\(place).spec.fixedPorts.blue")
            try check(count: fixed.green, in: range, at: "\(place).spec.fixedPorts.green")
        }
        for (name, size) in sizes(of: spec) {
            try check(count: size, in: 0...APILimits.sizeBytesMax, at: "\(place).spec.\(name)")
        }
        for (name, count) in counts(of: spec) {
            try check(count: count, in: 0...APILimits.countMax, at: "\(place).spec.\(name)")
        }
        for (name, span) in spans(of: spec) {
            guard span >= .zero, span <= APILimits.spanMax else {
                throw APIProblem.malformed(
                    "'\(place).spec.\(name)' is not a time from 0 to \(APILimits.spanMax.components.seconds) s"
                )
            }
        }
    }

    private static let portRange = 1...65_535

    private static func sizes(of spec: ServiceSpec) -> [(String, Int)] {
        [("proxy.bodyBytesMax", spec.proxy.bodyBytesMax)]
            + (spec.resources.memoryBytesMax.map { [("resources.memoryBytesMax", $0)] } ?? [])
    }

    private static func counts(of spec: ServiceSpec) -> [(String, Int)] {
        var counts = [
            ("health.passes", spec.health.passes), ("watch.requestsMin", spec.watch.requestsMin),
            ("watch.syntheticPerSecond", spec.watch.syntheticPerSecond), ("keep.releases", spec.keep.releases),
        ]
        if case .quiet(let upgradedMax, _) = spec.switchWhen { counts.append(("switchWhen.upgradedMax", upgradedMax)) }
        return counts
    }

    private static func spans(of spec: ServiceSpec) -> [(String, Duration)] {
        var spans = [
            ("stop.grace", spec.stop.grace), ("proxy.upstreamIdle", spec.proxy.upstreamIdle),
            ("proxy.responseIdle", spec.proxy.responseIdle), ("health.spacing", spec.health.spacing),
            ("health.quickInterval", spec.health.quickInterval), ("health.interval", spec.health.interval),
            ("health.timeout", spec.health.timeout), ("health.deadline", spec.health.deadline),
            ("drain.requests", spec.drain.requests), ("drain.upgraded", spec.drain.upgraded),
            ("watch.window", spec.watch.window), ("watch.warmUp", spec.watch.warmUp),
            ("watch.latencyFloor", spec.watch.latencyFloor), ("timeouts.rollout", spec.timeouts.rollout),
            ("timeouts.fetch", spec.timeouts.fetch), ("timeouts.migrate", spec.timeouts.migrate),
            ("timeouts.start", spec.timeouts.start), ("timeouts.smoke", spec.timeouts.smoke),
            ("timeouts.switching", spec.timeouts.switching), ("keep.standby", spec.keep.standby),
        ]
        if case .quiet(_, let limit) = spec.switchWhen { spans.append(("switchWhen.limit", limit)) }
        if let migrate = spec.migrate { spans.append(("migrate.timeout", migrate.timeout)) }
        spans += spec.smoke.map { ("smoke.timeout", $0.timeout) }
        spans += spec.hooks.map { ("hooks.timeout", $0.run.timeout) }
        spans += spec.routes.flatMap(\.upgraded).compactMap { rule in rule.limit.map { ("routes.upgraded.limit", $0) } }
        return spans
    }
}
