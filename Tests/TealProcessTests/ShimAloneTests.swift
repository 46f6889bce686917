import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport
import Testing

@testable import TealProcess

@Suite(.serialized)
struct `A shim that no runtime watches` {
    private func place(_ fixture: Fixture, _ script: String) throws -> ReplicaFiles {
        let files = ReplicaFiles(try fixture.directory())
        var spec = LaunchSpec(
            release: "lab/app@1",
            content: "none",
            program: "/bin/sh",
            arguments: ["-c", script],
            environment: ["PATH=/usr/bin:/bin"],
            directory: files.directory
        )
        spec.timeoutMilliseconds = 20_000
        try Files.replace(files.spec, with: spec.bytes)
        return files
    }

    @Test(.timeLimit(.minutes(1)))
    func `takes its process with it when it is killed, by the kernel's hand`() async throws {
        try await Fixture.with { fixture in
            let files = try place(fixture, "exec sleep 1000")
            #expect(try ShimLauncher(program: Programs.shim).launch("run", files) == .ok)
            let record = try #require(try ReplicaRecord.read(files))
            let child = try #require(record.child)
            fixture.atEnd { Leftovers.clear(record) }
            #expect(child.isAlive)
            #expect(ProcessTree.signal(record.shim, SIGKILL))
            try await eventually(within: .seconds(5), "the process is gone") { !child.isAlive }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `makes each launch once, and none that was taken back before it came`() async throws {
        try await Fixture.with { fixture in
            let files = try place(fixture, "exec true")
            var spec = try LaunchSpec(parsing: try #require(try Files.read(files.spec)))
            spec.launch = "one"
            try Files.replace(files.spec, with: spec.bytes)
            let launcher = ShimLauncher(program: Programs.shim)
            #expect(try launcher.launch("run", files) == .ok)
            try await eventually("it has ended") { try !FileLock.isHeld(files.lock) }
            #expect(try launcher.launch("run", files) == .held)
            spec.launch = "two"
            try Files.replace(files.spec, with: spec.bytes)
            #expect(try launcher.launch("run", files) == .ok)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `starts nothing that was stopped or removed while it was on its way`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let order = steps.order(try await steps.release("exec sleep 1000"))
            let files = lab.home.files(of: order.replica)
            let launcher = lab.runtime.launcher
            var spec = try LaunchPlan(home: lab.home, inherited: [:])
                .spec(order, lab.runtime.ledger.assign(order.replica, fixed: nil))
            spec.launch = "late"
            try Files.makeDirectory(files.directory)
            try Files.replace(files.spec, with: spec.bytes)
            try await lab.runtime.stop(order.replica, policy: StopPolicy())
            #expect(try launcher.launch("run", files) == .held)
            #expect(try await lab.runtime.replica(order.replica)?.phase == .stopped)
            #expect(try await lab.runtime.start(order).isRunning)
            try await lab.runtime.remove(order.replica)
            #expect(throws: RuntimeError.self) { try launcher.launch("run", files) }
            #expect(steps.processes().isEmpty)
        }
    }

    /// A look holds the lock for a moment, as a shim would.
    @Test(.timeLimit(.minutes(1)))
    func `starts nothing that was stopped while others looked at the place`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let order = steps.order(try await steps.release("exec sleep 1000"))
            let files = lab.home.files(of: order.replica)
            _ = try await lab.runtime.start(order)
            try await lab.runtime.stop(order.replica, policy: StopPolicy())
            let lookers = Lookers()
            defer { lookers.end() }
            for _ in 0..<2 { lookers.begin(files.lock) }
            for number in 0..<10 {
                var spec = try LaunchSpec(parsing: try #require(try Files.read(files.spec)))
                spec.launch = "late \(number)"
                try Files.replace(files.spec, with: spec.bytes)
                try await lab.runtime.stop(order.replica, policy: StopPolicy())
                #expect(try lab.runtime.launcher.launch("run", files) == .held)
            }
            #expect(steps.processes().isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(0)..<30)
    func `runs nothing after a stop or a removal that it came in the midst of`(seed: UInt64) async throws {
        try await ProcessLab.with { lab in
            var random = SeededGenerator(seed: seed)
            let steps = RuntimeSteps(lab: lab)
            let order = steps.order(try await steps.release("exec sleep 1000"))
            let files = lab.home.files(of: order.replica)
            var spec = try LaunchPlan(home: lab.home, inherited: [:])
                .spec(order, lab.runtime.ledger.assign(order.replica, fixed: nil))
            spec.launch = "late"
            try Files.makeDirectory(files.directory)
            try Files.replace(files.spec, with: spec.bytes)
            let launcher = lab.runtime.launcher
            // Awaited below; refused or not, as it comes.
            let coming = Task { try? launcher.launch("run", files) }
            usleep(useconds_t.random(in: 0...8_000, using: &random))
            if Bool.random(using: &random) {
                try await lab.runtime.remove(order.replica)
                _ = await coming.value
                #expect(try await lab.runtime.replica(order.replica) == nil, "seed \(seed)")
            } else {
                try await lab.runtime.stop(order.replica, policy: StopPolicy())
                _ = await coming.value
                #expect(try await lab.runtime.replica(order.replica)?.phase == .stopped, "seed \(seed)")
            }
            #expect(steps.processes().isEmpty && steps.shims().isEmpty, "seed \(seed)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `runs nothing when another holds the place`() async throws {
        try await Fixture.with { fixture in
            let files = try place(fixture, "exec sleep 1000")
            let lock = try #require(try FileLock.take(files.lock))
            #expect(try ShimLauncher(program: Programs.shim).launch("run", files) == .held)
            #expect(try ReplicaRecord.read(files) == nil)
            withExtendedLifetime(lock) {}
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `does not begin again what was begun, even if it left no end`() async throws {
        try await Fixture.with { fixture in
            let files = try place(fixture, "echo mark >> marks")
            let launcher = ShimLauncher(program: Programs.shim)
            #expect(try launcher.launch("once", files) == .ok)
            try await eventually("it has ended") {
                if case .ended = try OnceStanding.read(files) { try !FileLock.isHeld(files.lock) } else { false }
            }
            let again = try place(fixture, "echo mark >> \(files.directory)/marks")
            try Files.replace(files.spec, with: try #require(try Files.read(again.spec)))
            unlink(files.end)
            #expect(try launcher.launch("once", files) == .begun)
            #expect(try OnceStanding.read(files) == .unknown)
            #expect(try Files.text(files.directory + "/marks") == "mark\n")
        }
    }
}

/// Threads that look at a lock again and again.
private final class Lookers: Sendable {
    private let isOver = Atomic(false)

    func begin(_ path: String) {
        _ = Thread.start(stackBytes: 1 << 20) { [self] in
            // What cannot be looked at is looked at again.
            while !isOver.load(ordering: .relaxed) { _ = try? FileLock.isHeld(path) }
        }
    }

    func end() { isOver.store(true, ordering: .relaxed) }
}
