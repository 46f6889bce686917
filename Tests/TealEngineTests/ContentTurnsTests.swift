import Synchronization
import TealEngine
import TealTestSupport
import Testing

/// A prune takes nothing that a rollout beside it is fetching.
@Suite struct `Content is fetched and freed in turns` {
    /// Holds a piece of work until it is let go.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, entered: 0))
        var entered: Int { state.withLock { $0.entered } }

        func pass() async {
            state.withLock { $0.entered += 1 }
            while !state.withLock({ $0.isOpen }), !Task.isCancelled {
                // Cancelled: the loop ends.
                try? await Task.sleep(for: .milliseconds(5))
            }
        }

        func open() { state.withLock { $0.isOpen = true } }
    }

    @Test func `no prune begins while something is being fetched`() async throws {
        let (turns, gate) = (ContentTurns(), Gate())
        let fetch = Task { await turns.fetch { await gate.pass() } }
        try await eventually { gate.entered == 1 }
        #expect(await turns.prune { true } == nil)
        gate.open()
        await fetch.value
        #expect(await turns.prune { true } == true)
    }

    @Test func `a fetch waits for the end of a prune, so that what is kept is known before`() async throws {
        let (turns, gate, fetched) = (ContentTurns(), Gate(), Gate())
        fetched.open()
        let prune = Task { await turns.prune { await gate.pass() } }
        try await eventually { gate.entered == 1 }
        let fetches = (0..<3).map { _ in Task { await turns.fetch { await fetched.pass() } } }
        #expect(await turns.prune { true } == nil)
        #expect(fetched.entered == 0)
        gate.open()
        #expect(await prune.value != nil)
        for fetch in fetches { await fetch.value }
        #expect(fetched.entered == 3)
    }

    @Test func `a fetch that nobody wants any more does not wait for a prune that hangs`() async throws {
        let (turns, gate, fetched) = (ContentTurns(), Gate(), Gate())
        fetched.open()
        let prune = Task { await turns.prune { await gate.pass() } }
        try await eventually { gate.entered == 1 }
        let fetch = Task { await turns.fetch { await fetched.pass() } }
        fetch.cancel()
        await fetch.value
        #expect(fetched.entered == 1)
        gate.open()
        _ = await prune.value
    }
}
