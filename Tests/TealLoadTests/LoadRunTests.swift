import Testing

@testable import TealLoad

@Suite struct `A run finds what goes wrong` {
    private let own = "HTTP/1.1 500 Own\r\nX-Release: v1\r\nContent-Length: 0\r\n\r\n"

    /// Runs for one second against a server and gives its record.
    private func record(_ steps: [MisbehavingServer.Step], _ more: [String] = []) async throws -> Record {
        let server = try await MisbehavingServer(steps)
        let arguments = ["--url", server.url, "--report", "/dev/null", "--rate", "30", "--duration", "1"] + more
        let record = try await Record.of(arguments)
        try await server.stop()
        return record
    }

    @Test(.timeLimit(.minutes(1)))
    func `a release's own errors do not fail`() async throws {
        let record = try await record([.send(own)])
        #expect(record.failed == 0)
        #expect(record.answers.filter(\.isError).count == record.answers.count)
        #expect(record.scheduled >= 30)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a kept connection closed before the first byte is a reconnect, once`() async throws {
        let record = try await record([.send(own), .close("")])
        #expect(record.failed == 0)
        #expect(record.reconnects > 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a fresh connection closed before the first byte fails`() async throws {
        let record = try await record([.close("")])
        #expect(record.failures[.cut]?.count == record.scheduled)
        #expect(record.reconnects == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a kept connection closed inside an answer fails`() async throws {
        let record = try await record([.send(own), .close("HTTP/1.1 200 OK\r\nContent-Le")])
        #expect((record.failures[.cut]?.count ?? 0) > 0)
        #expect(record.reconnects == 0)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", Record.Failure.gateway),
            ("HTTP/1.1 200 OK\r\nX-Release: v1\r\nContent-Length: 1\r\n\r\nx", .wrongBody),
            ("HTTP/1.1 404 No\r\nX-Release: v1\r\nContent-Length: 0\r\n\r\n", .wrongStatus),
            ("HTTP/1.1 421 No\r\nContent-Length: 0\r\n\r\n", .noRelease),
            ("SSH-2.0\r\n\r\n", .malformed),
        ]
    )
    func `each wrong answer has its kind`(answer: String, kind: Record.Failure) async throws {
        let record = try await record([.send(answer)])
        #expect(record.failures.mapValues(\.count) == [kind: record.scheduled])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a stream that ends before its last line is cut`() async throws {
        let head = "HTTP/1.1 200 OK\r\nX-Release: v1\r\nTransfer-Encoding: chunked\r\n\r\n"
        let record = try await record([.close(head + "5\r\nv1 1\n\r\n0\r\n\r\n")], ["--streams", "1"])
        #expect(record.streams > 0)
        #expect(record.streamsCut == record.streams)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a WebSocket that ends without a close frame is cut`() async throws {
        let head =
            "HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Release: v1\r\n\r\n"
        let record = try await record([.close(head)], ["--websockets", "1"])
        #expect(record.webSocketsCut > 0)
    }
}
