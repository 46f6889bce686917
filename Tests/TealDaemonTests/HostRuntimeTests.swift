import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon

/// Processes and containers side by side, and which places the containers know.
private struct Bench {
    let processes = FakeRuntime("processes")
    let containers = FakeRuntime("containers")
    let known = Known()
    let runtime: HostRuntime

    final class Known: Sendable {
        let places = Mutex<Set<ReplicaID>>([])
        let runs = Mutex<Set<String>>([])

        func insert(_ id: ReplicaID) { places.withLock { _ = $0.insert(id) } }
    }

    init() {
        let known = self.known
        runtime = HostRuntime(
            processes: processes,
            containers: containers,
            containersKnow: { id in known.places.withLock { $0.contains(id) } },
            containersKnowAny: { key in known.places.withLock { $0.contains { $0.service == key } } },
            containersUsed: { known.places.withLock { !$0.isEmpty } },
            containersKnowOnce: { name in known.runs.withLock { $0.contains(name) } }
        )
    }

    /// Everything that either was asked, `p` and `c` before it.
    var asked: [String] { processes.asked.map { "p " + $0 } + containers.asked.map { "c " + $0 } }

    static func place(_ project: String = "shop", _ slot: Slot = .blue) throws -> ReplicaID {
        ReplicaID(service: try Samples(project: project).key, slot: slot, index: 0)
    }

    static func artifact(_ number: Int = 41) throws -> Release { try Samples().release(number) }

    static func image(_ number: Int = 42, project: String = "shop") throws -> Release {
        try Samples(project: project).image(number)
    }

    static func order(_ place: ReplicaID, _ release: Release) -> StartOrder {
        StartOrder(replica: place, release: release, environment: [:], active: true)
    }

    static func once(_ release: Release, onHost: Bool) -> OnceOrder {
        OnceOrder(name: "r1-x", release: release, command: [], environment: [:], timeout: .seconds(1), onHost: onHost)
    }
}

@Suite struct `A host runs processes and containers` {
    @Test func `a release starts where its content runs`() async throws {
        let bench = Bench()
        let (blue, green) = (try Bench.place(), try Bench.place("shop", .green))
        try await bench.runtime.fetch(Bench.artifact())
        _ = try await bench.runtime.start(Bench.order(blue, Bench.artifact()))
        #expect(bench.asked == ["p fetch", "p start web-blue-0"])
        bench.processes.forget()
        try await bench.runtime.fetch(Bench.image())
        _ = try await bench.runtime.start(Bench.order(green, Bench.image()))
        #expect(try await bench.runtime.healthCommand(of: Bench.image())?.command == ["containers"])
        #expect(bench.asked == ["p replica web-green-0", "c fetch", "c start web-green-0", "c health"])
    }

    @Test func `a command runs once in the content, and a hook on the host`() async throws {
        let bench = Bench()
        #expect(try await bench.runtime.runOnce(Bench.once(Bench.image(), onHost: false)).tail == ["containers"])
        #expect(try await bench.runtime.runOnce(Bench.once(Bench.image(), onHost: true)).tail == ["processes"])
        #expect(try await bench.runtime.runOnce(Bench.once(Bench.artifact(), onHost: false)).tail == ["processes"])
    }

    @Test func `everything about a place is asked of who knows it`() async throws {
        for isContainer in [false, true] {
            let bench = Bench()
            let place = try Bench.place()
            if isContainer { bench.known.insert(place) }
            try await bench.runtime.stop(place, policy: StopPolicy())
            try await bench.runtime.setRestartPolicy(.no, of: place)
            try await bench.runtime.setActivity(true, of: place, by: .signal("USR1"), within: .seconds(1))
            _ = try await bench.runtime.replica(place)
            _ = try await bench.runtime.logTail(of: place, linesMax: 1)
            _ = try await bench.runtime.listeners(of: place)
            _ = try await bench.runtime.execute(["ls"], beside: place, within: .seconds(1))
            try await bench.runtime.remove(place)
            let mark = isContainer ? "c" : "p"
            let verbs = ["stop", "policy", "activity", "replica", "tail", "listeners", "execute", "remove"]
            #expect(bench.asked == verbs.map { "\(mark) \($0) web-blue-0" })
            var lines: [String] = []
            for try await line in bench.runtime.followLog(of: place, linesMax: 1) { lines.append(line.text) }
            #expect(lines == [isContainer ? "containers" : "processes"])
        }
    }

    @Test(arguments: [ReplicaPhase.running, .restarting(.init(code: 1, outOfMemory: false)), .foreign("paused")])
    func `a place that the other one holds is taken`(phase: ReplicaPhase) async throws {
        let place = try Bench.place()
        let (artifact, image) = (try Bench.artifact(), try Bench.image())
        let bench = Bench()
        bench.processes.put(place, artifact.id, phase)
        await #expect(throws: RuntimeError.placeTaken(by: artifact.id)) {
            try await bench.runtime.start(Bench.order(place, image))
        }
        let other = Bench()
        other.known.insert(place)
        other.containers.put(place, image.id, phase)
        await #expect(throws: RuntimeError.placeTaken(by: image.id)) {
            try await other.runtime.start(Bench.order(place, artifact))
        }
        #expect(!(bench.asked + other.asked).contains { $0.contains("start") || $0.contains("remove") })
    }

    @Test(arguments: [ReplicaPhase.stopped, .exited(.init(code: 137, outOfMemory: true))])
    func `what the other one has stopped there goes before the start`(phase: ReplicaPhase) async throws {
        let place = try Bench.place()
        let bench = Bench()
        bench.processes.put(place, try Bench.artifact().id, phase)
        _ = try await bench.runtime.start(Bench.order(place, Bench.image()))
        #expect(bench.asked == ["p replica web-blue-0", "p remove web-blue-0", "c start web-blue-0"])
        let other = Bench()
        other.known.insert(place)
        other.containers.put(place, try Bench.image().id, phase)
        _ = try await other.runtime.start(Bench.order(place, Bench.artifact()))
        #expect(other.asked == ["p start web-blue-0", "c replica web-blue-0", "c remove web-blue-0"])
    }

    @Test func `the record of a container that vanished does not outlive a process in its place`() async throws {
        let place = try Bench.place()
        let bench = Bench()
        bench.known.insert(place)
        _ = try await bench.runtime.start(Bench.order(place, Bench.artifact()))
        #expect(bench.asked == ["p start web-blue-0", "c replica web-blue-0", "c remove web-blue-0"])
    }

    @Test func `a removed container's last lines are its place's until a process runs there`() async throws {
        let bench = Bench()
        let place = try Bench.place()
        #expect(try await bench.runtime.logTail(of: place, linesMax: 1).map(\.text) == ["processes"])
        try await bench.runtime.fetch(Bench.image())
        #expect(try await bench.runtime.logTail(of: place, linesMax: 1).map(\.text) == ["containers"])
        bench.processes.put(place, try Bench.artifact().id)
        #expect(try await bench.runtime.logTail(of: place, linesMax: 1).map(\.text) == ["processes"])
    }

    @Test func `replicas are those of both`() async throws {
        let bench = Bench()
        let (one, other) = (try Bench.place(), try Bench.place("blog"))
        bench.processes.put(one, try Bench.artifact().id)
        bench.containers.put(other, try Bench.image(project: "blog").id)
        bench.known.insert(other)
        #expect(try await Set(bench.runtime.replicas().map(\.id)) == [one, other])
        #expect(try await bench.runtime.replicas(of: other.service).map(\.id) == [other])
        #expect(try await bench.runtime.replicas(of: one.service).map(\.id) == [one])
        #expect(bench.containers.asked == ["replicas", "replicas of blog/web"])
    }

    @Test func `an engine that nothing needs is never asked`() async throws {
        let bench = Bench()
        bench.containers.goDown()
        let place = try Bench.place()
        bench.processes.put(place, try Bench.artifact().id)
        #expect(try await bench.runtime.replicas().map(\.id) == [place])
        #expect(try await bench.runtime.replicas(of: place.service).map(\.id) == [place])
        #expect(try await bench.runtime.onceState(of: "r1-x") == .neverBegun)
        #expect(try await bench.runtime.prune(keeping: [Bench.artifact()]) == ["processes"])
        #expect(bench.containers.asked == [])
    }

    @Test func `where it is down, its services are unseen and the others are not`() async throws {
        let bench = Bench()
        let (one, other) = (try Bench.place(), try Bench.place("blog"))
        bench.processes.put(one, try Bench.artifact().id)
        bench.known.insert(other)
        bench.containers.goDown()
        await #expect(throws: FakeRuntime.down) { try await bench.runtime.replicas() }
        let seen = await SeenReplicas.look(bench.runtime.wards, [one.service, other.service])
        #expect(seen.replicas.map(\.id) == [one])
        #expect(seen.canSee(one.service))
        #expect(!seen.canSee(other.service))
        #expect(seen.reason == FakeRuntime.down)
    }

    @Test func `a prune frees images as long as a release has one`() async throws {
        let bench = Bench()
        #expect(try await bench.runtime.prune(keeping: [Bench.image()]) == ["processes", "containers"])
        let used = Bench()
        used.known.insert(try Bench.place())
        #expect(try await used.runtime.prune(keeping: []) == ["processes", "containers"])
    }

    @Test func `how a command ended is found wherever it ran`() async throws {
        let bench = Bench()
        bench.known.insert(try Bench.place())
        bench.containers.state.withLock { $0.once["r1-x"] = .running }
        bench.processes.state.withLock { $0.once["r1-y"] = .unknown }
        #expect(try await bench.runtime.onceState(of: "r1-x") == .running)
        #expect(try await bench.runtime.onceState(of: "r1-y") == .unknown)
        #expect(try await bench.runtime.onceState(of: "r1-z") == .neverBegun)
    }

    @Test func `a migration of the first containers is found by a daemon that started again`() async throws {
        let bench = Bench()
        // No place has a container yet, and nothing has used them since the start.
        bench.known.runs.withLock { _ = $0.insert("r1-x") }
        bench.containers.state.withLock { $0.once["r1-x"] = .running }
        #expect(try await bench.runtime.onceState(of: "r1-x") == .running)
        bench.containers.goDown()
        await #expect(throws: FakeRuntime.down) { try await bench.runtime.onceState(of: "r1-x") }
        #expect(try await bench.runtime.onceState(of: "r1-y") == .neverBegun)
    }

    @Test func `a service that cannot be told of hides no other one`() async throws {
        let bench = Bench()
        let (one, other) = (try Bench.place(), try Bench.place("blog"))
        for place in [one, other] {
            bench.known.insert(place)
            bench.containers.put(place, ReleaseID(service: place.service, number: 42))
        }
        bench.containers.state.withLock { $0.unreadable = other.service }
        let seen = await SeenReplicas.look(bench.runtime.wards, [one.service, other.service])
        #expect(seen.replicas.map(\.id) == [one])
        #expect(seen.unseen == [other.service: .refused("the record of blog/web cannot be read")])
    }

    @Test func `events are those of both, from the first use of containers on`() async throws {
        let bench = Bench()
        let (one, other) = (try Bench.place(), try Bench.place("blog"))
        var events = bench.runtime.events().makeAsyncIterator()
        try await eventually { bench.processes.asked.contains("events") }
        bench.processes.emit(.init(replica: one, kind: .removed))
        #expect(await events.next() == .init(replica: one, kind: .removed))
        #expect(!bench.containers.asked.contains("events"))
        try await bench.runtime.fetch(Bench.image())
        try await eventually { bench.containers.asked.contains("events") }
        bench.containers.emit(.init(replica: other, kind: .outOfMemory))
        #expect(await events.next() == .init(replica: other, kind: .outOfMemory))
    }

    @Test func `a use that never begins lets go of who waits for it`() async throws {
        let use = FirstUse()
        let waiting = Task { await use.begun() }
        waiting.cancel()
        #expect(await !waiting.value)
        use.begin()
        #expect(await use.begun())
    }
}
