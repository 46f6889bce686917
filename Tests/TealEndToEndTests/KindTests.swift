import Glibc
import TealAPI
import TealCore
import TealLab
import TealTestSupport
import Testing

extension EndToEnd {
    /// What a service is may change with a release, and what runs beside it may hang.
    @Suite struct Kinds {
        @Test(arguments: [Background.none, .exclusive])
        func `a web service that becomes a worker is led to no more, and back it is again`(
            background: Background
        ) async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                #expect(try await lab.deploy("v1").outcome.state == .settled)
                #expect(try await lab.who().version == "v1")
                let change = try await lab.deploy("v2") { spec in
                    spec.kind = .worker
                    spec.routes = []
                    spec.background = background
                }
                #expect(change.outcome.state == .settled, "\(change.outcome) \(change.problem as Any)")
                // No route names the service, and nothing of it is kept running for one.
                #expect(try await lab.who().status == 404)
                try await expectTidy(lab, running: ["web-green-0"])
                let back = try await lab.rollback("web")
                #expect(back.outcome.state == .settled, "\(back.outcome) \(back.problem as Any)")
                try await expectTidy(lab, running: ["web-blue-0"], serving: "v1")
                // And once more as a route that is taken away for good.
                #expect(
                    try await lab.deploy("v3") { spec in
                        spec.kind = .worker
                        spec.routes = []
                        spec.background = background
                        spec.environment["SAMPLE_HEALTH"] = "never"
                        spec.health.deadline = .seconds(2)
                    }.outcome.state == .kept
                )
                try await expectTidy(lab, running: ["web-blue-0"], serving: "v1")
            }
        }

        @Test
        func `a process that dies comes back in its usual time while the container engine hangs`() async throws {
            try await Lab.with(runtime: .processes) { lab in
                let socket = try SilentSocket(path: lab.root + "/d.sock")
                defer { socket.end() }
                // A container's place on record, so that the engine is asked.
                let places = lab.home + "/docker/places/blog"
                for depth in [lab.home, lab.home + "/docker", lab.home + "/docker/places", places] {
                    mkdir(depth, 0o700)
                }
                close(open(places + "/web-blue-0", O_CREAT | O_WRONLY, 0o600))
                let began = ContinuousClock.now
                try await lab.startDaemon(["TEAL_DOCKER_SOCKET": socket.path])
                let started = ContinuousClock.now - began
                #expect(try await lab.deploy("v1") { $0.replicas = 2 }.outcome.state == .settled)
                let victim = try #require(lab.replicaPids["web-blue-0"]?.first)
                let died = ContinuousClock.now
                kill(victim, SIGKILL)
                try await until("it is routed again", within: .seconds(5)) {
                    let replicas = try await lab.service()?.active?.replicas ?? []
                    let isNew = lab.replicaPids["web-blue-0"]?.contains(victim) == false
                    return isNew && replicas.count == 2 && replicas.allSatisfy { $0.routed && $0.health == .healthy }
                }
                Rounds.say(
                    "beside a hung engine: start \(started), a dead replica back after \(ContinuousClock.now - died)"
                )
                #expect(started < .seconds(20))
            }
        }
    }
}
