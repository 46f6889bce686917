import TealCompose
import TealCore

extension ServiceDecoding {
    static let askingKeys = [
        "path", "method", "headers", "status", "json", "bodyPattern", "answerHeaders", "latency",
    ]

    /// The gate, with what is assumed when nothing is said about the check.
    mutating func health(for spec: ServiceSpec) -> HealthGate {
        var start = base?.spec.health ?? HealthGate()
        if surroundings.isDevelopment, spec.kind != .accessory { Development.ease(&start) }
        func gate(_ check: HealthCheck) -> HealthGate {
            var gate = start
            gate.check = check
            return gate
        }
        guard let node = section.node("health") else { return base == nil ? gate(assumedCheck(spec)) : start }
        if node.entries == nil {
            guard let text = section.text("health") else { return HealthGate() }
            if text == "none" {
                if spec.kind == .web {
                    notes.warnings.append(
                        "\(name): without a health check a release counts as ready as soon as it runs"
                    )
                }
                return gate(.off)
            }
            if let store = StoreProtocol.Name(rawValue: text) {
                return gate(storeCheck(store, spec, section, "health"))
            }
            guard isRequestTarget(text, node) else { return HealthGate() }
            return gate(httpCheck(HTTPExpectation(path: text), node))
        }
        guard let health = section.section("health") else { return HealthGate() }
        var gate = gate(check(in: health, for: spec))
        gate.passes = health.integer("passes") ?? gate.passes
        gate.spacing = health.duration("spacing") ?? gate.spacing
        gate.quickInterval = health.duration("quickInterval") ?? gate.quickInterval
        gate.interval = health.duration("interval") ?? gate.interval
        gate.timeout = health.duration("timeout") ?? gate.timeout
        gate.deadline = health.duration("deadline") ?? gate.deadline
        checkTimes(of: gate, in: health)
        return gate
    }

    private mutating func check(in health: Section, for spec: ServiceSpec) -> HealthCheck {
        let store: StoreProtocol.Name? = health.has("protocol") ? health.choice("protocol") : nil
        let asksByTCP = health.boolean("tcp") ?? false
        let command = health.command("command")
        let http = Self.askingKeys.first(where: health.has)
        let ways = [
            http, asksByTCP ? "tcp" : nil, health.has("protocol") ? "protocol" : nil,
            health.has("command") ? "command" : nil,
        ].compactMap { $0 }
        if ways.count > 1 {
            health.reportConflict(
                ways[1],
                "`\(health.key)` says more than one way to ask: \(Phrase.all(ways.map { "`\($0)`" }))",
                "Keep one of `path`, `tcp`, `protocol` and `command`."
            )
        }
        var asked: HTTPExpectation?
        if http != nil {
            asked = expectation(in: health, from: HTTPExpectation(path: "/health"))
            asked?.method = health.choice("method", as: HTTPMethod.self)?.rawValue ?? "GET"
        }
        if asksByTCP {
            if !hasPort {
                health.reportConflict("tcp", "`tcp` needs a port, and `\(section.key)` has none", "Write `port: 5432`.")
            }
            return .tcp
        }
        if let store { return storeCheck(store, spec, health, "protocol") }
        if let command { return .command(command) }
        if let asked { return httpCheck(asked, section.node("health")) }
        let isSaid = health.has("command") || health.has("protocol")
        return isSaid ? .none : base?.spec.health.check ?? assumedCheck(spec)
    }

    /// Asks a store in its own protocol; its usual port is known, but not where a process listens.
    private func storeCheck(
        _ name: StoreProtocol.Name,
        _ spec: ServiceSpec,
        _ place: Section,
        _ key: String
    ) -> HealthCheck {
        if spec.source.isArtifact, !hasPort {
            place.reportConflict(
                key,
                "\(name.title) is asked at its port, and `\(section.key)` has none",
                "Write `port: \(name.usualPort)`; the process finds its own in `PORT`."
            )
        }
        return .store(StoreProtocol(name, environment: spec.environment))
    }

    /// Gives a store without a port the one that its servers usually have.
    mutating func takeUsualPort(_ spec: inout ServiceSpec) {
        guard case .store(let store) = spec.health.check, spec.port == nil, !spec.source.isArtifact else { return }
        spec.port = store.name.usualPort
        notes.assumptions.append(
            "\(name): no port given, so \(store.name.usualPort), where \(store.name.title) listens"
        )
    }

    private func httpCheck(_ expectation: HTTPExpectation, _ node: ConfigurationNode?) -> HealthCheck {
        if !hasPort, let node {
            findings.add(
                .conflict,
                at: node.keyPlace,
                key: node.key,
                value: node.shown,
                "an HTTP health check needs a port, and `\(section.key)` has none",
                "Write `port: 8080`, or ask by `command`."
            )
        }
        return .http(expectation)
    }

    private mutating func assumedCheck(_ spec: ServiceSpec) -> HealthCheck {
        if spec.kind == .accessory, case .image(let image) = spec.source,
            let store = KnownImage.of(image)?.store(command: spec.command, environment: spec.environment)
        {
            notes.assumptions.append(
                "\(name): no health check given, so it is asked in the protocol of \(store.name.title)"
            )
            return .store(store)
        }
        switch (spec.kind, hasPort) {
        case (.web, _) where surroundings.isDevelopment: return .tcp
        case (.web, _):
            notes.assumptions.append("\(name): no health check given, so GET /health must answer 2xx")
            return .http(HTTPExpectation(path: "/health"))
        case (.accessory, true):
            notes.assumptions.append("\(name): no health check given, so its port must accept connections")
            return .tcp
        case (.job, _): return .none
        default:
            notes.assumptions.append("\(name): no health check given, so it only has to keep running")
            return .none
        }
    }

    private func checkTimes(of gate: HealthGate, in health: Section) {
        if gate.spacing * (gate.passes - 1) >= gate.deadline {
            health.reportConflict(
                ["deadline", "passes", "spacing"].first(where: health.has) ?? "deadline",
                """
                \(gate.passes) passes at least \(DurationText.text(gate.spacing)) apart do not fit into the \
                deadline of \(DurationText.text(gate.deadline))
                """,
                "Raise `deadline`, or lower `passes` or `spacing`."
            )
        }
        if gate.timeout > gate.deadline {
            health.reportConflict(
                health.has("timeout") ? "timeout" : "deadline",
                """
                one probe may take \(DurationText.text(gate.timeout)), longer than the deadline of \
                \(DurationText.text(gate.deadline))
                """,
                "Lower `timeout` or raise `deadline`."
            )
        }
        if gate.quickInterval > gate.interval {
            health.reportConflict(
                health.has("quickInterval") ? "quickInterval" : "interval",
                """
                `quickInterval` (\(DurationText.text(gate.quickInterval))) is longer than `interval` \
                (\(DurationText.text(gate.interval)))
                """,
                "Lower `quickInterval` or raise `interval`."
            )
        }
    }

    /// The smoke requests, in order.
    func smoke(for spec: ServiceSpec) -> [SmokeRequest] {
        var requests: [SmokeRequest] = []
        for (index, node) in section.list("smoke").enumerated() {
            guard let item = section.section(of: node, for: "smoke") else { continue }
            let name = item.checkedName("name", as: SmokeKind.self)?.description ?? "smoke-\(index + 1)"
            if requests.contains(where: { $0.name == name }) {
                findings.add(
                    .conflict,
                    on: item.node("name") ?? node,
                    "two smoke requests are named \(name)",
                    "Give one of them another name."
                )
            }
            if !item.has("path") { item.reportMissing("path") }
            var expectation = expectation(in: item, from: HTTPExpectation())
            expectation.method = item.choice("method", as: HTTPMethod.self)?.rawValue ?? "GET"
            expectation.body = item.text("body")
            var request = SmokeRequest(name: name, expectation: expectation)
            request.timeout = item.duration("timeout") ?? request.timeout
            if expectation.body != nil, ["GET", "HEAD"].contains(expectation.method) {
                item.reportConflict(
                    "body",
                    "a \(expectation.method) request has no body",
                    "Write `method: POST`, or `bodyPattern` for the answer."
                )
            }
            requests.append(request)
        }
        if !requests.isEmpty, !hasPort, spec.kind != .job {
            section.reportConflict(
                "smoke",
                "smoke requests need a port, and `\(section.key)` has none",
                "Write `port: 8080`."
            )
        }
        return requests
    }

    /// What a request asks and what its answer must be.
    private func expectation(in item: Section, from start: HTTPExpectation) -> HTTPExpectation {
        var expectation = start
        if let node = item.node("path"), let path = item.text("path"), isRequestTarget(path, node) {
            expectation.path = path
        }
        for (name, value) in headers("headers", in: item) { expectation.headers[name] = value }
        for (name, value) in headers("answerHeaders", in: item) { expectation.answerHeaders[name.lowercased()] = value }
        expectation.statuses = item.items("status").compactMap { item.integer(of: $0, for: "status") }
        for entry in item.map("json") { addFields(entry, path: entry.name, item, to: &expectation.jsonFields) }
        expectation.latencyMax = item.duration("latency")
        if let node = item.node("bodyPattern"), let pattern = item.text("bodyPattern") {
            do {
                _ = try Regex(pattern)
                expectation.bodyPattern = pattern
            } catch {
                findings.add(
                    .value,
                    on: node,
                    "`bodyPattern` is not a regular expression: \(error)",
                    "Put it in single quotes, and a backslash before a special character that is meant as it is."
                )
            }
        }
        return expectation
    }

    private func headers(_ key: String, in item: Section) -> [(String, String)] {
        item.map(key).compactMap { entry in
            let isFit = !entry.name.isEmpty && entry.name.utf8.allSatisfy(Self.isTokenByte)
            guard isFit else {
                findings.add(
                    .value,
                    at: entry.value.keyPlace,
                    key: entry.value.key,
                    "'\(Phrase.short(entry.name))' is not a header's name",
                    "Use letters, digits and '-'."
                )
                return nil
            }
            guard let value = item.text(of: entry.value, for: key) else { return nil }
            guard value.utf8.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7f) }) else {
                findings.add(
                    .value,
                    at: entry.value.place,
                    key: entry.value.key,
                    "the value of the header \(entry.name) has a line end or a control character",
                    "Write it in one line."
                )
                return nil
            }
            return (entry.name, value)
        }
    }

    /// `tchar` of RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// The fields below one entry, as JSON texts by dotted path.
    private func addFields(
        _ entry: ConfigurationNode.Entry,
        path: String,
        _ item: Section,
        to fields: inout [String: String]
    ) {
        switch entry.value.content {
        case .mapping(let entries):
            for child in entries { addFields(child, path: "\(path).\(child.name)", item, to: &fields) }
        case .sequence:
            findings.add(
                .value,
                on: entry.value,
                "a list cannot be compared with a field",
                "Compare single fields, such as `success: true`, or use `bodyPattern`."
            )
        case .scalar(let scalar):
            if let problem = scalar.problem { return findings.add(problem) }
            fields[path] = JSONText.scalar(scalar)
        }
    }

    private func isRequestTarget(_ text: String, _ node: ConfigurationNode) -> Bool {
        let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
        guard text.hasPrefix("/"), isClean else {
            let fit =
                text.hasPrefix("/")
                ? "Write it percent-encoded and without a fragment."
                : "Write a path such as `/\(isClean && !text.contains(":") ? text : "health")`."
            findings.add(.value, on: node, "'\(Phrase.short(text))' is not the path of a request", fit)
            return false
        }
        return true
    }
}

/// Tells names of smoke requests apart from other names.
enum SmokeKind {}

/// The methods that a request of Teal may have.
enum HTTPMethod: String, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case options = "OPTIONS"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}
