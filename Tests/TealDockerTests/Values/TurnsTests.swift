import Synchronization
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(.timeLimit(.minutes(1)))
struct `Turns at one place` {
    private let turns = Turns<String>()
    private let said = Said()

    /// Words in the order in which they were said.
    private final class Said: Sendable {
        private let words = Mutex<[String]>([])

        func add(_ word: String) { words.withLock { $0.append(word) } }
        var all: [String] { words.withLock { $0 } }
        func has(_ word: String) -> Bool { all.contains(word) }
    }

    /// Holds the key until the word `<name> may end` was said.
    private func hold(_ name: String, shared: Bool) -> Task<Void, any Error> {
        // Awaited by each test.
        Task {
            func work() async throws {
                said.add("\(name) begins")
                try await eventually("\(name) may end") { said.has("\(name) may end") }
                said.add("\(name) ends")
            }
            if shared {
                try await turns.share("key") { try await work() }
            } else {
                try await turns.run("key") { try await work() }
            }
        }
    }

    @Test func `what shares waits for what holds alone, and not for what shares`() async throws {
        let start = hold("start", shared: false)
        try await eventually("the start holds") { said.has("start begins") }
        let one = hold("stop 1", shared: true)
        let other = hold("stop 2", shared: true)
        try await Task.sleep(for: .milliseconds(50))
        #expect(said.all == ["start begins"])
        said.add("start may end")
        try await eventually("both stops run") { said.has("stop 1 begins") && said.has("stop 2 begins") }
        #expect(said.all[2] == "start ends")
        said.add("stop 2 may end")
        try await other.value
        said.add("stop 1 may end")
        try await one.value
        try await start.value
    }

    @Test func `what holds alone waits for all that share, and lets no more of them wait`() async throws {
        let one = hold("stop 1", shared: true)
        try await eventually("the first stop runs") { said.has("stop 1 begins") }
        let start = hold("start", shared: false)
        try await Task.sleep(for: .milliseconds(50))
        let other = hold("stop 2", shared: true)
        try await eventually("the second stop runs") { said.has("stop 2 begins") }
        said.add("stop 1 may end")
        try await one.value
        try await Task.sleep(for: .milliseconds(50))
        #expect(!said.has("start begins"))
        said.add("stop 2 may end")
        try await eventually("the start runs") { said.has("start begins") }
        said.add("start may end")
        try await start.value
        try await other.value
    }

    @Test func `those that hold alone come in order, and leave nothing behind`() async throws {
        for round in 0..<3 {
            let first = hold("\(round) a", shared: false)
            try await eventually("it holds") { said.has("\(round) a begins") }
            let second = hold("\(round) b", shared: false)
            try await Task.sleep(for: .milliseconds(20))
            let third = hold("\(round) c", shared: false)
            for name in ["a", "b", "c"] { said.add("\(round) \(name) may end") }
            for task in [first, second, third] { try await task.value }
            let ends = said.all.filter { $0.hasPrefix("\(round)") && $0.hasSuffix("ends") }
            #expect(ends == ["\(round) a ends", "\(round) b ends", "\(round) c ends"])
        }
    }
}
