import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing))
)
struct `What people do to containers by hand` {
    @Test func `a container that was removed is made anew, at its address`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let events = EventRecord()
            let stream = lab.runtime.events()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            try await lab.byHand("DELETE", "/containers/\(try await lab.container(first.id).id)?force=1")
            try await eventually("it is told") { await events.has(first.id, .changed) }
            #expect(try await lab.state(first.id).phase == .stopped)
            #expect(lab.runtime.knows(first.id))
            let again = try await lab.runtime.start(lab.order(try await lab.release(DockerLab.idle)))
            #expect(again.isRunning && again.endpoint == first.endpoint && again.run != first.run)
        }
    }

    @Test func `a container that was stopped has ended, and starts again`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
            try await lab.ready(first.id)
            try await lab.byHand("POST", "/containers/\(try await lab.container(first.id).id)/stop?t=5")
            #expect(try await lab.state(first.id).phase == .exited(.init(code: 0, outOfMemory: false)))
            let again = try await lab.runtime.start(lab.order(try await lab.release(DockerLab.idle)))
            #expect(again.isRunning && again.endpoint == first.endpoint && again.restartPolicy == .no)
            let container = try await lab.container(first.id).id
            #expect(again.run?.description.hasPrefix(container) == true)
        }
    }

    @Test func `a restart by hand is another run of the same replica`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            try await lab.ready(first.id)
            try await lab.byHand("POST", "/containers/\(try await lab.container(first.id).id)/restart?t=5")
            let now = try await lab.state(first.id)
            #expect(now.isRunning && now.run != first.run && now.endpoint == first.endpoint && now.drift.isEmpty)
        }
    }

    @Test func `a new name, another policy and a cut network are told, and mended by a start`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(LabScript.serving(at: "$PORT"))
            let first = try await lab.started(release)
            let container = try await lab.container(first.id)
            let network = try #require(try lab.runtime.networks.record(of: DockerLab.key.project)).name
            try await lab.byHand("POST", "/containers/\(container.id)/rename?name=\(lab.fixture.id)-else")
            try await lab.client.setRestartPolicy("always", of: container.id)
            try await lab.client.disconnect(container.id, from: network)
            let troubled = try await lab.state(first.id)
            #expect(
                troubled.drift == [
                    .renamed(to: "\(lab.fixture.id)-else"), .disconnected, .restartPolicy("always"),
                ]
            )
            let mended = try await lab.runtime.start(lab.order(release))
            #expect(mended.drift.isEmpty && mended.run == first.run && mended.endpoint == first.endpoint)
            let call = ActivityCall.post(path: "/x")
            try await eventually("it answers at its address") {
                // It may listen only now and then: one request at a time.
                (try? await lab.runtime.setActivity(true, of: first.id, by: call, within: .seconds(1))) != nil
            }
        }
    }

    @Test func `a mend puts right the run that was seen, cuts no good connection, and starts nothing`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            let run = try #require(first.run)
            let container = try await lab.container(first.id)
            let network = try #require(try lab.runtime.networks.record(of: DockerLab.key.project)).name
            let events = EventRecord()
            let stream = lab.runtime.events()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            try await lab.client.renameContainer(container.id, to: "\(lab.fixture.id)-else")
            try await lab.client.setRestartPolicy("always", of: container.id)
            try await lab.runtime.mend(first.id, run: run)
            #expect(try await lab.state(first.id).drift.isEmpty)
            let now = try await lab.container(first.id)
            #expect(now.networks[network]?.address == container.networks[network]?.address)
            try await lab.client.disconnect(container.id, from: network)
            try await lab.runtime.mend(first.id, run: RunID("another run"))
            #expect(try await lab.state(first.id).drift == [.disconnected])
            try await lab.runtime.mend(first.id, run: run)
            let mended = try await lab.state(first.id)
            #expect(mended.drift.isEmpty && mended.run == run)
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            try await lab.client.startContainer(container.id)
            try await lab.client.renameContainer(container.id, to: "\(lab.fixture.id)-else")
            // Teal has stopped it: that somebody started it is not Teal's to put right.
            let foreign = try await lab.state(first.id)
            try await lab.runtime.mend(first.id, run: try #require(foreign.run))
            #expect(try await lab.container(first.id).name == "\(lab.fixture.id)-else")
        }
    }

    @Test func `a policy that somebody gave to a stopped replica is told, and taken away`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            try await lab.client.setRestartPolicy("always", of: try await lab.container(first.id).id)
            let troubled = try await lab.state(first.id)
            #expect(troubled.drift == [.restartPolicy("always")] && troubled.restartPolicy == .unlessStopped)
            try await lab.runtime.setRestartPolicy(.no, of: first.id)
            #expect(try await lab.state(first.id).drift.isEmpty)
        }
    }

    @Test func `a policy is set for a replica whose container is gone, without an error`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            try await lab.byHand("DELETE", "/containers/\(try await lab.container(first.id).id)?force=1")
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
            try await lab.runtime.setRestartPolicy(.no, of: first.id)
        }
    }

    @Test func `a container without a record is found by a look, and can be removed`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let other = try await lab.release(DockerLab.idle, service: "other")
            let second = try await lab.started(other)
            try lab.runtime.home.forget(first.id)
            #expect(try await lab.runtime.replicas().count == 2)
            #expect(lab.runtime.knows(first.id))
            #expect(try await lab.state(first.id).endpoint == first.endpoint)
            try lab.runtime.home.forget(first.id)
            try await lab.runtime.remove(first.id)
            #expect(try await lab.runtime.replicas().map(\.id) == [second.id])
        }
    }

    @Test func `a paused replica is somebody else's, and runs on after a start`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            try await lab.byHand("POST", "/containers/\(try await lab.container(first.id).id)/pause")
            #expect(try await lab.state(first.id).phase == .foreign("paused"))
            #expect(try await lab.runtime.start(lab.order(release)).isRunning)
            try await lab.byHand("POST", "/containers/\(try await lab.container(first.id).id)/pause")
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            #expect(try await lab.state(first.id).phase == .stopped)
        }
    }

    @Test(.enabled(if: DockerEngine.isOwn, "the engine here is somebody's, and is not pruned"))
    func `a foreign prune of containers, networks and images costs no rollback`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            try await lab.ready(first.id)
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            for what in ["containers", "networks", "images"] { try await lab.byHand("POST", "/\(what)/prune") }
            #expect(try await lab.state(first.id).phase == .stopped)
            let again = try await lab.runtime.start(lab.order(release))
            #expect(again.isRunning && again.endpoint == first.endpoint)
        }
    }

    @Test(.enabled(if: DockerEngine.isOwn, "the engine here is somebody's, and is not pruned"))
    func `a network that vanished under a stopped container is made again with its range`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            try await lab.byHand("POST", "/networks/prune")
            let again = try await lab.runtime.start(lab.order(release))
            #expect(again.isRunning && again.endpoint == first.endpoint && again.gateway == first.gateway)
        }
    }

    @Test func `a name that belongs to something else is left to it`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let foreign = try await lab.client.createContainer(
                ["Image": .string(release.content.hash), "Cmd": ["true"]],
                named: "app-blue"
            )
            lab.fixture.atEnd { try? await lab.client.removeContainer(foreign, withVolumes: true) }
            let first = try await lab.started(release)
            #expect(try await lab.container(first.id).name == "lab-app-blue")
            #expect(try await lab.state(first.id).drift.isEmpty)
            #expect(try await lab.client.container(foreign)?.name == "app-blue")
        }
    }

    @Test func `records that were lost are made from what runs`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            try lab.runtime.home.forget(first.id)
            let again = try await lab.runtime.start(lab.order(release))
            #expect(again.run == first.run && again.endpoint == first.endpoint && again.drift.isEmpty)
        }
    }

    @Test func `a record that cannot be read hides neither its container nor any other`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let second = try await lab.started(try await lab.release(DockerLab.idle, service: "other"))
            let file = lab.runtime.home.file(of: first.id)
            let record = try #require(try file.read())
            try file.replace(with: Array("{\"format\":1,".utf8))
            for _ in 0..<2 {
                let seen = try await lab.runtime.replicas()
                #expect(seen.map(\.run) == [first.run, second.run] && seen.allSatisfy(\.isRunning))
                #expect(seen.map(\.endpoint) == [first.endpoint, second.endpoint])
            }
            #expect(try await lab.state(first.id).run == first.run)
            let reason = RuntimeError.refused(
                "\(file.path) cannot be read as a record of Teal; move it away to go on without it"
            )
            #expect(lab.notices.all == [.recordUnreadable(first.id, reason)])
            // Without its container nothing tells that it is gone for good.
            try await lab.byHand("DELETE", "/containers/\(try #require(first.run).description.prefix(64))?force=1")
            await #expect(throws: reason) { try await lab.runtime.replicas() }
            await #expect(throws: reason) { try await lab.runtime.replica(first.id) }
            #expect(try await lab.runtime.replicas(of: second.id.service).map(\.run) == [second.run])
            try file.replace(with: record)
            #expect(try await lab.runtime.replicas().map(\.phase) == [.stopped, .running])
        }
    }

    @Test func `a once-only run that was removed by hand is unknown, and is not run again`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(release)
            let order = OnceOrder(
                name: "rollout/migrate",
                release: release,
                command: ["sh", "-c", "echo mark >> /marks/marks-gone; sleep 60"],
                environment: [:],
                timeout: .seconds(60),
                onHost: false
            )
            // Ended by the cancellation: the daemon is away while it is removed.
            let waiting = Task { try await lab.runtime.runOnce(order) }
            try await eventually("it runs") { try await lab.marks("gone") == 1 }
            waiting.cancel()
            _ = await waiting.result
            try await lab.killOnce(order.name)
            #expect(try await lab.runtime.onceState(of: order.name) == .unknown)
            await #expect(throws: RuntimeError.endUnknown(order.name)) { try await lab.runtime.runOnce(order) }
            #expect(try await lab.marks("gone") == 1)
        }
    }

    @Test func `a once-only run that was made and never started runs`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(release)
            let order = OnceOrder(
                name: "rollout/early",
                release: release,
                command: lab.markingCommand("early"),
                environment: [:],
                timeout: .seconds(20),
                onHost: false
            )
            // As a daemon leaves it that dies between the two.
            _ = try await lab.runtime.make(order)
            #expect(try await lab.runtime.onceState(of: order.name) == .neverBegun)
            #expect(try await lab.runtime.runOnce(order).succeeded)
            #expect(try await lab.marks("early") == 1)
        }
    }
}
