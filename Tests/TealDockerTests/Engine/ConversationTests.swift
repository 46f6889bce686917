import Foundation
import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// Commands beside a container that read and write at the same time.
@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing))
)
struct `Commands with an input` {
    /// What a command wrote, by output.
    private final class Written: Sendable {
        private let texts = Mutex((output: [UInt8](), errors: [UInt8]()))
        var output: [UInt8] { texts.withLock { $0.output } }
        var errors: [UInt8] { texts.withLock { $0.errors } }
        func add(_ piece: OutputPiece) {
            texts.withLock { texts in
                if piece.isError { texts.errors += piece.bytes } else { texts.output += piece.bytes }
            }
        }
    }

    /// Pieces of an input, given one after the other.
    private static func input(_ pieces: [[UInt8]]) -> CommandInput {
        let left = Mutex(pieces)
        return CommandInput { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    @Test func `are told its end, and both outputs come back whole`() async throws {
        try await DockerLab.with { lab in
            let replica = try await lab.started(try await lab.release(DockerLab.idle)).id
            let written = Written()
            let pieces = (0..<40).map { number in [UInt8](repeating: UInt8(number), count: 50_000) }
            let end = try await lab.runtime.execute(
                ["sh", "-c", "cat; echo end >&2; exit 7"],
                beside: replica,
                within: .seconds(60),
                input: Self.input(pieces)
            ) { written.add($0) }
            #expect(end.exitCode == 7 && !end.timedOut)
            #expect(written.output == pieces.flatMap { $0 })
            #expect(String(decoding: written.errors, as: UTF8.self) == "end\n")
        }
    }

    @Test func `without one read nothing, and those that end early wait for nobody`() async throws {
        try await DockerLab.with { lab in
            let replica = try await lab.started(try await lab.release(DockerLab.idle)).id
            let written = Written()
            let none = try await lab.runtime.execute(
                ["sh", "-c", "wc -c"],
                beside: replica,
                within: .seconds(60),
                input: nil
            ) { written.add($0) }
            #expect(none.exitCode == 0)
            #expect(
                String(decoding: written.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) == "0"
            )
            // An input that never ends.
            let endless = CommandInput {
                // A cancelled wait only ends sooner.
                try? await Task.sleep(for: .seconds(60))
                return nil
            }
            let early = try await lab.runtime.execute(
                ["sh", "-c", "exit 3"],
                beside: replica,
                within: .seconds(30),
                input: endless
            ) { _ in }
            #expect(early.exitCode == 3 && !early.timedOut)
        }
    }

    @Test func `are ended at their limit, and when nobody waits any more`() async throws {
        try await DockerLab.with { lab in
            let replica = try await lab.started(try await lab.release(DockerLab.idle)).id
            let late = try await lab.runtime.execute(
                ["sh", "-c", "sleep 301"],
                beside: replica,
                within: .seconds(1),
                input: Self.input([])
            ) { _ in }
            #expect(late.timedOut && late.exitCode == 137)
            let leaving = Task {
                try await lab.runtime.execute(
                    ["sh", "-c", "echo here; sleep 302"],
                    beside: replica,
                    within: .seconds(60),
                    input: Self.input([])
                ) { _ in }
            }
            try await eventually(within: .seconds(20), "it runs") {
                try await lab.says(replica, "ps | grep '[s]leep 302' | wc -l") != "0"
            }
            leaving.cancel()
            _ = await leaving.result
            try await eventually(within: .seconds(20), "both are gone") {
                try await lab.says(replica, "ps | grep '[s]leep 30[12]' | wc -l") == "0"
            }
        }
    }

    @Test func `that are not there end with a code, and one beside nothing is refused`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let replica = try await lab.started(release).id
            let absent = try? await lab.runtime.execute(
                ["/nothing"],
                beside: replica,
                within: .seconds(20),
                input: Self.input([])
            ) { _ in }
            #expect(absent?.exitCode != 0)
            try await lab.runtime.stop(replica, policy: release.spec.stop)
            await #expect(throws: RuntimeError.self) {
                try await lab.runtime.execute(["true"], beside: replica, within: .seconds(20), input: nil) { _ in }
            }
        }
    }
}
