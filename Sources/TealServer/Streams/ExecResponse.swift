import AsyncAlgorithms
import Hummingbird
import NIOCore
import ServiceLifecycle
import TealAPI
import TealCore

/// The answer to a command with an input: its outputs as they come, then how it ended.
///
/// The command is ended when its caller goes away or the daemon shuts down.
struct ExecResponse: Sendable {
    let control: any DaemonControl
    let request: ExecRequest
    let input: ExecInput
    /// Held for as long as the answer lives.
    let place: StreamSlots.Place
    let heartbeat: Duration

    func response(in context: APIContext) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                // The writer is used by one task at a time: here, or in the operation that is awaited here.
                nonisolated(unsafe) var inner = writer
                do {
                    try await context.whileCallerStays {
                        try await cancelWhenGracefulShutdown { try await run(writingTo: &inner) }
                    }
                } catch is CancellationError {
                    // Nobody is left who would read how it ended.
                }
                try await writer.finish(nil)
            }
        )
    }

    private func run(writingTo writer: inout any ResponseBodyWriter) async throws {
        // Each holds one piece at a time, so that a slow reader slows the source down, in both directions.
        let inputs = AsyncChannel<[UInt8]>()
        try await withThrowingTaskGroup(of: Void.self) { reading in
            reading.addTask {
                if request.hasInput == true { await input.pump { await inputs.send($0) } }
                inputs.finish()
            }
            try await tell(writer: &writer, reading: inputs)
            reading.addTask { try await Task.sleep(for: RequestReader.restLimit) }
            try await reading.next()
            reading.cancelAll()
        }
    }

    /// Writes all lines, the last one included.
    private func tell(writer: inout any ResponseBodyWriter, reading inputs: AsyncChannel<[UInt8]>) async throws {
        let lines = AsyncChannel<ByteBuffer>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let end = await end(reading: inputs) { await lines.send(Self.line($0)) }
                // What comes now is read by nobody.
                inputs.finish()
                await lines.send(Self.line(end))
                lines.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    await lines.send(ByteBuffer(string: "{}\n"))
                }
            }
            for await line in lines { try await writer.write(line) }
            try Task.checkCancellation()
            group.cancelAll()
        }
    }

    /// Runs the command.
    ///
    /// - Returns: The last line.
    private func end(
        reading inputs: AsyncChannel<[UInt8]>,
        _ tell: @escaping @Sendable (ExecChunk) async -> Void
    ) async -> ExecChunk {
        // Asked by one task at a time, as the control promises.
        nonisolated(unsafe) var pieces = inputs.makeAsyncIterator()
        let next: @Sendable () async -> [UInt8]? = { await pieces.next() }
        do throws(Problem) {
            let end = try await control.exec(
                request,
                input: request.hasInput == true ? next : nil
            ) { bytes, isError in
                var left = bytes[...]
                while !left.isEmpty {
                    let piece = Array(left.prefix(APILimits.execPieceBytesMax))
                    await tell(ExecChunk(output: JSONBody.base64(piece), isError: isError))
                    left = left.dropFirst(piece.count)
                }
            }
            return ExecChunk(exitCode: end.exitCode, timedOut: end.timedOut)
        } catch {
            return ExecChunk(problem: ProblemBody(error))
        }
    }

    private static func line(_ chunk: ExecChunk) -> ByteBuffer {
        // Texts and numbers always encode; an empty line would only be skipped.
        var bytes = (try? JSONBody.bytes(of: chunk)) ?? ByteBuffer()
        bytes.writeString("\n")
        return bytes
    }
}
