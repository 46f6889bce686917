import Foundation
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
struct `Adopted containers` {
    /// A container made by hand, with a volume without a name, and the place that it is to have.
    private struct ByHand {
        let id: String
        let name: String
        let release: Release
        let place = ReplicaID(service: DockerLab.key, slot: .blue, index: 0)

        init(_ lab: DockerLab, number: Int = 1) async throws {
            let script = "trap 'exit 0' TERM; echo here >> /kept/marks; while :; do sleep 0.05; done"
            let made = try await lab.release(script, number: number)
            let title = "\(lab.fixture.id)-hand-\(number)"
            name = title
            let body: JSONValue = [
                "Image": .string(made.content.hash), "Cmd": ["/app/run"], "Env": ["TOKEN=hunter22"],
                "HostConfig": [
                    "RestartPolicy": ["Name": "always"], "NetworkMode": "none",
                    "Mounts": [["Type": "volume", "Target": "/kept"]],
                ],
            ]
            let own = try await lab.client.createContainer(body, named: title)
            id = own
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/containers/\(own)?force=1&v=1") }
            try await lab.client.startContainer(own)
            let found = try #require(try await lab.runtime.strangers().first { $0.name == title })
            release = try lab.release(content: found.content, source: "lab/app:1", number) { spec in
                spec.written = found.written
                spec.command = []
                spec.volumes = []
                spec.kind = .worker
            }
        }

        var order: AdoptOrder { order(leaving: []) }

        func order(leaving ports: [HostPort]) -> AdoptOrder {
            AdoptOrder(
                replica: place,
                release: release.id,
                container: id,
                endpoint: nil,
                network: nil,
                port: 0,
                leaves: ports
            )
        }

        func start(_ lab: DockerLab) async throws -> ReplicaState {
            try await lab.runtime.start(
                StartOrder(replica: place, release: release, environment: ["TOKEN": Secret("hunter22")], active: true)
            )
        }
    }

    @Test func `are taken over as they are, and are replicas from then on`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            let before = try #require(try await lab.client.container(hand.id))
            let stream = lab.runtime.events()
            let events = EventRecord()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.fetch(hand.release)
            let after = try #require(try await lab.client.container(hand.id))
            #expect(after.startedAt == before.startedAt && after.name == before.name && after.labels == before.labels)
            let state = try await lab.state(hand.place)
            #expect(state.isRunning && state.release == hand.release.id)
            // What it was made with is the keeper's to mend, by a start.
            #expect(state.drift == [.restartPolicy("always")])
            #expect(state.run?.description.hasPrefix(hand.id) == true)
            #expect(try await lab.runtime.replicas().map(\.id) == [hand.place])
            #expect(try await !lab.runtime.strangers().contains { $0.id == hand.id })
            #expect(lab.runtime.adopted() == [hand.place: hand.release.id])
            // Also for a runtime that was not there when it happened.
            let later = try await lab.reattached()
            #expect(try await later.replicas().map(\.id) == [hand.place])
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: hand.place)
            #expect(try await lab.client.container(hand.id)?.restartPolicy == "unless-stopped")
            try await lab.byHand("POST", "/containers/\(hand.id)/stop?t=5")
            try await eventually("it is told that it ended") {
                await events.has(hand.place, .ended(.init(code: 0, outOfMemory: false)))
            }
            #expect(try await lab.state(hand.place).phase == .exited(.init(code: 0, outOfMemory: false)))
        }
    }

    @Test func `are stopped and kept, and are started again themselves`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.fetch(hand.release)
            try await lab.runtime.stop(hand.place, policy: StopPolicy())
            #expect(try await lab.state(hand.place).phase == .stopped)
            #expect(try await lab.client.container(hand.id)?.restartPolicy == "no")
            let started = try await hand.start(lab)
            #expect(started.isRunning && started.origin == .kept)
            #expect(started.run?.description.hasPrefix(hand.id) == true)
        }
    }

    @Test func `that vanished are made anew from what is recorded`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.fetch(hand.release)
            let volume = try #require(hand.release.spec.written?.mounts.first { $0.target == "/kept" })
            try await eventually("it has written") { try await lab.says(hand.place, "cat /kept/marks") == "here" }
            try await lab.byHand("DELETE", "/containers/\(hand.id)?force=1")
            #expect(try await lab.state(hand.place).phase == .stopped)
            let anew = try await hand.start(lab)
            #expect(anew.isRunning && anew.origin == .remade)
            let container = try await lab.container(hand.place)
            #expect(container.id != hand.id && container.environment.contains("TOKEN=hunter22"))
            try await eventually("it has the volume that the first one had") {
                try await lab.says(hand.place, "wc -l < /kept/marks") == "2"
            }
            guard case .volume(let named) = volume.source else {
                Issue.record("\(volume)")
                return
            }
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/\(named.name)?force=1") }
            #expect(lab.runtime.adopted().isEmpty)
        }
    }

    @Test func `that leave a port of the host are started as they are until somebody has it`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            let port = HostPort(address: "0.0.0.0", port: 28_431)
            try await lab.runtime.adopt(hand.order(leaving: [port]))
            try await lab.runtime.fetch(hand.release)
            try await lab.byHand("POST", "/containers/\(hand.id)/stop?t=5")
            let started = try await hand.start(lab)
            #expect(started.isRunning && started.origin == .kept)
            #expect(try await lab.container(hand.place).id == hand.id)
        }
    }

    @Test func `that leave a port of the host are made anew by a start, and stopped by way of who sees to it`()
        async throws
    {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            let port = HostPort(address: "0.0.0.0", port: 28_432)
            let holder = TCPListener.listen(port.port)
            try #require(holder >= 0)
            defer { close(holder) }
            try await lab.runtime.adopt(hand.order(leaving: [port]))
            try await lab.runtime.fetch(hand.release)
            try await eventually("it has written") { try await lab.says(hand.place, "cat /kept/marks") == "here" }
            let leaver = try #require(try await lab.runtime.leaving(HostPort(port: port.port)).first)
            #expect(leaver.id == hand.id && leaver.addresses == ["0.0.0.0"])
            #expect(leaver.adopted == .init(replica: hand.place, release: hand.release.id))
            #expect(try await lab.runtime.leaving(HostPort(port: 28_433)).isEmpty)
            let ways = EventRecord()
            lab.runtime.stopLeaving { replica, _, stop async throws(RuntimeError) in
                await ways.add(ReplicaEvent(replica: replica, kind: .changed))
                try await stop()
            }
            try await lab.runtime.stop(hand.place, policy: StopPolicy())
            #expect(await ways.has(hand.place, .changed))
            #expect(try await lab.state(hand.place).phase == .stopped)
            #expect(try await lab.runtime.leaving(port).map(\.id) == [hand.id], "it would take it back")

            let anew = try await hand.start(lab)
            #expect(anew.isRunning && anew.origin == .made)
            let container = try await lab.container(hand.place)
            #expect(container.id != hand.id && container.environment.contains("TOKEN=hunter22"))
            #expect(try await lab.client.container(hand.id) == nil)
            #expect(try await lab.runtime.leaving(port).isEmpty)
            try await eventually("it has the volume that the first one had") {
                try await lab.says(hand.place, "wc -l < /kept/marks") == "2"
            }
            guard case .volume(let named) = hand.release.spec.written?.mounts.first?.source else {
                Issue.record("no volume")
                return
            }
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/\(named.name)?force=1") }
        }
    }

    @Test func `give their place to another release, and leave their volumes behind`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.stop(hand.place, policy: StopPolicy())
            let next = try await lab.release(DockerLab.idle, number: 2)
            _ = try await lab.started(next)
            #expect(try await lab.client.container(hand.id) == nil)
            #expect(lab.runtime.adopted().isEmpty)
            guard case .volume(let named) = hand.release.spec.written?.mounts.first?.source else {
                Issue.record("no volume")
                return
            }
            #expect(try await lab.client.volume(named.name) != nil)
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/\(named.name)?force=1") }
        }
    }

    @Test func `are let go as they are`() async throws {
        try await DockerLab.with { lab in
            let hand = try await ByHand(lab)
            try await lab.runtime.adopt(hand.order)
            try await lab.runtime.fetch(hand.release)
            let before = try #require(try await lab.client.container(hand.id))
            try await lab.runtime.letGo(hand.place)
            try await lab.runtime.letGo(hand.place)
            let after = try #require(try await lab.client.container(hand.id))
            #expect(after.startedAt == before.startedAt && after.restartPolicy == "always")
            #expect(try await lab.runtime.replicas().isEmpty && !lab.runtime.knows(hand.place))
            #expect(try await lab.runtime.strangers().contains { $0.id == hand.id })
            // Something else may have the place now.
            _ = try await lab.started(try await lab.release(DockerLab.idle, number: 2))
            await #expect(throws: RuntimeError.placeTaken(by: ReleaseID(service: DockerLab.key, number: 2))) {
                try await lab.runtime.adopt(hand.order)
            }
        }
    }
}
