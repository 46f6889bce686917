import AsyncHTTPClient
import NIOCore
package import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension DaemonClient {
    /// Starts, stops or restarts accessories, or asks what that would do.
    package func accessories(_ request: AccessoryRequest) async throws(ClientFailure) -> AccessoriesView {
        try await calls.call(.accessories, Operation.accessories.path, sending: request, within: Self.workLimit)
    }

    /// Runs a command beside a replica, sends its input, and tells its outputs as they come.
    ///
    /// The daemon ends the command when the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - request: Which command, and how long; whether it has an input follows from `input`.
    ///   - input: The next piece of the input, nil at its end; asked by one task at a time. Nil for no input.
    ///   - receive: Takes bytes of an output, and whether it is the error output.
    /// - Returns: Its exit code, and whether its limit ended it.
    /// - Throws: ``ClientFailure/refused(_:)`` when it did not run, ``ClientFailure/lost(_:)`` when how it ended is not known.
    package func exec(
        _ request: ExecRequest,
        input: (@Sendable () async -> [UInt8]?)?,
        _ receive: ([UInt8], Bool) async -> Void
    ) async throws(ClientFailure) -> (exitCode: Int, timedOut: Bool) {
        let response = try await streams.open(
            .execStream,
            Operation.execStream.path,
            body: try Self.body(request, input),
            contentType: "application/octet-stream",
            within: Self.quickLimit
        )
        var end: (exitCode: Int, timedOut: Bool)?
        try await lines(of: response) { line throws(ClientFailure) in
            guard !line.isEmpty else { return true }
            let chunk: ExecChunk = try decoded(line)
            if let problem = chunk.problem { throw .refused(problem) }
            if let output = chunk.output, let bytes = Data(base64Encoded: output) {
                await receive(Array(bytes), chunk.isError ?? false)
            }
            // What is left of the input is nobody's any more.
            if let code = chunk.exitCode { end = (code, chunk.timedOut ?? false) }
            return end == nil
        }
        guard let end else {
            throw .lost(ConnectionProblem.lost(socket: socket, because: "the daemon ended the stream"))
        }
        return end
    }

    private static func body(
        _ request: ExecRequest,
        _ input: (@Sendable () async -> [UInt8]?)?
    ) throws(ClientFailure) -> HTTPClientRequest.Body {
        let order = ExecRequest(
            project: request.project,
            service: request.service,
            replica: request.replica,
            command: request.command,
            timeoutSeconds: request.timeoutSeconds,
            hasInput: input != nil
        )
        var line = try Exchange.encoded(order)
        line.writeString("\n")
        guard let input else { return .bytes(line) }
        // A body is read by one task, which asks for each piece after the one before it.
        nonisolated(unsafe) var first: ByteBuffer? = line
        let pieces = AsyncStream<ByteBuffer>(unfolding: {
            if let line = first {
                first = nil
                return line
            }
            return await input().map { ByteBuffer(bytes: $0) }
        })
        return .stream(pieces, length: .unknown)
    }
}
