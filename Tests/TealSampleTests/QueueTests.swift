import Glibc
import NIOPosix
import Testing

@testable import TealSample

@Suite struct `The queue worker respects its activity` {
    @Test func `a job goes to one taker only and is noted when finished`() throws {
        let root = try temporaryDirectory()
        let queues = ["a", "b"].map { DirectoryQueue(root: root, version: $0, pid: 9) }
        try appendLine("work", to: root + "/todo/j1")
        #expect(try queues[0].take() == "j1")
        #expect(try queues[1].take() == nil)
        try queues[0].finish("j1")
        #expect(access(root + "/done/j1.a.9", F_OK) == 0)
        #expect(access(root + "/log", F_OK) == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a passive worker takes nothing, and deactivation waits for the job in hand`() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let source = Shelf(jobs: ["j1", "j2", "j3"])
        let worker = QueueWorker(source: source, jobTime: .milliseconds(50), isActive: false, threads: threads)
        async let running: Void = worker.run()
        #expect(await worker.change(.none) == Activity(isActive: false, isBusy: false))
        #expect(source.taken == 0)
        _ = await worker.change(.activate)
        while source.taken == 0 { await Task.yield() }
        #expect(await worker.change(.deactivate) == Activity(isActive: false, isBusy: false))
        #expect(source.taken == source.finished)
        await worker.stop()
        await running
        try await threads.shutdownGracefully()
    }

    @Test func `replies of Redis are read only when they are complete`() throws {
        #expect(try RedisReply.parse(Array("$2\r\nj".utf8)) == nil)
        let whole = try RedisReply.parse(Array("$2\r\nj1\r\n+".utf8))
        #expect(whole?.reply == .text("j1"))
        #expect(whole?.bytes == 8)
        #expect(try RedisReply.parse(Array("$-1\r\n".utf8))?.reply == .null)
    }

    private func temporaryDirectory() throws -> String {
        var template = Array("/tmp/teal-sample-test-XXXXXX".utf8CString)
        return try #require(mkdtemp(&template).map { String(cString: $0) })
    }
}
