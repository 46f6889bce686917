import TealCore
import TealDriverKit

/// The proxy: a process of its own with a table on its disk and one that it follows.
struct ModelProxy {
    struct Flight {
        let target: TargetID
        let service: ServiceKey
        let endsAt: Int64
        let isUpgraded: Bool
    }

    private static let noTable = TrafficTable(position: .init(epoch: 0, version: 0), services: [])
    private static let latencyBounds: [Int64] = [2, 8, 32, 128, 512, 2048].map { $0 * 1_000_000 }

    private(set) var table = Self.noTable
    private(set) var stored = Self.noTable
    private(set) var starts = 1
    /// Whether the process runs.
    private(set) var isUp = true
    /// Whether its control socket answers; traffic flows all the same.
    var isReachable = true
    var isFull = false
    var flights: [Flight] = []
    private var counts: [TargetID: TargetCounters] = [:]
    /// When a target was last named by a route.
    private(set) var leftAt: [TargetID: Int64] = [:]

    var targets: [TrafficTarget] { table.services.flatMap(\.targets) }

    /// What the switch says to a table; nil when it is the one that it follows.
    func judge(_ next: TrafficTable) throws(SwitchError) -> Bool {
        guard isUp, isReachable else { throw .unreachable(reason: "no answer") }
        guard next != table else { return false }
        let (now, then) = (table.position, next.position)
        guard then.epoch >= now.epoch, then.version == now.version + 1 else { throw .stale(current: now) }
        return true
    }

    mutating func store(_ next: TrafficTable) throws(SwitchError) {
        guard !isFull else { throw .diskFull(path: "/proxy") }
        stored = next
    }

    /// A person removes its file.
    mutating func loseStored() { stored = Self.noTable }

    mutating func follow(_ next: TrafficTable, at time: Int64) {
        let named = Set(next.services.flatMap(\.targets).map(\.id))
        for target in targets where !named.contains(target.id) { leftAt[target.id] = time }
        for target in named { leftAt[target] = nil }
        table = next
    }

    mutating func crash() {
        isUp = false
        flights = []
        counts = [:]
        leftAt = [:]
    }

    mutating func start() {
        starts += 1
        isUp = true
        table = stored
    }

    func counters(at time: Int64) throws(SwitchError) -> TrafficCounters {
        guard isUp, isReachable else { throw .unreachable(reason: "no answer") }
        var all = counts
        for flight in flights where flight.endsAt > time {
            if flight.isUpgraded {
                all[flight.target, default: .init()].upgradedOpen += 1
            } else {
                all[flight.target, default: .init()].requestsInFlight += 1
            }
        }
        return TrafficCounters(incarnation: "start-\(starts)", position: table.position, targets: all)
    }

    func answered(by target: TargetID) -> UInt64 { counts[target]?.requests ?? 0 }

    mutating func count(_ target: TargetID, _ field: WritableKeyPath<TargetCounters, UInt64>, _ latency: Duration) {
        let bucket = Self.latencyBounds.firstIndex { latency.nanoseconds <= $0 } ?? Self.latencyBounds.count - 1
        // In place: copies of the counters, one for each request, take long.
        counts[target, default: Self.empty].add(field, bucket)
    }

    private static let empty: TargetCounters = {
        var counters = TargetCounters()
        counters.latency = .init(
            boundsNanoseconds: latencyBounds,
            counts: Array(repeating: 0, count: latencyBounds.count)
        )
        return counters
    }()

    /// Ends flights.
    ///
    /// - Returns: Those that were still under way.
    mutating func end(at time: Int64, where isMeant: (Flight) -> Bool) -> [Flight] {
        let ended = flights.filter { $0.endsAt > time && isMeant($0) }
        guard !ended.isEmpty else { return [] }
        flights.removeAll(where: isMeant)
        return ended
    }

    mutating func forgetFlights(endedBy time: Int64) {
        guard flights.contains(where: { $0.endsAt <= time }) else { return }
        flights.removeAll { $0.endsAt <= time }
    }

    mutating func forget(_ targets: [TargetID]) {
        let named = Set(self.targets.map(\.id))
        for target in targets where !named.contains(target) && !flights.contains(where: { $0.target == target }) {
            counts[target] = nil
            leftAt[target] = nil
        }
    }
}

extension TargetCounters {
    /// One request more, in the place where it is counted.
    fileprivate mutating func add(_ field: WritableKeyPath<TargetCounters, UInt64>, _ bucket: Int) {
        requests += 1
        self[keyPath: field] += 1
        latency.counts[bucket] += 1
    }
}
