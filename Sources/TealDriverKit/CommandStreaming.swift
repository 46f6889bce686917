package import TealCore

/// Runs commands beside replicas with an input, and hands their outputs on as they come: an ability that not every runtime
/// has.
package protocol CommandStreaming: Sendable {
    /// Runs a command beside a replica as ``ContainerRuntime/execute(_:beside:within:)`` does, and returns once it has ended
    /// and both outputs are handed on.
    ///
    /// The command is ended at the limit, and when the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - command: The program and its arguments.
    ///   - replica: Whose surroundings it gets.
    ///   - limit: How long it may take.
    ///   - input: What it reads; it meets the end where this ends. Nil for no input at all.
    ///   - output: Takes a piece of an output; the next one comes once it returns.
    /// - Returns: How it ended; its tail is empty.
    /// - Throws: ``RuntimeError/refused(_:)`` where the replica's runtime gives commands no input.
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration,
        input: CommandInput?,
        output: @escaping @Sendable (OutputPiece) async -> Void
    ) async throws(RuntimeError) -> CommandResult
}

/// What a command reads, in pieces; each is asked for once the one before it was taken.
package struct CommandInput: Sendable {
    /// The next piece, asked by one task at a time; nil at the end.
    package let next: @Sendable () async -> [UInt8]?

    package init(next: @escaping @Sendable () async -> [UInt8]?) { self.next = next }
}

/// Some bytes that a command wrote.
package struct OutputPiece: Hashable, Sendable {
    package let bytes: [UInt8]
    /// Whether they were written to the error output.
    package let isError: Bool

    package init(bytes: [UInt8], isError: Bool) {
        self.bytes = bytes
        self.isError = isError
    }
}
