package import TealCore

/// Moves the routes of a host from one set of targets to another, all in one table version.
///
/// A conformance passes `TrafficSwitchContract`.
package protocol TrafficSwitch: Sendable {
    /// Makes `table` the table that traffic follows, and returns when every worker follows it.
    ///
    /// A table that is already followed succeeds at once.
    ///
    /// - Throws: ``SwitchError/stale(current:)`` when the switch follows a table of a later epoch, or this one's version
    ///   is not the next; ``SwitchError/unreachable(reason:)`` when it gives no answer.
    func publish(_ table: TrafficTable) async throws(SwitchError)

    /// Makes `table` the table that traffic follows even when the switch cannot store it, and stores it once it can.
    ///
    /// Only for taking users back when a disk is full.
    func publishUnstored(_ table: TrafficTable) async throws(SwitchError)

    /// The position of the table that traffic follows now, as the switch itself says.
    func position() async throws(SwitchError) -> TablePosition

    /// What the switch has counted per target since it started.
    func counters() async throws(SwitchError) -> TrafficCounters

    /// Ends what is still in flight on targets that no route names any more.
    ///
    /// - Returns: How many requests and upgraded connections were cut.
    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport

    /// Drops what was counted for targets that will not come back; those that a route names or that are busy keep it.
    func forget(_ targets: [TargetID]) async throws(SwitchError)

    /// Sends a request through the public route of a service, as a client would.
    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult

    /// Where the public listener is, for people and for probes; nil when the switch does not answer.
    func publicEndpoint() async -> Endpoint?

    /// Where internal routes are served for this host itself; nil when they are not, or the switch does not answer.
    func internalEndpoint() async -> Endpoint?

    /// The places inside projects' networks that the table names and where the switch does not listen now: another program
    /// has them, or the rights are missing. They never keep a table from being followed.
    func unheard() async -> [UnheardPlace]

    /// Sees to it that the switch has the ports of the host that the followed table names for these services, as far as
    /// another has them and that was agreed on.
    ///
    /// - Returns: What people are to be told, a line each: what was taken over, how long nobody answered, and what the
    ///   switch does not have.
    func takePorts(of services: [ServiceKey]) async -> [String]

    /// Whether it listens inside projects' networks at all, so that callers there find services by their names.
    var servesNames: Bool { get }
}

extension TrafficSwitch {
    package var servesNames: Bool { true }

    package func internalEndpoint() async -> Endpoint? { nil }

    package func unheard() async -> [UnheardPlace] { [] }

    package func takePorts(of services: [ServiceKey]) async -> [String] { [] }
}

/// A place inside a project's network where callers do not reach the switch.
package struct UnheardPlace: Hashable, Sendable, Codable {
    package let project: String
    /// The address and what is in the way, in one line.
    package let reason: String

    package init(project: String, reason: String) {
        self.project = project
        self.reason = reason
    }
}

/// Names one run of a replica as a place for traffic: release, replica and run.
package struct TargetID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    /// The target of one run of a replica.
    package init(release: ReleaseID, replica: ReplicaID, run: RunID) {
        description = "\(release.qualified)#\(replica.slot)-\(replica.index):\(run)"
    }

    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (one: Self, other: Self) -> Bool { one.description < other.description }
}

/// One place that a route may name.
package struct TrafficTarget: Hashable, Sendable, Codable {
    package let id: TargetID
    package let replica: ReplicaID
    package let release: ReleaseID
    package let run: RunID
    package let endpoint: Endpoint
    /// As ``ReplicaState/gateway``.
    package let gateway: String?

    package init(replica: ReplicaID, release: ReleaseID, run: RunID, endpoint: Endpoint, gateway: String? = nil) {
        id = TargetID(release: release, replica: replica, run: run)
        self.replica = replica
        self.release = release
        self.run = run
        self.endpoint = endpoint
        self.gateway = gateway
    }
}

/// Where the traffic of one service goes.
package struct ServiceTraffic: Hashable, Sendable, Codable {
    package var service: ServiceKey
    package var routes: [Route]
    package var proxy: ProxyPolicy
    /// The limit of kept upgraded connections that have none of their own.
    package var drain: DrainPolicy
    /// Empty: the routes answer 503.
    package var targets: [TrafficTarget]
    /// The port by which callers inside its project's network know it beside 80; nil for 80 alone.
    package var port: Int?
    /// The port by which they knew it before, while the release that had it may still have clients; nil for none.
    package var formerPort: Int?
    /// Where callers inside its project's network reach the switch, also while it has no targets, as
    /// ``ReplicaState/gateway``; nil where the project has no network.
    package var gateway: String?
    /// What callers inside the network are told while it has no targets, one line; nil for the switch's own words.
    package var vacancy: String?
    /// How requests are divided between its targets; nil for each target alike.
    package var split: TrafficSplit?
    /// Ports of the host where every request is for it, whatever host it names; nil for none.
    package var ports: [HostPort]?

    package init(
        service: ServiceKey,
        routes: [Route],
        proxy: ProxyPolicy,
        drain: DrainPolicy,
        targets: [TrafficTarget],
        port: Int? = nil,
        formerPort: Int? = nil,
        gateway: String? = nil,
        vacancy: String? = nil,
        split: TrafficSplit? = nil,
        ports: [HostPort]? = nil
    ) {
        self.service = service
        self.routes = routes
        self.proxy = proxy
        self.drain = drain
        self.targets = targets
        self.port = port
        self.formerPort = formerPort
        self.gateway = gateway
        self.vacancy = vacancy
        self.split = split
        self.ports = ports
    }
}

/// How a service's requests are divided between releases, and which of them stay together.
///
/// A switch that cannot do it refuses the table: never is a part taken for the whole.
package struct TrafficSplit: Hashable, Sendable, Codable {
    /// A release's part of the requests.
    package struct Share: Hashable, Sendable, Codable {
        package let release: ReleaseID
        /// `1...99`.
        package let percent: Int

        package init(release: ReleaseID, percent: Int) {
            self.release = release
            self.percent = percent
        }
    }

    /// What makes requests go to one target, as long as it is there.
    package enum Stickiness: Hashable, Sendable, Codable {
        /// The client's address.
        case address
        /// The value of a cookie; without it the client's address.
        case cookie(String)
    }

    /// The parts of releases that have targets; the other releases share what is left, all where this is empty.
    package var shares: [Share]
    /// Nil: any target takes any request.
    package var sticky: Stickiness?

    package init(shares: [Share] = [], sticky: Stickiness? = nil) {
        self.shares = shares
        self.sticky = sticky
    }
}

/// Orders tables: a switch takes only the same or a later epoch, and only the next version.
package struct TablePosition: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Which opening of the journal wrote it.
    package let epoch: UInt64
    package let version: UInt64

    package init(epoch: UInt64, version: UInt64) {
        self.epoch = epoch
        self.version = version
    }

    package var description: String { "\(epoch).\(version)" }
}

/// The whole table of a host.
package struct TrafficTable: Hashable, Sendable, Codable {
    package var position: TablePosition
    /// By service, ascending.
    package var services: [ServiceTraffic]

    package init(position: TablePosition, services: [ServiceTraffic]) {
        self.position = position
        self.services = services
    }
}

/// What a switch has counted since it started.
package struct TrafficCounters: Hashable, Sendable, Codable {
    /// Differs after every start of the switch: counts of two incarnations cannot be subtracted.
    package let incarnation: String
    package let position: TablePosition
    package let targets: [TargetID: TargetCounters]

    package init(incarnation: String, position: TablePosition, targets: [TargetID: TargetCounters]) {
        self.incarnation = incarnation
        self.position = position
        self.targets = targets
    }
}

/// What was counted for one target.
package struct TargetCounters: Hashable, Sendable, Codable {
    package var requests: UInt64 = 0
    package var requestsInFlight: UInt64 = 0
    package var upgradedOpen: UInt64 = 0
    /// Answers by status class: 2xx, 3xx, 4xx and 5xx as the service gave them.
    package var successes: UInt64 = 0
    package var redirects: UInt64 = 0
    package var clientErrors: UInt64 = 0
    package var serverErrors: UInt64 = 0
    /// Errors that the switch itself answered for this target (502, 504).
    package var switchErrors: UInt64 = 0
    /// Answers that ended before they were whole.
    package var cutAnswers: UInt64 = 0
    /// Times to the first byte of the answer: counts per bucket, with each bucket's upper bound.
    package var latency: LatencyHistogram = .init(boundsNanoseconds: [], counts: [])

    package init() {}

    /// Adds another target's counts to these.
    package mutating func add(_ other: TargetCounters) {
        requests += other.requests
        requestsInFlight += other.requestsInFlight
        upgradedOpen += other.upgradedOpen
        successes += other.successes
        redirects += other.redirects
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        switchErrors += other.switchErrors
        cutAnswers += other.cutAnswers
        if latency.counts.isEmpty {
            latency = other.latency
        } else if latency.counts.count == other.latency.counts.count {
            for index in latency.counts.indices { latency.counts[index] += other.latency.counts[index] }
        }
    }

    /// Whether no request ever came to the target.
    package var isUntouched: Bool {
        [requests, requestsInFlight, upgradedOpen, successes, redirects, clientErrors, serverErrors, switchErrors]
            .allSatisfy { $0 == 0 }
    }
}

/// Counts per latency bucket.
package struct LatencyHistogram: Hashable, Sendable, Codable {
    /// Upper bounds, ascending; the last bucket also holds everything above.
    package var boundsNanoseconds: [Int64]
    /// As many as bounds.
    package var counts: [UInt64]

    package init(boundsNanoseconds: [Int64], counts: [UInt64]) {
        self.boundsNanoseconds = boundsNanoseconds
        self.counts = counts
    }
}

/// What a cut ended.
package struct CutReport: Hashable, Sendable, Codable {
    package let requests: Int
    package let upgraded: Int

    package init(requests: Int, upgraded: Int) {
        self.requests = requests
        self.upgraded = upgraded
    }
}

/// Why a switch could not do what it was asked.
package enum SwitchError: Error, Hashable, Sendable, Codable {
    case unreachable(reason: String)
    case stale(current: TablePosition)
    /// The table was understood and cannot be followed.
    case refused(String)
    /// The table could not be stored, for another reason than a full disk.
    case notStored(String)
    case diskFull(path: String)
    case cancelled

    /// Whether the same call may succeed a moment later.
    package var isPassing: Bool {
        if case .unreachable = self { true } else { false }
    }
}
