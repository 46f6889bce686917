import NIOCore
import NIOPosix
import Testing

@testable import TealSample

@Suite struct `What a service needs` {
    /// The places that lack now.
    private func lacking(_ needs: NIOLoopBound<Needs>) async throws -> [Int] {
        try await needs.eventLoop.submit { needs.value.lacking.map(\.port) }.get()
    }

    @Test(.timeLimit(.minutes(1)))
    func `is asked until it accepts, and then no more`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        func listen(_ port: Int) async throws -> any Channel {
            try await ServerBootstrap(group: loop).serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: "127.0.0.1", port: port).get()
        }
        // Taken and left, so that nobody listens there.
        let early = try await listen(0)
        let port = try #require(early.localAddress?.port)
        try await early.close()
        let there = try await listen(0)
        let other = try #require(there.localAddress?.port)
        let needs = try await loop.submit {
            let places = [port, other].compactMap { HostPort("127.0.0.1:\($0)") }
            let needs = Needs(places, loop: loop)
            needs.start()
            return NIOLoopBound(needs, eventLoop: loop)
        }.get()
        while try await lacking(needs) != [port] { try await Task.sleep(for: .milliseconds(10)) }
        let late = try await listen(port)
        while try await !lacking(needs).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        try await late.close()
        try await there.close()
        #expect(try await lacking(needs).isEmpty)
    }
}
