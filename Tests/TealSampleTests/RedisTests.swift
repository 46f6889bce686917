import Foundation
import NIOPosix
import Testing

@testable import TealSample

@Suite(.enabled(if: RedisServer.isWanted, "redis-server is not installed"))
struct `The queue worker on a real Redis list` {
    @Test(.timeLimit(.minutes(1)))
    func `does each job once, in turn, only while it is active, and goes on after the server was away`() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let queue = { (version: String) in
            RedisQueue(host: "127.0.0.1", port: server.port, list: "jobs", version: version)
        }
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        func worker(_ version: String) -> QueueWorker {
            QueueWorker(source: queue(version), jobTime: .milliseconds(30), isActive: false, threads: threads)
        }
        let (old, new) = (worker("old"), worker("new"))
        async let runs: Void = withTaskGroup { group in
            for worker in [old, new] { group.addTask { await worker.run() } }
        }
        let result = await Result { try await work(server, old, new) }
        // Also after a failure: nobody else ends them.
        await old.stop()
        await new.stop()
        await runs
        try await threads.shutdownGracefully()
        try result.get()
    }

    private func work(_ server: RedisServer, _ old: QueueWorker, _ new: QueueWorker) async throws {
        let jobs = (1...40).map { "job-\($0) of forty" }
        for (index, job) in jobs.enumerated() { #expect(try server.ask("RPUSH", "jobs", job) == .number(index + 1)) }
        // Nobody is active: nothing is taken, from a list that is there.
        #expect(await old.change(.none) == Activity(isActive: false, isBusy: false))
        #expect(try server.ask("LLEN", "jobs") == .number(40))
        _ = await old.change(.activate)
        try await soon { try server.ask("LLEN", "jobs:done") != .number(0) }
        #expect(await old.change(.deactivate) == Activity(isActive: false, isBusy: false))
        // The job in hand was finished, and none is left half done.
        guard case .number(let half) = try server.ask("LLEN", "jobs:done") else {
            throw RedisFailure(what: "no length")
        }
        #expect((1..<40).contains(half))
        #expect(try server.ask("LLEN", "jobs:taken") == .number(0))

        _ = await new.change(.activate)
        try await soon { try server.ask("LLEN", "jobs:done") == .number(40) }
        _ = await new.change(.deactivate)
        for (index, job) in jobs.enumerated() {
            let done = try server.ask("LINDEX", "jobs:done", "\(index)")
            #expect(done == .text("\(job) \(index < half ? "old" : "new")"))
        }
        #expect(try server.ask("LLEN", "jobs:taken") == .number(0))

        // Connections end without a word: what is added later is done over new ones.
        #expect(try server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") != .number(0))
        #expect(try server.ask("RPUSH", "jobs", "last") == .number(1))
        _ = await old.change(.activate)
        try await soon { try server.ask("LLEN", "jobs:done") == .number(41) }
        _ = await old.change(.deactivate)
        #expect(try server.ask("LINDEX", "jobs:done", "-1") == .text("last old"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `what is no list, and a server that is not there, are errors`() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let queue = RedisQueue(host: "127.0.0.1", port: server.port, list: "jobs", version: "v1")
        #expect(try queue.take() == nil)
        #expect(try server.ask("SET", "jobs", "text") == .text("OK"))
        #expect(throws: JobError.self) { try queue.take() }
        #expect(try server.ask("DEL", "jobs") == .number(1))
        #expect(try server.ask("RPUSH", "jobs", "one") == .number(1))
        #expect(try queue.take() == "one")
        server.stop()
        #expect(throws: JobError.self) { try queue.finish("one") }
    }

    /// Looks again and again, for ten seconds.
    private func soon(_ holds: () throws -> Bool) async throws {
        for _ in 0..<1000 where try !holds() { try await Task.sleep(for: .milliseconds(10)) }
        try #require(try holds())
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
