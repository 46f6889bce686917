import AsyncHTTPClient
import NIOCore

/// An answer that is read while it comes.
///
/// Dropping it, or leaving its loop, closes the connection.
struct EngineStream: Sendable {
    let body: HTTPClientResponse.Body
    let call: EngineCall
    let client: EngineClient

    /// Hands on each part until the stream ends.
    func forEachPart(_ take: (ByteBuffer) async throws(DockerError) -> Void) async throws(DockerError) {
        do {
            for try await part in body { try await take(part) }
        } catch {
            throw EngineClient.mapped(error, call)
        }
    }

    /// Hands on each JSON text of a stream of one a line.
    ///
    /// - Throws: ``DockerError/streamed(message:call:)`` for a line that is an error, which comes after a status of 200.
    func forEachValue(_ take: (JSONValue) async throws(DockerError) -> Void) async throws(DockerError) {
        var splitter = LineSplitter()
        try await forEachPart { part async throws(DockerError) in
            let lines: [[UInt8]]
            do throws(LineSplitter.TooLong) {
                lines = try splitter.feed(part)
            } catch {
                throw .tooLong(call: call.what, bytesMax: LineSplitter.lineBytesMax)
            }
            for line in lines { try await take(try await value(line)) }
        }
        guard !splitter.rest.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }) else { return }
        try await take(try await value(splitter.rest))
    }

    /// Hands on each frame of a container's outputs.
    func forEachFrame(_ take: (FrameSplitter.Frame) async throws(DockerError) -> Void) async throws(DockerError) {
        var splitter = FrameSplitter()
        try await forEachPart { part async throws(DockerError) in
            let frames: [FrameSplitter.Frame]
            do throws(FrameSplitter.Failure) {
                frames = try splitter.feed(part)
            } catch {
                throw .unreadable(call: call.what, reason: "its frames are damaged")
            }
            for frame in frames { try await take(frame) }
        }
        guard splitter.isAtBorder else { throw .cutOff(call: call.what, reason: "in the middle of a frame") }
    }

    func collect(bytesMax: Int) async throws(DockerError) -> [UInt8] {
        var bytes: [UInt8] = []
        try await forEachPart { part async throws(DockerError) in
            guard bytes.count + part.readableBytes <= bytesMax else {
                throw .tooLong(call: call.what, bytesMax: bytesMax)
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// The first bytes, `bytesMax` at most; what comes after them is not waited for.
    func prefix(bytesMax: Int) async throws(DockerError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                bytes.append(contentsOf: part.readableBytesView.prefix(bytesMax - bytes.count))
                if bytes.count >= bytesMax { break }
            }
        } catch {
            throw EngineClient.mapped(error, call)
        }
        return bytes
    }

    private func value(_ line: [UInt8]) async throws(DockerError) -> JSONValue {
        guard let value = JSONValue(parsing: line) else {
            throw .unreadable(call: call.what, reason: "a line is no JSON")
        }
        if let message = value["errorDetail"]["message"].string ?? value["error"].string {
            throw await client.refusal(nil, message, call)
        }
        return value
    }
}
