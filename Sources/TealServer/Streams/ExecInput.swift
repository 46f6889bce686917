import Hummingbird
import NIOCore
import TealAPI
import TealCore

/// The body of a request for a command with an input: a line that says which command, then what it reads.
struct ExecInput: Sendable {
    /// What came with the line.
    private let first: ByteBuffer
    private let more: @Sendable () async throws -> ByteBuffer?

    /// Reads the line.
    ///
    /// - Throws: `api.malformed` when it is no request, or has no end, and `api.too-large` beyond
    ///   ``APILimits/requestBytesMax``.
    static func read(_ body: RequestBody) async throws -> (ExecRequest, ExecInput) {
        // A stream has one reader: here until the line is whole, in the one task of `pump` from then on.
        nonisolated(unsafe) var chunks = body.makeAsyncIterator()
        let more: @Sendable () async throws -> ByteBuffer? = { try await chunks.next() }
        var bytes = ByteBuffer()
        while true {
            if let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let length = end - bytes.readerIndex
                let line = bytes.readSlice(length: length) ?? ByteBuffer()
                bytes.moveReaderIndex(forwardBy: 1)
                return (try JSONBody.decode(ExecRequest.self, from: line), ExecInput(first: bytes, more: more))
            }
            guard bytes.readableBytes <= APILimits.requestBytesMax else {
                throw APIProblem.tooLarge(bytesMax: APILimits.requestBytesMax)
            }
            guard let chunk = try await more() else {
                throw APIProblem.malformed("its first line has no end")
            }
            bytes.writeImmutableBuffer(chunk)
        }
    }

    /// Hands the command's input on in pieces, each once the one before it was taken, until its end.
    func pump(_ take: ([UInt8]) async -> Void) async {
        var next: ByteBuffer? = first
        while let chunk = next, !Task.isCancelled {
            var left = chunk.readableBytesView[...]
            while !left.isEmpty {
                await take(Array(left.prefix(APILimits.execPieceBytesMax)))
                left = left.dropFirst(APILimits.execPieceBytesMax)
            }
            // A caller that is lost ends the input; what becomes of the command is decided by whoever watches the caller.
            next = try? await more()
        }
    }
}
