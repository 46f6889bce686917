import Foundation
import TealCore
import TealDriverKit
import TealProbe
import Testing

@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(if: StoreServer.isWanted, "PostgreSQL and Redis are not installed")
)
struct `A store is asked in its own protocol` {
    private let probe = NetworkProbe()
    private static let user = StoreProtocol.postgres(user: "postgres")

    /// Asks until the answer is as wanted, or for half a minute.
    private func answers(
        _ store: StoreProtocol,
        at server: StoreServer,
        until isWanted: (ProbeResult) -> Bool
    ) async throws -> [ProbeResult] {
        var seen: [ProbeResult] = []
        for _ in 0..<1200 {
            let result = await probe.ask(store, at: server.endpoint, within: .seconds(5))
            if seen.last.map({ !Self.isSame($0, result) }) ?? true { seen.append(result) }
            if isWanted(result) { return seen }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("it answered \(seen): \(server.log)")
        return seen
    }

    private static func isSame(_ one: ProbeResult, _ other: ProbeResult) -> Bool {
        one == other || one.hasPassed && other.hasPassed
    }

    @Test func `PostgreSQL that lets anybody in is ready, and its log has nothing to tell`() async throws {
        let server = try StoreServer.postgres(settings: "log_connections = off")
        defer { server.stop() }
        let seen = try await answers(Self.user, at: server) { $0.hasPassed }
        #expect(seen.first == .failed(.refused), "nothing listened at first")
        // It tells of each that came while it was starting.
        let before = server.log
        for _ in 0..<20 { #expect(await probe.ask(Self.user, at: server.endpoint, within: .seconds(5)).hasPassed) }
        let since = server.log.dropFirst(before.count)
        #expect(!since.contains("FATAL") && !since.contains("ERROR"), "\(since)")
        #expect(!since.contains("could not") && !since.contains("unexpected"), "\(since)")
    }

    @Test func `PostgreSQL that wants a password is ready, and its log has nothing to tell`() async throws {
        let server = try StoreServer.postgres(rules: "host all all 127.0.0.1/32 scram-sha-256")
        defer { server.stop() }
        _ = try await answers(.postgres(user: "nobody"), at: server) { $0.hasPassed }
        for _ in 0..<20 { #expect(await probe.ask(Self.user, at: server.endpoint, within: .seconds(5)).hasPassed) }
        #expect(!server.log.contains("password authentication failed"), "\(server.log)")
        #expect(!server.log.contains("could not receive") && !server.log.contains("unexpected EOF"), "\(server.log)")
    }

    @Test func `PostgreSQL that refuses everybody takes work all the same, as pg_isready says`() async throws {
        let server = try StoreServer.postgres(rules: "host all all 127.0.0.1/32 reject")
        defer { server.stop() }
        _ = try await answers(Self.user, at: server) { $0.hasPassed }
        let programs = try #require(StoreServer.postgreSQL)
        let check = Process()
        check.executableURL = URL(fileURLWithPath: programs + "/pg_isready")
        check.arguments = ["-q", "-h", "127.0.0.1", "-p", "\(server.endpoint.port)"]
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0)
    }

    @Test func `PostgreSQL that recovers is not ready, and says why`() async throws {
        let server = try StoreServer.postgres(
            settings: "hot_standby = off\nrestore_command = 'false'",
            files: ["standby.signal"]
        )
        defer { server.stop() }
        let seen = try await answers(Self.user, at: server) { result in
            if case .failed(.notReady(let text)) = result { !text.contains("starting up") } else { false }
        }
        #expect(seen.allSatisfy { !$0.hasPassed }, "\(seen)")
        guard case .failed(.notReady(let text)) = seen.last else { return }
        #expect(text.hasPrefix("the database system is not accepting connections"), "\(text)")
    }

    @Test func `Redis is ready by its PONG, with a password or without one`() async throws {
        for settings in [["--save", ""], ["--save", "", "--requirepass", "secret"]] {
            let server = try StoreServer.redis(settings)
            defer { server.stop() }
            let seen = try await answers(.redis, at: server) { $0.hasPassed }
            #expect(seen.count <= 2, "\(seen)")
        }
    }

    @Test func `Redis that loads its data is not ready`() async throws {
        let first = try StoreServer.redis(["--save", "1 1", "--enable-debug-command", "local"])
        _ = try await answers(.redis, at: first) { $0.hasPassed }
        let filling = Process()
        filling.executableURL = URL(fileURLWithPath: "/usr/bin/redis-cli")
        filling.arguments = ["-p", "\(first.endpoint.port)", "debug", "populate", "3000", "key", "2000"]
        filling.standardOutput = FileHandle.nullDevice
        try filling.run()
        filling.waitUntilExit()
        #expect(filling.terminationStatus == 0)
        // It saves when it is told to end.
        first.stop(keepingFiles: true)
        let second = try StoreServer.redis(
            ["--save", "", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"],
            in: first.directory
        )
        defer { second.stop() }
        let seen = try await answers(.redis, at: second) { $0.hasPassed }
        #expect(
            seen.contains { result in
                if case .failed(.notReady(let text)) = result { text.hasPrefix("LOADING ") } else { false }
            },
            "\(seen)"
        )
    }

    @Test func `a Redis that has lost its master and serves nothing stale is not ready`() async throws {
        let server = try StoreServer.redis([
            "--save", "", "--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "no",
        ])
        defer { server.stop() }
        let seen = try await answers(.redis, at: server) { result in
            if case .failed(.notReady(let text)) = result { text.hasPrefix("MASTERDOWN ") } else { false }
        }
        #expect(seen.allSatisfy { !$0.hasPassed }, "\(seen)")
    }

    @Test func `each is no other store`() async throws {
        let server = try StoreServer.redis(["--save", ""])
        defer { server.stop() }
        _ = try await answers(.redis, at: server) { $0.hasPassed }
        let result = await probe.ask(Self.user, at: server.endpoint, within: .seconds(2))
        #expect(!result.hasPassed, "\(result)")
    }
}

@Suite struct `What answers in a store's place` {
    private let probe = NetworkProbe()

    @Test func `is named when it speaks something else`() async throws {
        try await RawServer.run(.answer("HTTP/1.1 400 Bad Request\r\n\r\n")) { server in
            let asked = await probe.ask(.redis, at: server.endpoint, within: .seconds(5))
            #expect(asked == .failed(.otherProtocol(.redis, got: "HTTP/1.1 400 Bad Request")))
        }
    }

    @Test(arguments: [RawServer.Behaviour.close, .reset])
    func `is nobody when the connection ends at once`(behaviour: RawServer.Behaviour) async throws {
        try await RawServer.run(behaviour) { server in
            let asked = await probe.ask(.postgres(user: "postgres"), at: server.endpoint, within: .seconds(5))
            #expect(asked == .failed(.closedEarly))
        }
    }

    @Test func `is not waited for longer than the limit`() async throws {
        try await RawServer.run(.silent) { server in
            let asked = await probe.ask(.redis, at: server.endpoint, within: .milliseconds(80))
            #expect(asked == .failed(.timedOut(after: .milliseconds(80))))
            #expect(await server.wait { $0.connections.ended == 1 })
        }
    }
}
