import TealCore
import TealDriverKit
import TealEngine
import Testing

/// When nobody answered a service's users, and for how long.
struct OutageTests {
    private static let web = Samples.key("web")
    private static let replicas = (0..<2).map { ReplicaID(service: web, slot: .blue, index: $0) }
    private static let active = ReleaseID(service: web, number: 2)

    /// Routed to blue, where both replicas are proven.
    private static func record() throws -> ServiceRecord {
        var record = ServiceRecord(service: web, environment: Samples.environment)
        record.blue = .init(release: active)
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        for replica in replicas { record.prove(Cast.target(replica, active)) }
        return record
    }

    private static func gone(_ count: Int, at moment: Double) throws -> ServiceRecord {
        var record = try record()
        for replica in replicas.prefix(count) {
            record.withdraw(Cast.target(replica, active), unlessLast: false, at: moment)
        }
        return record
    }

    @Test func `begins when the last replica has ended, and not before`() throws {
        #expect(try Self.gone(1, at: 50).outages == [])
        #expect(try Self.gone(2, at: 50).outages == [Outage(began: 50)])
    }

    @Test func `ends once a proven replica is routed again`() throws {
        var record = try Self.gone(2, at: 50)
        record.endOutage(at: 52)
        #expect(record.outages == [Outage(began: 50)], "nothing answers yet")
        record.prove(Cast.target(Self.replicas[0], Self.active, run: "2"))
        record.endOutage(at: 57.5)
        record.endOutage(at: 60)
        #expect(record.outages == [Outage(began: 50, ended: 57.5)])
    }

    @Test func `ends when a rollout leads the routes to the other slot, or nowhere`() throws {
        var moved = try Self.gone(2, at: 50)
        let other = ReplicaID(service: Self.web, slot: .green, index: 0)
        let new = ReleaseID(service: Self.web, number: 3)
        moved.green = .init(release: new)
        moved.routed = .slot(.green)
        moved.prove(Cast.target(other, new))
        moved.endOutage(at: 58)
        #expect(moved.outages == [Outage(began: 50, ended: 58)])
        var vacant = try Self.gone(2, at: 50)
        vacant.routed = .vacant
        vacant.endOutage(at: 51)
        #expect(vacant.outages == [Outage(began: 50, ended: 51)])
    }

    /// A rollout went back before it had changed anything; what it went back to had ended long before.
    @Test func `begins when a rollout leads users to a release of which nothing runs`() throws {
        var record = try Self.record()
        record.blue?.proven = [:]
        record.routed = .vacant
        record.seeRoute(at: 50)
        #expect(record.outages == [])
        record.routed = .slot(.blue)
        record.seeRoute(at: 51)
        record.seeRoute(at: 52)
        #expect(record.outages == [Outage(began: 51)])
        record.prove(Cast.target(Self.replicas[0], Self.active, run: "2"))
        record.seeRoute(at: 60)
        #expect(record.outages == [Outage(began: 51, ended: 60)])
    }

    @Test func `what is not routed is missed by nobody`() throws {
        var record = try Self.record()
        record.routed = .slot(.green)
        for replica in Self.replicas {
            record.withdraw(Cast.target(replica, Self.active), unlessLast: false, at: 50)
        }
        #expect(record.outages == [])
    }

    @Test func `begins when all that is routed is cut off from its network, and ends when one is back`() throws {
        func seen(_ drifts: [[ReplicaDrift]]) -> [ReplicaState] {
            zip(Self.replicas, drifts).map { replica, drift in
                ReplicaState(
                    id: replica,
                    release: Self.active,
                    endpoint: nil,
                    phase: .running,
                    run: Cast.target(replica, Self.active).run,
                    restarts: 0,
                    restartPolicy: .unlessStopped,
                    drift: drift
                )
            }
        }
        var record = try Self.record()
        record.reach(seen([[.disconnected], []]), at: 50)
        #expect(record.outages == [], "one is in its network")
        record.reach(seen([[.disconnected], [.disconnected, .renamed(to: "mine")]]), at: 60)
        record.reach(seen([[.disconnected], [.disconnected]]), at: 61)
        #expect(record.outages == [Outage(began: 60)])
        record.reach(seen([[], [.disconnected]]), at: 64)
        #expect(record.outages == [Outage(began: 60, ended: 64)])
    }

    @Test func `begins when all that was routed went unseen, and not where something is left`() throws {
        let before = try Self.record()
        var after = before
        after.withdraw(Cast.target(Self.replicas[0], Self.active), unlessLast: false)
        after.seeOutage(since: before, at: 50)
        #expect(after.outages == [])
        after.withdraw(Cast.target(Self.replicas[1], Self.active), unlessLast: false)
        after.seeOutage(since: before, at: 50)
        after.seeOutage(since: before, at: 55)
        #expect(after.outages == [Outage(began: 50)])
    }

    @Test func `an end that the runtime dates before the last outage does not count that one twice`() throws {
        var record = try Self.gone(2, at: 50)
        record.prove(Cast.target(Self.replicas[0], Self.active, run: "2"))
        record.endOutage(at: 60)
        record.withdraw(Cast.target(Self.replicas[0], Self.active, run: "2"), unlessLast: false, at: 49)
        #expect(record.outages == [Outage(began: 50, ended: 60), Outage(began: 60)])
    }

    @Test func `only the newest are remembered`() throws {
        var record = try Self.record()
        for round in 0..<20 {
            let moment = Double(100 * round)
            for replica in Self.replicas {
                record.withdraw(Cast.target(replica, Self.active), unlessLast: false, at: moment)
            }
            for replica in Self.replicas { record.prove(Cast.target(replica, Self.active)) }
            record.endOutage(at: moment + 5)
        }
        #expect(record.outages.count == Outage.keptMax)
        #expect(record.outages.last == Outage(began: 1900, ended: 1905))
    }

    @Test func `touches a rollout that it began in, ended in, or lasted through`() {
        let outage = Outage(began: 50, ended: 60)
        #expect(outage.overlaps(40, 55) && outage.overlaps(55, 70) && outage.overlaps(52, 58))
        #expect(!outage.overlaps(10, 49) && !outage.overlaps(61, 70))
        #expect(Outage(began: 50).overlaps(100, 110))
    }
}
