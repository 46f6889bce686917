import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `The audit of a host` {
    private func replica(_ slot: Slot, of number: Int, _ phase: ReplicaPhase = .running) throws -> ReplicaState {
        let key = try Samples().key
        return .init(
            id: ReplicaID(service: key, slot: slot, index: 0),
            release: ReleaseID(service: key, number: number),
            endpoint: Endpoint(address: "127.0.0.1", port: 4000),
            phase: phase,
            run: RunID("run-\(number)"),
            restarts: 0,
            restartPolicy: slot == .blue ? .unlessStopped : .no
        )
    }

    private func target(_ replica: ReplicaState) throws -> TrafficTarget {
        TrafficTarget(
            replica: replica.id,
            release: replica.release,
            run: try #require(replica.run),
            endpoint: try #require(replica.endpoint)
        )
    }

    /// A host on which everything is as it is to be: 42 is active in blue, 41 was before it.
    private func sight() throws -> HostSight {
        var state = try Samples().state(active: 42)
        let active = try replica(.blue, of: 42)
        try state.services[Samples().key]?.prove(target(active))
        let table = TrafficTable(position: .init(epoch: 1, version: 7), services: state.traffic)
        var sight = HostSight(
            state: state,
            written: table,
            replicas: [active],
            now: Timestamp(nanoseconds: 1_000_000_000)
        )
        sight.followed = table
        sight.position = table.position
        sight.counters = TrafficCounters(incarnation: "one", position: table.position, targets: [:])
        sight.markers = [try Samples().key: "blue"]
        sight.leaks = []
        return sight
    }

    private func texts(_ invariant: Invariant, _ change: (inout HostSight) throws -> Void) throws -> [String] {
        var sight = try sight()
        try change(&sight)
        return HostAudit(sight).verdict(on: invariant).breaches.map(\.text)
    }

    private func begin(_ rollout: Rollout, _ sight: inout HostSight) {
        sight.unended.append(rollout)
        sight.running.insert(rollout.id)
        sight.held.formUnion(rollout.services)
    }

    @Test func `finds every invariant held where all is well, but those that leave nothing to see`() throws {
        let audit = HostAudit(try sight())
        for invariant in HostAudit.live where invariant != .onceOnly {
            #expect(audit.verdict(on: invariant) == .held, "\(invariant)")
        }
        guard case .unseen(let why) = audit.verdict(on: .onceOnly) else { throw WasSeen() }
        #expect(why.hasPrefix("a run that is over"))
    }

    private struct WasSeen: Error {}

    @Test func `names a route to what does not run, or was never proven`() throws {
        #expect(
            try texts(.routesNameProven) { $0.replicas = [try replica(.blue, of: 42, .stopped)] } == [
                "a route names web-blue-0, which does not run"
            ]
        )
        #expect(
            try texts(.routesNameProven) { try $0.state.services[Samples().key]?.blue?.proven = [:] } == [
                "a route names web-blue-0, and this run of it has not passed its gate"
            ]
        )
    }

    @Test func `names an old release that cannot take the traffic back before settle`() throws {
        func lost(in leg: Leg) throws -> [String] {
            try texts(.oldRunsUntilSettle) { sight in
                begin(try Samples().rollout(3, in: leg), &sight)
                sight.replicas = [try replica(.green, of: 42)]
            }
        }
        #expect(
            try lost(in: .watch) == ["web-blue-0 of the old release does not run, and r3 is in phase watch"]
        )
        #expect(try lost(in: .settle).isEmpty)
        #expect(try lost(in: .backDrain).isEmpty)
    }

    @Test func `names rollouts that nobody carries out, or that share a service`() throws {
        #expect(
            try texts(.rolloutsEnd) { $0.abandoned = [RolloutID(number: 4)] } == [
                "rollout r4 has not ended, and nobody carries it out"
            ]
        )
        #expect(
            try texts(.oneRolloutAService) { sight in
                begin(try Samples().rollout(3), &sight)
                begin(try Samples().rollout(4), &sight)
            } == ["r3 and r4 are under way at once on shop/web"]
        )
    }

    @Test func `names a rollback target that is gone, and secrets where they were found`() throws {
        let gone = try Samples().release(41).id
        #expect(
            try texts(.restorable) { $0.gone = [gone: "its image is gone"] } == [
                "web@41 cannot be rolled back to: its image is gone"
            ]
        )
        #expect(
            try texts(.noSecretsTold) { $0.leaks = ["/home/journal.sqlite (TOKEN of web@42)"] } == [
                "the value of a secret is in /home/journal.sqlite (TOKEN of web@42)"
            ]
        )
    }

    @Test func `names what differs from the records, and what is left behind`() throws {
        #expect(
            try texts(.recordsAgree) { $0.position = TablePosition(epoch: 1, version: 6) } == [
                "the proxy follows table 1.6, written down is 1.7"
            ]
        )
        #expect(
            try texts(.recordsAgree) { try $0.markers[Samples().key] = "green" } == [
                "shop/web: .current_env says 'green', active is blue"
            ]
        )
        #expect(
            try texts(.recordsAgree) { $0.replicas.append(try replica(.green, of: 41)) }.contains {
                $0.contains("web-green-0 of web@41 is left behind and runs")
            }
        )
        // What a rollout holds is its own business.
        #expect(
            try texts(.recordsAgree) { sight in
                try sight.markers[Samples().key] = "green"
                begin(try Samples().rollout(3), &sight)
            }.isEmpty
        )
    }

    @Test func `names what was stopped with requests in flight`() throws {
        let texts = try texts(.nothingStoppedInUse) { sight in
            let stopped = try replica(.green, of: 41, .stopped)
            sight.replicas.append(stopped)
            var counted = TargetCounters()
            counted.requestsInFlight = 2
            sight.counters = TrafficCounters(
                incarnation: "one",
                position: sight.written.position,
                targets: [try target(stopped).id: counted]
            )
        }
        #expect(texts == ["web-green-0 was stopped with 2 requests and 0 upgraded connections in flight"])
    }

    @Test func `names two releases that work, and one that may not`() throws {
        let other = try replica(.green, of: 41)
        #expect(
            try texts(.workIsDoneOnce) { sight in
                sight.replicas.append(other)
                sight.working = Set(sight.replicas.map(\.id))
            }.count == 1
        )
        #expect(
            try texts(.workIsDoneOnce) { sight in
                sight.replicas.append(other)
                sight.working = [other.id]
            } == ["web@41 does background work and is not active"]
        )
    }

    @Test func `names the end of a rollout that is not so`() throws {
        var rollout = try Samples().rollout(3)
        rollout.stage = .ended(.settled)
        let ended = rollout
        #expect(try texts(.endIsTrue) { $0.ended = [ended] }.first?.hasPrefix("r3 ended otherwise: ") == true)
        rollout.stage = .ended(.kept(.aborted(by: "anna")))
        let kept = rollout
        #expect(try texts(.endIsTrue) { $0.ended = [kept] } == ["r3 ended otherwise: the active slot holds web@42"])
    }

    @Test func `says what it cannot see`() throws {
        var sight = try sight()
        sight.followed = nil
        sight.followedUnknown = "the proxy does not answer"
        sight.counters = nil
        sight.leaks = nil
        sight.unseen = [try Samples().key]
        let audit = HostAudit(sight)
        #expect(audit.verdict(on: .routesNameProven) == .unseen("the proxy does not answer"))
        #expect(audit.verdict(on: .nothingStoppedInUse) == .unseen("the switch does not answer"))
        #expect(audit.verdict(on: .noSecretsTold) == .unseen("the values of the secrets cannot be read"))
        #expect(audit.verdict(on: .workIsDoneOnce) == .unseen("the replicas of shop/web cannot be seen"))
    }
}
