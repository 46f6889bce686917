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
struct `Another engine at the socket` {
    /// An engine that answers, and has nothing.
    private func stranger(_ fixture: Fixture) throws -> StubEngine {
        let engine = StubEngine(path: try fixture.directory() + "/other.sock") { request in
            let path = request.target.split(separator: "?")[0].replacing("/v1.41", with: "")
            switch (request.method, path) {
            case (_, "/version"): return .json(#"{"Version":"27.0.0","ApiVersion":"1.41","MinAPIVersion":"1.24"}"#)
            case (_, "/info"): return .json(#"{"ID":"OTHER","DockerRootDir":"/srv/other"}"#)
            case ("GET", "/containers/json"), ("GET", "/networks"): return .json("[]")
            default: return .json(#"{"message":"no such thing"}"#, status: 404)
            }
        }
        fixture.atEnd { engine.close() }
        return engine
    }

    private func isAnother(_ error: any Error) -> Bool {
        guard case RuntimeError.anotherEngine(let text) = error else { return false }
        return text.contains("are on another engine") && text.contains("OTHER in /srv/other")
    }

    @Test func `nothing is said to have vanished, stopped or ended there, and no record is lost`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            let once = OnceOrder(
                name: "rollout/migrate",
                release: release,
                command: ["true"],
                environment: [:],
                timeout: .seconds(20),
                onHost: false
            )
            _ = try await lab.runtime.make(once)
            // Ended by the cancellation, once it has begun.
            let waiting = Task {
                try await lab.runtime.runOnce(
                    OnceOrder(
                        name: "rollout/long",
                        release: release,
                        command: ["sleep", "60"],
                        environment: [:],
                        timeout: .seconds(60),
                        onHost: false
                    )
                )
            }
            try await eventually("it runs") { try await lab.runtime.onceState(of: "rollout/long") == .running }
            waiting.cancel()
            let engine = try stranger(lab.fixture)
            let other = DockerRuntime(
                DockerConfiguration(socket: engine.path, subnetPool: "10.214.0.0/16", home: lab.configuration.home)
            ) { _ in nil }
            let call = lab.order(release)
            await #expect(performing: { _ = try await other.replicas() }, throws: isAnother)
            await #expect(performing: { _ = try await other.replicas(of: first.id.service) }, throws: isAnother)
            await #expect(performing: { _ = try await other.replica(first.id) }, throws: isAnother)
            await #expect(performing: { _ = try await other.start(call) }, throws: isAnother)
            await #expect(performing: { try await other.fetch(release) }, throws: isAnother)
            await #expect(performing: { try await other.stop(first.id, policy: StopPolicy()) }, throws: isAnother)
            await #expect(performing: { try await other.remove(first.id) }, throws: isAnother)
            await #expect(performing: { _ = try await other.onceState(of: "rollout/long") }, throws: isAnother)
            await #expect(performing: { _ = try await other.prune(keeping: []) }, throws: isAnother)
            #expect(await other.strangeEngine()?.contains("OTHER in /srv/other") == true)
            await other.shutdown()
            let now = try await lab.reattached().replica(first.id)
            #expect(now?.run == first.run && now?.isRunning == true)
            #expect(await lab.runtime.strangeEngine() == nil)
        }
    }

    @Test func `an engine that was moved is known by the containers that it has`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let home = lab.runtime.home
            try home.write(EngineMark(id: "BEFORE", root: "/before"), to: home.engine)
            try await lab.runtime.checkEngine()
            let now: EngineMark? = try home.read(home.engine)
            let mark = try await lab.runtime.engine().mark
            #expect(now == mark)
            #expect(try await lab.state(first.id).run == first.run)
        }
    }

    @Test func `a home without containers begins on whatever engine there is`() async throws {
        try await DockerLab.with { lab in
            let home = lab.runtime.home
            try home.write(EngineMark(id: "BEFORE", root: "/before"), to: home.engine)
            #expect(try await lab.started(try await lab.release(DockerLab.idle)).isRunning)
        }
    }
}
