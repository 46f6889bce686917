import Logging
import Synchronization
import TealCore
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// A container engine that takes connections and never answers: what runs as processes does not notice.
@Suite struct `An engine that hangs keeps nobody else waiting` {
    private static var logger: Logger {
        var logger = Logger(label: "teal.test")
        logger.logLevel = .critical
        return logger
    }

    private static func key(_ project: String) throws -> ServiceKey { try Samples(project: project).key }

    private static func place(_ project: String) throws -> ReplicaID {
        ReplicaID(service: try key(project), slot: .blue, index: 0)
    }

    private static func target(_ project: String) throws -> TrafficTarget {
        let place = try place(project)
        return TrafficTarget(
            replica: place,
            release: ReleaseID(service: place.service, number: 42),
            run: RunID("run-\(place)"),
            endpoint: Endpoint(address: "127.0.0.1", port: 9000)
        )
    }

    /// `web` of each project is active in blue, proven and routed.
    private static func state(_ projects: [String]) throws -> HostState {
        var all = HostState()
        for project in projects {
            let one = try Samples(project: project).state(active: 42)
            all.services.merge(one.services) { $1 }
            all.releases.merge(one.releases) { $1 }
            all.services[try key(project)]?.blue?.proven = [0: try target(project)]
        }
        return all
    }

    private static func proven(_ bench: Controls, _ project: String) async throws -> Int {
        let key = try key(project)
        return await bench.control.book.state.services[key]?.blue?.proven.count ?? 0
    }

    private static func hang(_ bench: Controls) throws {
        for project in ["shop", "blog"] {
            let place = try place(project)
            let runtime = project == "shop" ? bench.processes : bench.containers
            runtime.put(place, ReleaseID(service: place.service, number: 42))
        }
        bench.containers.state.withLock { $0.hangs = true }
    }

    @Test func `a look ends at its limit, and the others are seen`() async throws {
        try await Fixture.with("hung") { fixture in
            let bench = try await Controls(fixture, Self.state(["shop", "blog"]), containersOf: [Self.key("blog")])
            try Self.hang(bench)
            let services = try [Self.key("shop"), Self.key("blog")]
            let began = ContinuousClock.now
            let seen = await SeenReplicas.look(bench.runtime.wards, services, within: .milliseconds(200))
            #expect(ContinuousClock.now - began < .seconds(2))
            #expect(try seen.canSee(Self.key("shop")))
            #expect(try seen.unseen == [Self.key("blog"): .timedOut("a look at what runs")])
            #expect(try seen.replicas.map(\.id) == [Self.place("shop")])
        }
    }

    @Test func `a process that dies leaves the route at once and starts again`() async throws {
        try await Fixture.with("hung") { fixture in
            let bench = try await Controls(fixture, Self.state(["shop", "blog"]), containersOf: [Self.key("blog")])
            try Self.hang(bench)
            let keeper = KeeperService(
                drivers: bench.control.drivers,
                wards: bench.runtime.wards,
                book: bench.control.book,
                desk: bench.control.desk,
                clock: BootClock(),
                logger: Self.logger,
                republishes: true,
                noteWritten: {}
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.run() }
                defer { group.cancelAll() }
                let place = try Self.place("shop")
                try await eventually { bench.processes.asked.contains("replicas") }
                try await eventually { bench.processes.asked.contains("events") }
                bench.processes.state.withLock { _ = $0.replicas.removeValue(forKey: place) }
                bench.processes.forget()
                bench.processes.emit(.init(replica: place, kind: .removed))
                try await eventually(within: .seconds(1)) { bench.processes.asked.contains("start \(place)") }
                // What cannot be seen keeps its route meanwhile.
                #expect(try await Self.proven(bench, "blog") == 1)
            }
        }
    }

    @Test func `containers are kept although one service's record cannot be read`() async throws {
        try await Fixture.with("unreadable") { fixture in
            let all: Set<ServiceKey> = try [Self.key("shop"), Self.key("blog")]
            let bench = try await Controls(fixture, Self.state(["shop", "blog"]), containersOf: all)
            try bench.containers.state.withLock { $0.unreadable = try Self.key("blog") }
            let keeper = KeeperService(
                drivers: bench.control.drivers,
                wards: bench.runtime.wards,
                book: bench.control.book,
                desk: bench.control.desk,
                clock: BootClock(),
                logger: Self.logger,
                republishes: true,
                noteWritten: {}
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.run() }
                defer { group.cancelAll() }
                let (place, other) = (try Self.place("shop"), try Self.place("blog"))
                // Nothing of it runs: it is started, of what its release is made of.
                try await eventually(within: .seconds(3)) {
                    bench.processes.state.withLock { $0.replicas[place] != nil }
                }
                // What cannot be seen is not, and keeps its route.
                #expect(bench.processes.state.withLock { $0.replicas[other] == nil })
                #expect(try await Self.proven(bench, "blog") == 1)
            }
        }
    }

    @Test func `a start of the daemon waits a little and keeps the routes of what it cannot see`() async throws {
        try await Fixture.with("hung") { fixture in
            let bench = try await Controls(fixture, Self.state(["shop", "blog"]), containersOf: [Self.key("blog")])
            try Self.hang(bench)
            let last = LastBoot(path: bench.control.home.lastBoot)
            last.note(BootID("one"))
            let began = ContinuousClock.now
            await DaemonProgram.keepProven(
                bench.control.book,
                [],
                bench.runtime.wards,
                last,
                BootID("one"),
                Self.logger
            )
            #expect(ContinuousClock.now - began < SeenReplicas.limit + .seconds(2))
            #expect(try await Self.proven(bench, "shop") == 1)
            #expect(try await Self.proven(bench, "blog") == 1)
        }
    }

    @Test func `after another boot no route stays on what cannot be seen`() async throws {
        try await Fixture.with("hung") { fixture in
            let bench = try await Controls(fixture, Self.state(["shop", "blog"]), containersOf: [Self.key("blog")])
            try Self.hang(bench)
            let last = LastBoot(path: bench.control.home.lastBoot)
            // An earlier Teal left nothing: that counts as another boot.
            for boot in [nil, BootID("one")] {
                if let boot { last.note(boot) }
                await DaemonProgram.keepProven(
                    bench.control.book,
                    [],
                    bench.runtime.wards,
                    last,
                    BootID("two"),
                    Self.logger
                )
                #expect(try await Self.proven(bench, "shop") == 1)
                #expect(try await Self.proven(bench, "blog") == 0)
                #expect(last.isSame(BootID("two")))
            }
        }
    }

    @Test func `a socket that takes connections and never answers is given up`() async throws {
        try await Fixture.with("hung") { fixture in
            let home = Home(root: try fixture.directory() + "/teal")
            try home.prepare()
            let socket = try SilentSocket(path: home.runDirectory + "/d.sock")
            defer { socket.end() }
            // A place on record, so that the engine is asked at all.
            #expect(DirectoryTree.make(home.root + "/docker/places/blog"))
            #expect(TextFile.replace(home.root + "/docker/places/blog/web-blue-0", with: "") == 0)
            let secrets = try MasterKey.open(under: home.secrets)
            let containers = ContainerParts.open(
                socket: socket.path,
                subnets: "10.213.0.0/16",
                home,
                SealedEnvironments(
                    secrets: EncryptedSecretStore(under: home.secrets, key: secrets),
                    sealed: ReleaseEnvironmentStore(under: home.secrets, key: secrets)
                ),
                Self.logger
            )
            let processes = FakeRuntime("processes")
            let place = try Self.place("shop")
            processes.put(place, ReleaseID(service: place.service, number: 42))
            let services = try [Self.key("shop"), Self.key("blog")]
            let began = ContinuousClock.now
            let seen = await SeenReplicas.look(
                containers.beside(processes).wards,
                services,
                within: .milliseconds(500)
            )
            #expect(ContinuousClock.now - began < .seconds(3))
            #expect(seen.replicas.map(\.id) == [place])
            #expect(try seen.unseen.keys.sorted() == [Self.key("blog")])
            await containers.shutdown()
        }
    }
}
