import Glibc
import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    /// The first and the longest wait between two looks at a once-only run.
    private static let lookFirst: Duration = .milliseconds(10)
    private static let lookMax: Duration = .milliseconds(200)

    package func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        var pause = Self.lookFirst
        while true {
            switch try await standing(ofOnce: order.name) {
            case .neverBegun:
                try await threads.run { [self] () throws(RuntimeError) in try begin(order) }
            case .running, .orphaned:
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    // It goes on, under its name; whoever asks again finds it.
                    throw .cancelled
                }
                pause = min(pause * 2, Self.lookMax)
            case .ended(let end):
                return try await result(end, home.files(ofOnce: order.name))
            case .unknown:
                throw .endUnknown(order.name)
            }
        }
    }

    package func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        switch try await standing(ofOnce: name) {
        case .neverBegun: .neverBegun
        case .running, .orphaned: .running
        case .ended(let end): .ended(try await result(end, home.files(ofOnce: name)))
        case .unknown: .unknown
        }
    }

    /// How it stands; what its runner left is let go on to its end, but not past its limit.
    private func standing(ofOnce name: String) async throws(RuntimeError) -> OnceStanding {
        try await threads.run { [home] () throws(RuntimeError) in
            let files = home.files(ofOnce: name)
            let standing = try mapped { () throws(SystemError) in try OnceStanding.read(files) }
            switch standing {
            // Nothing runs from it again, and it holds secrets.
            case .ended, .unknown: unlink(files.spec)
            case .orphaned(let record) where record.isOverdue(at: Self.now): Leftovers.clear(record)
            case .neverBegun, .running, .orphaned: break
            }
            return standing
        }
    }

    private func begin(_ order: OnceOrder) throws(RuntimeError) {
        if !order.onHost {
            _ = try Self.artifact(of: order.release)
            guard Files.exists(home.content(of: order.release.id)) else { throw .contentMissing(order.release.id) }
        }
        let files = home.files(ofOnce: order.name)
        let spec = try LaunchPlan(home: home, inherited: inherited).spec(order)
        try mapped { () throws(SystemError) in
            try Files.makeDirectory(files.directory)
            try Files.replace(files.spec, with: spec.bytes)
            try Files.syncDirectory(home.once)
        }
        // Whoever began it, its end is read from the directory.
        _ = try launcher.launch("once", files)
    }

    private func result(_ end: OnceEnd, _ files: ReplicaFiles) async throws(RuntimeError) -> CommandResult {
        try await threads.run { () throws(RuntimeError) in
            let lines = try mapped { () throws(SystemError) in
                try LogTail.read(files, parts: 2, linesMax: OnceEnd.tailLinesMax).lines
            }
            let tail = lines.map(\.text) + (end.launchFailure.map { [$0] } ?? [])
            return CommandResult(exitCode: end.code, tail: tail.suffix(OnceEnd.tailLinesMax), timedOut: end.timedOut)
        }
    }
}
