import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// A host on which a database runs that a web service needs.
private struct Bench {
    let shop: AccessoryShop
    let controls: Controls
    let db: ServiceKey
    let place: ReplicaID

    init(_ fixture: Fixture, _ change: (inout ServiceSpec) -> Void = { _ in }) async throws {
        shop = try AccessoryShop()
        db = try shop.samples.key("db")
        var state = try shop.host([
            try shop.draft("db") { spec in
                spec.timeouts.start = .zero
                spec.health.deadline = .milliseconds(200)
                change(&spec)
            },
            try shop.draft("web", .web, needs: ["db"]),
        ])
        let slot = try #require(state.services[db]?.activeSlot)
        place = ReplicaID(service: db, slot: slot, index: 0)
        let release = ReleaseID(service: db, number: 1)
        let target = TrafficTarget(
            replica: place,
            release: release,
            run: RunID("run-\(place)"),
            endpoint: Endpoint(address: "10.0.0.2", port: 5432)
        )
        state.services[db]?[slot]?.proven = [0: target]
        controls = try await Controls(fixture, state, containersOf: [db])
        controls.containers.put(place, release)
    }

    func ask(
        _ action: AccessoryRequest.Action,
        _ names: [String] = ["db"],
        apply: Bool = true
    ) async throws -> AccessoriesView {
        try await controls.control.accessories(
            AccessoryRequest(
                project: shop.samples.project,
                services: try names.map(shop.name),
                action: action,
                apply: apply,
                author: "anna"
            )
        )
    }

    var record: ServiceRecord? { get async { await controls.control.book.state.services[db] } }
}

@Suite struct `An accessory is steered by its name` {
    @Test func `a stop that is only asked for says who needs it, and does nothing`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            let view = try await bench.ask(.stop, apply: false)
            #expect(!view.applied)
            #expect(
                view.accessories == [AccessoryView(service: "db", release: "db@1", isSo: false, neededBy: ["web"])]
            )
            #expect(!bench.controls.containers.asked.contains { $0.hasPrefix("stop") })
            #expect(await bench.record?.stopped == nil)
        }
    }

    @Test func `a stop is written down, done, and leaves nothing proven`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            _ = try await bench.ask(.stop)
            #expect(bench.controls.containers.asked.contains("stop \(bench.place)"))
            let record = try #require(await bench.record)
            #expect(record.isStopped && record.stopped?.author == "anna")
            #expect(record.active?.proven.isEmpty == true)
            #expect(await bench.controls.control.desk.holds[bench.db] == nil)
        }
    }

    @Test func `a stop outlives the daemon, and is no drift`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            _ = try await bench.ask(.stop)
            bench.controls.containers.state.withLock { state in
                state.replicas[bench.place] = FakeRuntime.replica(
                    bench.place,
                    ReleaseID(service: bench.db, number: 1),
                    .stopped
                )
            }
            let contents = try await bench.controls.control.journal.read()
            let kept = try #require(contents.services.first { $0.service == bench.db })
            #expect(kept.isStopped)
            let replicas = bench.controls.containers.state.withLock { Array($0.replicas.values) }
            let state = HostState(services: contents.services, releases: contents.releases)
            #expect(Drift.of(kept, state, replicas, marker: "blue").isEmpty)
            let running = [FakeRuntime.replica(bench.place, ReleaseID(service: bench.db, number: 1), .running)]
            #expect(Drift.of(kept, state, running, marker: "blue") == [.runsThoughStopped(bench.place)])
        }
    }

    @Test func `what is so already is said, and not done again`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            #expect(try await bench.ask(.start).accessories.map(\.isSo) == [true])
            _ = try await bench.ask(.stop)
            bench.controls.containers.state.withLock { $0.replicas = [:] }
            bench.controls.containers.forget()
            #expect(try await bench.ask(.stop, []).accessories.map(\.isSo) == [true])
            #expect(!bench.controls.containers.asked.contains { $0.hasPrefix("stop") })
        }
    }

    @Test func `a start waits until it is ready, and says what it saw when that never comes`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            _ = try await bench.ask(.stop)
            bench.controls.containers.state.withLock { $0.replicas = [:] }
            let problem = try await #require(throws: Problem.self) { try await bench.ask(.start) }
            #expect(problem.code == "accessory.not-ready")
            #expect(problem.at == ["\(bench.place): it does not run"])
            // The keepers go on: nobody wants it stopped any more.
            #expect(await bench.record?.stopped == nil)
        }
    }

    @Test func `a restart says for how long it was away`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture) { $0.health.deadline = .seconds(20) }
            let proving = Task {
                // Stands for the keepers: proves what was stopped.
                while await bench.record?.active?.proven.isEmpty == false {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await bench.controls.control.book.change { state in
                    state.services[bench.db]?.prove(
                        TrafficTarget(
                            replica: bench.place,
                            release: ReleaseID(service: bench.db, number: 1),
                            run: RunID("later"),
                            endpoint: Endpoint(address: "10.0.0.2", port: 5432)
                        )
                    )
                }
            }
            let view = try await bench.ask(.restart)
            try await proving.value
            let gap = try #require(view.accessories.first?.gapSeconds)
            #expect(gap > 0 && gap < 20)
            #expect(bench.controls.containers.asked.contains("stop \(bench.place)"))
        }
    }

    @Test(arguments: [("web", "accessory.kind"), ("mail", "accessory.no-such-service")])
    func `what is no accessory is refused`(name: String, code: String) async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            let problem = try await #require(throws: Problem.self) { try await bench.ask(.stop, ["db", name]) }
            #expect(problem.code == code)
            #expect(!bench.controls.containers.asked.contains { $0.hasPrefix("stop") })
        }
    }

    @Test func `nothing is stopped under a rollout`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            #expect(await bench.controls.control.desk.reserve([bench.db]))
            let problem = try await #require(throws: Problem.self) { try await bench.ask(.stop) }
            #expect(problem.code == "accessory.busy")
            #expect(await bench.record?.stopped == nil)
        }
    }

    @Test func `a command beside a container without that ability is given no input`() async throws {
        try await Fixture.with("accessory") { fixture in
            let bench = try await Bench(fixture)
            let request = ExecRequest(
                project: bench.shop.samples.project,
                service: bench.db.service,
                replica: 0,
                command: ["true"],
                timeoutSeconds: 5
            )
            let end = try await bench.controls.control.exec(request, input: nil) { bytes, _ in
                #expect(String(decoding: bytes, as: UTF8.self) == "containers\n")
            }
            #expect(end.exitCode == 0)
            let problem = try await #require(throws: Problem.self) {
                _ = try await bench.controls.control.exec(request, input: { nil }) { _, _ in }
            }
            #expect(problem.code == "exec.failed")
        }
    }
}

@Suite struct `A rollback without a name` {
    @Test func `leaves accessories where they are`() async throws {
        try await Fixture.with("accessory") { fixture in
            let shop = try AccessoryShop()
            let state = try shop.host([try shop.draft("db"), try shop.draft("web", .web, needs: ["db"])])
            let controls = try await Controls(fixture, state)
            for (number, name) in [(1, "web"), (2, "db")] {
                let draft = try shop.draft(name, name == "db" ? .accessory : .web, digest: "2")
                let planned = Planner.deploy([draft], shop.request, force: true, state: state)
                var rollout = Rollout(
                    id: RolloutID(number: number),
                    kind: .deploy,
                    members: planned.members,
                    author: "anna",
                    now: Timestamp(nanoseconds: 1)
                )
                rollout.stage = .ended(.settled)
                let snapshot = RolloutSnapshot(boot: BootID("one"), rollout: rollout, createdAt: Double(number))
                let entry = RolloutEntry(snapshot: snapshot, began: [], ended: [], notes: [])
                try await controls.control.journal.append([.rollout(entry)])
            }
            let order = RollbackOrder(
                project: shop.samples.project,
                service: nil,
                release: nil,
                withCurrentSecrets: false
            )
            let keys = try await controls.control.rollbackServices(order)
            #expect(keys.map { "\($0.service)" } == ["web"])
        }
    }
}
