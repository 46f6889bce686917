import NIOCore
import NIOPosix
import TealCore
import TealDriverKit
import TealProbe
import Testing

@Suite struct `A probe over a real socket tells what it met` {
    private let probe = NetworkProbe()
    private let limit = Duration.seconds(5)

    private func probed(
        _ behaviour: RawServer.Behaviour,
        within limit: Duration = .seconds(5),
        _ change: @Sendable (inout HTTPExpectation) -> Void = { _ in }
    ) async throws -> ProbeResult {
        var expectation = HTTPExpectation(path: "/up")
        change(&expectation)
        let asked = expectation
        return try await RawServer.run(behaviour) { await probe.request(asked, at: $0.endpoint, within: limit) }
    }

    @Test func `a whole answer passes with its latency`() async throws {
        let result = try await probed(.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        guard case .passed(let latency) = result else { throw Unexpected(result: result) }
        #expect(latency > .zero && latency < limit)
    }

    @Test(arguments: [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ])
    func `every framing that is whole passes`(text: String) async throws {
        let result = try await probed(.answer(text))
        #expect(result.hasPassed, "\(result)")
    }

    @Test func `a body that ends with the connection is whole`() async throws {
        let result = try await probed(.answerAndClose("HTTP/1.0 200 OK\r\n\r\nwell")) { $0.bodyPattern = "^well$" }
        #expect(result.hasPassed, "\(result)")
    }

    @Test func `an answer to HEAD needs no body`() async throws {
        let result = try await probed(.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")) { $0.method = "HEAD" }
        #expect(result.hasPassed, "\(result)")
    }

    @Test func `a port that nobody listens on refuses`() async throws {
        let free = try await RawServer.run(.silent) { $0.endpoint }
        #expect(await probe.request(HTTPExpectation(), at: free, within: limit) == .failed(.refused))
        #expect(await probe.connect(to: free, within: limit) == .failed(.refused))
    }

    @Test func `silence ends at the limit and closes the connection`() async throws {
        try await RawServer.run(.silent) { server in
            let span = Duration.milliseconds(80)
            let result = await probe.request(HTTPExpectation(), at: server.endpoint, within: span)
            #expect(result == .failed(.timedOut(after: span)))
            #expect(await server.wait { $0.connections.ended == 1 })
        }
    }

    @Test func `an answer that never gets whole ends at the limit`() async throws {
        let result = try await probed(
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
            within: .milliseconds(80)
        )
        #expect(result == .failed(.timedOut(after: .milliseconds(80))))
    }

    @Test(arguments: [
        RawServer.Behaviour.close, .reset, .answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
        .answerAndClose("HTTP/1.1 200 OK\r\nContent-Le"), .answerAndClose("HTT"),
        .answerAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"),
    ])
    func `an end before the whole answer is said`(behaviour: RawServer.Behaviour) async throws {
        #expect(try await probed(behaviour) == .failed(.closedEarly))
    }

    @Test func `a stranger that speaks no HTTP is named by its first line`() async throws {
        #expect(try await probed(.answer("SSH-2.0-OpenSSH_9.2\r\n")) == .failed(.notHTTP("SSH-2.0-OpenSSH_9.2")))
        #expect(try await probed(.answerAndClose("220 mail")) == .failed(.notHTTP("220 mail")))
        #expect(try await probed(.answerAndClose("\u{1}\u{2}x")) == .failed(.notHTTP("..x")))
    }

    @Test func `a redirect is not followed`() async throws {
        try await RawServer.run(.answer("HTTP/1.1 301 Moved\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")) {
            server in
            let result = await probe.request(HTTPExpectation(path: "/up"), at: server.endpoint, within: limit)
            #expect(result == .failed(.redirected(status: 301, to: "/login")))
            #expect(server.connections.opened == 1)
        }
    }

    @Test func `an answer is judged`() async throws {
        let bad = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
        #expect(try await probed(.answer(bad)) == .failed(.status(500)))
        let answer = "HTTP/1.1 200 OK\r\nX-Release: 1\r\nContent-Length: 13\r\n\r\n{\"ok\": false}"
        #expect(
            try await probed(.answer(answer)) { $0.jsonFields = ["ok": "true"] }
                == .failed(.bodyDiffers(expected: "ok = true", got: "ok = false"))
        )
        #expect(
            try await probed(.answer(answer)) { $0.answerHeaders = ["x-release": "2"] }
                == .failed(.headerDiffers(name: "x-release", expected: "2", got: "1"))
        )
        let slow = try await probed(.answer(answer)) { $0.latencyMax = .nanoseconds(1) }
        guard case .failed(.tooSlow(let latency, .nanoseconds(1))) = slow else { throw Unexpected(result: slow) }
        #expect(latency > .nanoseconds(1))
    }

    @Test func `a body beyond the limit is not taken in`() async throws {
        let count = (1 << 20) + 1
        let result = try await probed(
            .answer("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count))
        )
        #expect(
            result == .failed(.bodyDiffers(expected: "a body of at most 1048576 bytes", got: "a longer one"))
        )
        let fits = try await probed(
            .answer(
                "HTTP/1.1 200 OK\r\nContent-Length: \(count - 1)\r\n\r\n" + String(repeating: "x", count: count - 1)
            )
        )
        #expect(fits.hasPassed)
    }

    @Test func `an address that is none is unreachable`() async {
        let nowhere = Endpoint(address: "web.example", port: 80)
        #expect(
            await probe.request(HTTPExpectation(), at: nowhere, within: limit)
                == .failed(.unreachable("web.example is no IP address"))
        )
        #expect(!(await probe.connect(to: Endpoint(address: "127.0.0.1", port: 70000), within: limit)).hasPassed)
    }

    @Test func `a connection alone passes and is closed`() async throws {
        try await RawServer.run(.silent) { server in
            #expect(await probe.connect(to: server.endpoint, within: limit).hasPassed)
            #expect(await server.wait { $0.connections == (1, 1) })
        }
    }

    @Test func `a cancelled probe closes its connection at once`() async throws {
        try await RawServer.run(.silent) { server in
            let endpoint = server.endpoint
            let task = Task { await probe.request(HTTPExpectation(), at: endpoint, within: .seconds(60)) }
            #expect(await server.wait { !$0.received.isEmpty })
            task.cancel()
            #expect(await task.value == .failed(.unreachable("the probe was cancelled")))
            #expect(await server.wait { $0.connections.ended == 1 })
        }
    }

    @Test func `a probe cancelled before it began opens no connection`() async throws {
        try await RawServer.run(.silent) { server in
            let endpoint = server.endpoint
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await probe.request(HTTPExpectation(), at: endpoint, within: .seconds(60))
            }
            #expect(await task.value == .failed(.unreachable("the probe was cancelled")))
            #expect(server.connections.opened == 0)
        }
    }
}

@Suite struct `A probe sends the request that was written` {
    private let ok = RawServer.Behaviour.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    private func sent(_ expectation: HTTPExpectation) async throws -> (text: String, endpoint: Endpoint) {
        try await RawServer.run(ok) { server in
            #expect(await NetworkProbe().request(expectation, at: server.endpoint, within: .seconds(5)).hasPassed)
            return (server.received, server.endpoint)
        }
    }

    @Test func `the host is the endpoint unless one is written`() async throws {
        let (text, endpoint) = try await sent(HTTPExpectation(path: "/up?deep=1"))
        #expect(text.hasPrefix("GET /up?deep=1 HTTP/1.1\r\nHost: \(endpoint)\r\n"))
        #expect(text.contains("\r\nConnection: close\r\n"))
        var named = HTTPExpectation()
        named.headers = ["hOsT": "shop.example"]
        #expect(try await sent(named).text.hasPrefix("GET / HTTP/1.1\r\nHost: shop.example\r\n"))
    }

    @Test func `method, headers and body go out as written, framing is the probe's own`() async throws {
        var expectation = HTTPExpectation(path: "/orders")
        expectation.method = "POST"
        expectation.headers = ["X-Trace": "7", "Content-Length": "9999", "connection": "keep-alive"]
        expectation.body = "{\"é\":1}"
        let (text, _) = try await sent(expectation)
        #expect(text.contains("X-Trace: 7\r\n"))
        #expect(text.contains("Content-Length: 8\r\n"))
        #expect(!text.contains("9999") && !text.contains("keep-alive"))
        #expect(text.hasSuffix("\r\n\r\n{\"é\":1}"))
    }

    @Test func `each probe has its own connection`() async throws {
        try await RawServer.run(ok) { server in
            for _ in 0..<3 {
                _ = await NetworkProbe().request(HTTPExpectation(), at: server.endpoint, within: .seconds(5))
            }
            #expect(await server.wait { $0.connections == (3, 3) })
        }
    }
}
