import Synchronization
import TealCore
import TealDriverKit

/// Builds without git: what refs stand for and what was built is as a test says.
final class FakeSources: SourceBuilder {
    struct State {
        var refs: [String: GitCommit] = [:]
        /// Artifacts by commit.
        var artifacts: [GitCommit: String] = [:]
        var failure: SourceError?
        var orders: [BuildOrder] = []
    }

    private let state = Mutex(State())

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    /// What was to be built, or looked for.
    var orders: [BuildOrder] { state.withLock { $0.orders } }

    func resolve(_ source: GitSource, for login: GitAccess?) async throws(SourceError) -> GitCommit {
        if let commit = source.ref.commit { return commit }
        guard let commit = state.withLock({ $0.refs["\(source.ref)"] }) else { throw .noSuchRef(source.ref) }
        return commit
    }

    func built(_ order: BuildOrder) async -> BuiltSource? {
        state.withLock { state in
            state.orders.append(order)
            return state.artifacts[order.commit].map { .init(commit: order.commit, artifact: $0, wasThere: true) }
        }
    }

    func build(
        _ order: BuildOrder,
        again: Bool,
        _ tell: @escaping @Sendable (BuildNote) -> Void
    ) async throws(SourceError) -> BuiltSource {
        tell(.output(order.mask("token hunter22")))
        if let failure = state.withLock({ $0.failure }) { throw failure }
        guard let built = await built(order) else { throw .noSuchCommit(order.commit) }
        return built
    }
}
