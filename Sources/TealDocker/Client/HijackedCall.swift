import NIOCore
import NIOPosix

/// A call whose connection becomes a stream in both directions once it is answered.
///
/// Follows the Docker Engine API v1.41, "Attach to a container", "Hijacking": after a `101` (or a `200`, from engines that
/// are not asked to upgrade) raw bytes go both ways. Closing one's own direction is the end of the command's input.
struct HijackedCall: Sendable {
    /// The longest head of an answer, in bytes.
    private static let headBytesMax = 16 << 10
    /// The longest text of a refusal, in bytes.
    private static let refusalBytesMax = 64 << 10

    let socket: EngineSocket
    let call: EngineCall
    let version: APIVersion

    /// Opens the connection, lets `use` read what comes and write what goes, and closes it.
    func run(
        _ use: @escaping @Sendable (HijackedStream) async throws(DockerError) -> Void
    ) async throws(DockerError) {
        try socket.check()
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(unixDomainSocketPath: socket.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)
                        )
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                // Read by one task at a time: here until the head is there, in `use` from then on.
                nonisolated(unsafe) var parts = inbound.makeAsyncIterator()
                try await outbound.write(ByteBuffer(bytes: request))
                let first = try await head { try await parts.next() }
                try await use(
                    HijackedStream(
                        first: first,
                        next: { () async throws(DockerError) in
                            do { return try await parts.next() } catch { throw EngineClient.mapped(error, call) }
                        },
                        write: { bytes in
                            // An engine that takes no more has closed: the outputs say how it ended.
                            (try? await outbound.write(ByteBuffer(bytes: bytes))) != nil
                        },
                        finish: { outbound.finish() }
                    )
                )
            }
        } catch {
            throw EngineClient.mapped(error, call)
        }
    }

    private var request: [UInt8] {
        let body = call.body?.compacted.bytes ?? []
        let head = """
            \(call.method) \(call.target(version)) HTTP/1.1\r
            Host: docker\r
            Connection: Upgrade\r
            Upgrade: tcp\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// Reads the answer's head.
    ///
    /// - Returns: What came behind it.
    /// - Throws: ``DockerError/status(_:message:call:)`` for an answer that gives no stream.
    private func head(_ next: () async throws -> ByteBuffer?) async throws -> ByteBuffer {
        var bytes: [UInt8] = []
        while true {
            if let end = Self.end(ofHeadIn: bytes) {
                let text = String(decoding: bytes[..<end], as: UTF8.self)
                let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
                if status == 101 || status == 200 { return ByteBuffer(bytes: bytes[end...]) }
                while bytes.count < Self.refusalBytesMax, let part = try await next() {
                    bytes += part.readableBytesView
                }
                let body = Array(bytes[end...])
                throw DockerError.status(
                    status,
                    message: EngineAnswer(status: status, bytes: body).message,
                    call: call.what
                )
            }
            guard bytes.count < Self.headBytesMax else {
                throw DockerError.unreadable(call: call.what, reason: "its head does not end")
            }
            guard let part = try await next() else {
                throw DockerError.cutOff(call: call.what, reason: "the engine closed it")
            }
            bytes += part.readableBytesView
        }
    }

    /// Where the bytes behind a head begin; nil while it is not whole.
    private static func end(ofHeadIn bytes: [UInt8]) -> Int? {
        let border = Array("\r\n\r\n".utf8)
        guard bytes.count >= border.count else { return nil }
        let found = (0...(bytes.count - border.count)).first { Array(bytes[$0..<($0 + border.count)]) == border }
        return found.map { $0 + border.count }
    }
}

/// The two directions of a hijacked connection.
struct HijackedStream: Sendable {
    /// What came with the answer's head.
    let first: ByteBuffer
    /// The next bytes, asked by one task at a time; nil at the end.
    let next: @Sendable () async throws(DockerError) -> ByteBuffer?
    /// Sends bytes, and returns once there is room for more; false when the other side takes none any more.
    let write: @Sendable ([UInt8]) async -> Bool
    /// Ends the own direction.
    let finish: @Sendable () -> Void
}
