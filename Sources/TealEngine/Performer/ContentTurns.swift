/// Lets the content of releases be fetched and freed in turns.
///
/// What a prune keeps is asked only once nothing is being fetched, and nothing is fetched until it has ended: so it never
/// takes what a rollout beside it has just fetched, nor an image that two releases share.
package actor ContentTurns {
    private var fetching = 0
    private var isPruning = false
    private var waiting: [AsyncStream<Void>.Continuation] = []

    package init() {}

    /// Fetches, as soon as no prune is under way; fetches do not wait for each other.
    package func fetch<Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Void
    ) async throws(Failure) {
        // Whoever is cancelled goes on to be told so by what it asks for.
        while isPruning, !Task.isCancelled { await pruneEnds() }
        fetching += 1
        defer { fetching -= 1 }
        try await body()
    }

    /// Frees what is not needed, unless something is being fetched or freed already.
    ///
    /// - Returns: Nil when it was not its turn, and nothing was done.
    package func prune<Value: Sendable, Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value? {
        guard fetching == 0, !isPruning else { return nil }
        isPruning = true
        defer {
            isPruning = false
            for continuation in waiting { continuation.finish() }
            waiting = []
        }
        return try await body()
    }

    private func pruneEnds() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        waiting.append(continuation)
        for await _ in stream {}
    }
}
