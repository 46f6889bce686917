import AsyncAlgorithms
import Hummingbird
import NIOCore
import ServiceLifecycle
import TealAPI
import TealCore

/// An answer that goes on until its stream ends, its reader goes away, or the daemon shuts down.
struct StreamResponse<Format: StreamFormat>: Sendable {
    let format: Format
    let stream: AsyncThrowingStream<Format.Value, any Error>
    /// Held for as long as the answer lives.
    let place: StreamSlots.Place
    let heartbeat: Duration

    init(
        _ stream: AsyncThrowingStream<Format.Value, any Error>,
        as format: Format,
        in place: StreamSlots.Place,
        heartbeat: Duration = APILimits.heartbeat
    ) {
        self.format = format
        self.stream = stream
        self.place = place
        self.heartbeat = heartbeat
    }

    func response(in context: APIContext) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: format.contentType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                // The writer is used by one task at a time: here, or in the operation that is awaited here.
                nonisolated(unsafe) var inner = writer
                do {
                    try await context.whileCallerStays {
                        try await cancelWhenGracefulShutdown { try await write(to: &inner) }
                    }
                } catch is CancellationError {
                    // The reader went away, or the daemon shuts down; a follower asks again and goes on where it was.
                }
                try await writer.finish(nil)
            }
        )
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        // A channel holds one chunk at a time, so that a slow reader slows the source down.
        let chunks = AsyncChannel<ByteBuffer>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pump(into: chunks) }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    await chunks.send(format.heartbeat)
                }
            }
            for await chunk in chunks { try await writer.write(chunk) }
            try Task.checkCancellation()
            group.cancelAll()
        }
    }

    private func pump(into chunks: AsyncChannel<ByteBuffer>) async {
        defer { chunks.finish() }
        do {
            for try await value in stream { await chunks.send(try format.bytes(of: value)) }
        } catch {
            guard !(error is CancellationError) else { return }
            let problem = error as? Problem ?? APIProblem.internal("\(type(of: error))")
            // What cannot be encoded cannot be said; the stream then only ends.
            guard let bytes = try? format.end(with: ProblemBody(problem)) else { return }
            await chunks.send(bytes)
        }
    }
}
