import TealCore
import TealDriverKit

/// The model's proxy: it outlives the daemon and keeps its last table over a reboot.
struct ModelSwitch {
    struct Flight {
        let target: TargetID
        let endsAt: Int64
        let isUpgraded: Bool
    }

    private(set) var table = TrafficTable(position: .init(epoch: 0, version: 0), services: [])
    private(set) var incarnation = "one"
    var isReachable = true
    /// Its own disk.
    var isFull = false
    var flights: [Flight] = []
    private var counts: [TargetID: TargetCounters] = [:]
    private var starts = 1

    var targets: [TrafficTarget] { table.services.flatMap(\.targets) }

    mutating func publish(_ next: TrafficTable, stored: Bool) throws(SwitchError) {
        guard isReachable else { throw .unreachable(reason: "no answer") }
        guard next != table else { return }
        let (now, then) = (table.position, next.position)
        guard then.epoch >= now.epoch, then.version == now.version + 1 else { throw .stale(current: now) }
        guard !isFull || !stored else { throw .diskFull(path: "/proxy") }
        table = next
    }

    func counters(at time: Int64) throws(SwitchError) -> TrafficCounters {
        guard isReachable else { throw .unreachable(reason: "no answer") }
        var all = counts
        for flight in flights where flight.endsAt > time {
            if flight.isUpgraded {
                all[flight.target, default: .init()].upgradedOpen += 1
            } else {
                all[flight.target, default: .init()].requestsInFlight += 1
            }
        }
        return TrafficCounters(incarnation: incarnation, position: table.position, targets: all)
    }

    mutating func cut(
        _ targets: [TargetID],
        requests: Bool,
        upgraded: Bool,
        at time: Int64
    ) throws(SwitchError)
        -> CutReport
    {
        guard isReachable else { throw .unreachable(reason: "no answer") }
        let cut = flights.filter {
            targets.contains($0.target) && $0.endsAt > time && ($0.isUpgraded ? upgraded : requests)
        }
        flights.removeAll { targets.contains($0.target) && ($0.isUpgraded ? upgraded : requests) }
        return CutReport(requests: cut.filter { !$0.isUpgraded }.count, upgraded: cut.filter(\.isUpgraded).count)
    }

    mutating func count(_ target: TargetID, _ field: WritableKeyPath<TargetCounters, UInt64>) {
        counts[target, default: .init()].requests += 1
        counts[target, default: .init()][keyPath: field] += 1
    }

    /// What is in flight on a target, without its upgraded connections.
    func requests(on target: TargetID, at time: Int64) -> Int {
        flights.filter { $0.target == target && $0.endsAt > time && !$0.isUpgraded }.count
    }

    func upgraded(on target: TargetID, at time: Int64) -> Int {
        flights.filter { $0.target == target && $0.endsAt > time && $0.isUpgraded }.count
    }

    mutating func forgetFlights(endedBy time: Int64) { flights.removeAll { $0.endsAt <= time } }

    /// It starts anew from what it stored.
    mutating func restart() {
        starts += 1
        incarnation = "start-\(starts)"
        counts = [:]
        flights = []
    }
}
