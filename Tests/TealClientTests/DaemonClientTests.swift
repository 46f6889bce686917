import Foundation
import Synchronization
import TealAPI
import TealCore
import TealFakeDaemon
import Testing

@testable import TealClient

@Suite struct `The client speaks to a daemon over its socket` {
    private func withClient(
        _ daemon: FakeDaemon,
        _ work: @Sendable (DaemonClient) async throws -> Void
    ) async throws {
        try await FakeHost.serve(daemon, heartbeat: .milliseconds(50)) { socket in
            let client = DaemonClient(socket: socket)
            do {
                try await work(client)
                await client.close()
            } catch {
                await client.close()
                throw error
            }
        }
    }

    @Test func `answers come back as they were given`() async throws {
        let shop = try ProjectName(parsing: "shop")
        let web = try ServiceName(parsing: "web")
        let daemon = FakeDaemon()
        try await withClient(daemon) { client in
            let version = try await client.handshake()
            #expect(version == Samples.version)
            let status = try await client.status(StatusQuery(project: shop, service: web))
            #expect(status == Samples.status)
            let rollout = try await client.rollout("r17")
            #expect(rollout == Samples.rollout(.settled))
            let rollouts = try await client.rollouts(of: nil, limit: 3)
            #expect(rollouts.rollouts.count == 1)
            let key = ServiceKey(project: shop, service: web)
            let releases = try await client.releases(of: key, limit: 4)
            #expect(releases.releases == [Samples.release])
            let health = try await client.health(HealthRequest(project: shop, service: nil))
            #expect(health == Samples.health)
            let prune = try await client.prune(PruneRequest(project: nil, apply: true))
            #expect(prune.applied)
            let doctor = try await client.doctor(DoctorRequest(fix: true))
            #expect(doctor.fixed)
            let document = try await client.openAPI()
            #expect(document.contains("\"openapi\":\"3.1.0\""))
            let exec = ExecRequest(project: shop, service: web, replica: 0, command: ["ls"], timeoutSeconds: 1)
            let answer = try await client.exec(exec)
            #expect(answer == Samples.answer)
        }
    }

    @Test func `an artifact is handed over piece by piece`() async throws {
        let daemon = FakeDaemon()
        let hash = try #require(ArtifactHash(parsing: String(repeating: "0a", count: 32)))
        try await withClient(daemon) { client in
            let isThere = try await client.hasArtifact(hash)
            #expect(!isThere)
            let left = Mutex(40)
            let pieces = AsyncThrowingStream<[UInt8], any Error>(unfolding: {
                let isMore = left.withLock { count in
                    count -= 1
                    return count >= 0
                }
                return isMore ? [UInt8](repeating: 7, count: 100_000) : nil
            })
            try await client.storeArtifact(hash, length: 4_000_000, pieces: pieces)
            let isThereNow = try await client.hasArtifact(hash)
            #expect(isThereNow)
        }
        #expect(daemon.artifactBytes == 4_000_000)
    }

    @Test func `a refusal keeps the daemon's words`() async throws {
        let daemon = FakeDaemon()
        let problem = Problem("deploy.busy", "nothing has been changed: r1 holds web", at: ["host-a"], next: ["wait"])
        daemon.configure { $0.problems[.status] = problem }
        try await withClient(daemon) { client in
            await #expect(throws: ClientFailure.refused(ProblemBody(problem))) {
                try await client.status(StatusQuery())
            }
        }
    }

    /// The daemon's words must not be lost because more was written than it wanted to read.
    @Test func `a refusal is heard that comes before the end of what is sent`() async throws {
        let daemon = FakeDaemon()
        let problem = Problem("host.full", "nothing has been changed: no room", at: ["host-a"], next: ["prune"])
        daemon.configure {
            $0.problems[.storeArtifact] = problem
            $0.problems[.execStream] = problem
        }
        let hash = try #require(ArtifactHash(parsing: String(repeating: "0a", count: 32)))
        let shop = try ProjectName(parsing: "shop")
        let command = ExecRequest(
            project: shop,
            service: try ServiceName(parsing: "web"),
            replica: 0,
            command: ["true"],
            timeoutSeconds: 9
        )
        try await withClient(daemon) { client in
            for _ in 0..<20 {
                let left = Mutex(100)
                let next: @Sendable () async -> [UInt8]? = {
                    left.withLock { count in
                        count -= 1
                        return count >= 0 ? [UInt8](repeating: 7, count: 100_000) : nil
                    }
                }
                await #expect(throws: ClientFailure.refused(ProblemBody(problem))) {
                    let pieces = AsyncThrowingStream<[UInt8], any Error> { await next() }
                    try await client.storeArtifact(hash, length: 10_000_000, pieces: pieces)
                }
                left.withLock { $0 = 100 }
                await #expect(throws: ClientFailure.refused(ProblemBody(problem))) {
                    _ = try await client.exec(command, input: next) { _, _ in }
                }
            }
        }
    }

    @Test func `a daemon of another version is refused at the handshake`() async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.version = VersionAnswer(daemon: "9.0", api: [8, 9], protocols: [:], host: "host-a", home: "/")
        }
        try await withClient(daemon) { client in
            await #expect {
                try await client.handshake()
            } throws: { error in
                (error as? ClientFailure)?.problem?.description == """
                    error: nothing has been changed: the daemon does not speak version 1 of the API [api.version]
                      at:   it speaks 8 and 9
                      next: Install the same version of teal on both sides; see `teal version`
                    """
            }
        }
    }

    @Test func `events are followed to the end over lost connections, each once`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.eventsPerStream = 4 }
        let seen = Mutex<[String]>([])
        try await withClient(daemon) { client in
            try await client.follow("r17") { signal in
                seen.withLock { seen in
                    switch signal {
                    case .event(let event): seen.append("\(event.sequence)")
                    case .lost(let because): seen.append(because)
                    case .back: seen.append("back")
                    }
                }
                return true
            }
        }
        let lost = "the daemon ended the connection"
        #expect(
            seen.withLock { $0 } == ["1", "2", "3", "4", lost, "back", "5", "6", "7", "8", lost, "back", "9", "10"]
        )
        #expect(
            daemon.calls == ["followRollout r17 after 0", "followRollout r17 after 4", "followRollout r17 after 8"]
        )
    }

    @Test func `a follower may stop at any event, and the stream is closed`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.staysOpen = true }
        try await withClient(daemon) { client in
            let count = Mutex(0)
            try await client.follow("r17", after: 5) { _ in
                count.withLock { count in
                    count += 1
                    return count < 2
                }
            }
            #expect(count.withLock { $0 } == 2)
        }
    }

    @Test func `a follower that is cancelled ends at once`() async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.staysOpen = true
            $0.events = [Samples.event(1, .phaseBegan, phase: "watch")]
        }
        try await withClient(daemon) { client in
            let (first, feed) = AsyncStream.makeStream(of: Void.self)
            let following = Task {
                try await client.follow("r17") { _ in
                    feed.finish()
                    return true
                }
            }
            for await _ in first {}
            following.cancel()
            await #expect(throws: ClientFailure.cancelled) { try await following.value }
        }
    }

    @Test func `a daemon that does not come back is given up`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.eventsPerStream = 2 }
        let socket = try await FakeHost.serve(daemon) { $0 }
        let late = DaemonClient(socket: socket)
        await #expect {
            try await late.follow("r17", patience: .milliseconds(300)) { _ in true }
        } throws: { error in
            if case .lost(let problem) = error as? ClientFailure { problem.code == "daemon.not-running" } else { false }
        }
        await late.close()
    }

    @Test func `logs are read line by line, signs of life left out`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.streamProblem = Problem("logs.no-such-release", "there is no web@9") }
        let query = LogQuery(
            project: try ProjectName(parsing: "shop"),
            service: nil,
            release: nil,
            replica: nil,
            tail: 3,
            follow: true
        )
        try await withClient(daemon) { client in
            let seen = Mutex<[LogEntry]>([])
            await #expect {
                try await client.logs(query) { entry in
                    seen.withLock { $0.append(entry) }
                    return true
                }
            } throws: { error in
                (error as? ClientFailure)?.problem?.code == "logs.no-such-release"
            }
            #expect(seen.withLock { $0 } == [Samples.entry])
        }
        #expect(daemon.calls == ["logs - 3 true"])
    }
}

@Suite struct `A missing daemon is told at once` {
    private func problem(at socket: String) async -> Problem? {
        let client = DaemonClient(socket: socket)
        defer { Task { await client.close() } }  // Nothing was opened; nobody has to wait for it.
        do throws(ClientFailure) {
            _ = try await client.version()
            return nil
        } catch {
            guard case .unreachable(let problem) = error else { return nil }
            return problem
        }
    }

    @Test func `with how to start the one of a home`() async {
        #expect(
            await problem(at: "/tmp/teal-nowhere/run/teal.sock")?.description == """
                error: nothing has been changed, and running services go on: no Teal daemon answers here [daemon.not-running]
                  at:   /tmp/teal-nowhere/run/teal.sock
                  next: Start it with `teal serve --home /tmp/teal-nowhere`
                        Or name another daemon with `--home`, `--socket`, TEAL_HOME or TEAL_SOCKET
                """
        )
    }

    @Test func `with how to start the host's own`() async {
        #expect(await problem(at: "/tmp/teal-nowhere.sock")?.next.first == "Start it with `systemctl start teal`")
    }

    @Test func `and a file that is no socket is named as such`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/file"
            try Data().write(to: URL(filePath: path))
            let code = await problem(at: path)?.code
            #expect(code == "daemon.not-running" || code == "daemon.unreachable")
        }
    }
}
