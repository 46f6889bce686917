import Glibc
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport
import Testing

@testable import TealProcess

@Suite(.serialized)
struct `A shim that is killed` {
    private func bench(_ lab: ProcessLab) -> RuntimeSteps { RuntimeSteps(lab: lab) }

    @Test(.timeLimit(.minutes(1)))
    func `takes its process with it, and is told as an end`() async throws {
        try await ProcessLab.with { lab in
            let steps = bench(lab)
            let events = lab.runtime.events()
            let first = try await steps.started("sleep 1000 & setsid sleep 1000 & echo 'out ready'; wait")
            let record = try #require(try lab.record(first.id))
            try await eventually("all of it runs") { steps.processes().count == 3 }
            let family = ProcessTree.descendants(of: record.shim.pid).map(\.identity)
            #expect(family.count == 3)
            try lab.killShim(of: first.id)
            for await event in events where event.replica == first.id {
                if event.kind == .ended(.init(code: 137, outOfMemory: false)) { break }
            }
            // Also what had left the session and has init for a parent now.
            try await eventually("the whole family is gone") { family.allSatisfy { !$0.isAlive } }
            let state = try #require(try await lab.runtime.replica(first.id))
            #expect(state.phase == .exited(.init(code: 137, outOfMemory: false)))
            #expect(state.run == nil)
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            #expect(try await lab.runtime.replica(first.id)?.phase == .stopped)
        }
    }

    /// What loses the mark is found by its session, and what loses both by its parent.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "env -i sleep 1000", "env -i sh -c 'sleep 1000 & sleep 1000'",
            "env -i sh -c 'setsid sleep 1000 & sleep 1000'",
        ]
    )
    func `leaves nothing that has lost the run's mark`(command: String) async throws {
        try await ProcessLab.with { lab in
            let steps = bench(lab)
            let state = try await steps.started("\(command) & sleep 0.2; echo 'out ready'; wait")
            let record = try #require(try lab.record(state.id))
            let family = ProcessTree.descendants(of: record.shim.pid).map(\.identity)
            #expect(family.count >= 2)
            try lab.killShim(of: state.id)
            try await eventually("the whole family is gone") { family.allSatisfy { !$0.isAlive } }
            try await lab.runtime.stop(state.id, policy: StopPolicy())
            #expect(steps.processes().isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `leaves nothing that the next start does not clear`() async throws {
        try await ProcessLab.with { lab in
            let steps = bench(lab)
            let first = try await steps.started("setsid sleep 1000 & echo 'out ready'; wait")
            let record = try #require(try lab.record(first.id))
            let family = ProcessTree.descendants(of: record.shim.pid).map(\.identity)
            try lab.killShim(of: first.id)
            let second = try await steps.start("echo 'out ready'; exec sleep 1000")
            #expect(second.isRunning && second.run != first.run)
            #expect(second.endpoint == first.endpoint)
            #expect(family.allSatisfy { !$0.isAlive })
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(0)..<25)
    func `at any moment of a start leaves a place that starts again with one process`(seed: UInt64) async throws {
        try await ProcessLab.with { lab in
            var random = SeededGenerator(seed: seed)
            let steps = bench(lab)
            let script = "echo 'out ready'; exec sleep 1000"
            let release = try await steps.release(script)
            let order = steps.order(release)
            // Awaited below, whatever it ends with.
            let starting = Task { try await lab.runtime.start(order) }
            usleep(useconds_t.random(in: 0...12_000, using: &random))
            try await steps.killShims()
            _ = await starting.result
            let state = try await lab.runtime.start(order)
            #expect(state.isRunning, "seed \(seed)")
            #expect(steps.processes().count == 1, "seed \(seed): \(steps.processes())")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(0)..<15)
    func `at any moment of a stop leaves nothing running`(seed: UInt64) async throws {
        try await ProcessLab.with { lab in
            var random = SeededGenerator(seed: seed)
            let steps = bench(lab)
            let state = try await steps.started("trap 'sleep 0.02; exit 0' TERM; echo 'out ready'; sleep 1000 & wait")
            // Awaited below.
            let stopping = Task { try await lab.runtime.stop(state.id, policy: StopPolicy()) }
            usleep(useconds_t.random(in: 0...40_000, using: &random))
            try await steps.killShims()
            try await stopping.value
            #expect(steps.processes().isEmpty, "seed \(seed)")
            let phase = try await lab.runtime.replica(state.id)?.phase
            #expect(phase == .stopped, "seed \(seed)")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(0)..<15)
    func `with its daemon at any moment of a start is found by the next`(seed: UInt64) async throws {
        try await ProcessLab.with { lab in
            var random = SeededGenerator(seed: seed)
            let steps = bench(lab)
            let order = steps.order(try await steps.release("echo 'out ready'; exec sleep 1000"))
            // What a daemon leaves that is killed while it starts a replica: a spec, and `teal-shim` on its way.
            let endpoint = try lab.runtime.ledger.assign(order.replica, fixed: nil)
            let spec = try LaunchPlan(home: lab.home, inherited: lab.runtime.inherited).spec(order, endpoint)
            let files = lab.home.files(of: order.replica)
            try Files.makeDirectory(files.directory)
            try Files.replace(files.spec, with: spec.bytes)
            let launcher = lab.runtime.launcher
            // Nobody waits for it.
            _ = Task { try? launcher.launch("run", files) }
            usleep(useconds_t.random(in: 0...12_000, using: &random))
            if Bool.random(using: &random) { try await steps.killShims() }
            let next = try await lab.reattached()
            let state = try await next.start(order)
            #expect(state.isRunning, "seed \(seed)")
            try await eventually("one process runs") { steps.processes().count == 1 }
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(0)..<25)
    func `at any moment of a once-only run never makes it run twice`(seed: UInt64) async throws {
        try await ProcessLab.with { lab in
            var random = SeededGenerator(seed: seed)
            let steps = bench(lab)
            let release = try await steps.release("exit 0")
            let order = OnceOrder(
                name: "step",
                release: release,
                command: lab.markingCommand("step"),
                environment: [:],
                timeout: .seconds(10),
                onHost: false
            )
            // Awaited below, whatever it ends with.
            let first = Task { try await lab.runtime.runOnce(order) }
            usleep(useconds_t.random(in: 0...15_000, using: &random))
            try await steps.killShims()
            _ = await first.result
            let standing = try await lab.runtime.onceState(of: "step")
            let marks = try await lab.marks("step")
            if standing == .neverBegun { #expect(marks == 0, "seed \(seed)") }
            if case .ended(let result) = standing { #expect(result.succeeded && marks == 1, "seed \(seed)") }
            _ = try? await lab.reattached().runOnce(order)  // may be unknown, which is an error, and right
            #expect(try await lab.marks("step") <= 1, "seed \(seed)")
            #expect(try await lab.runtime.onceState(of: "step") != .running, "seed \(seed)")
        }
    }
}

@Suite(.serialized)
struct `A once-only run whose runner is killed` {
    private func order(_ lab: ProcessLab, _ script: String, timeout: Duration) async throws -> OnceOrder {
        OnceOrder(
            name: "step",
            release: try await RuntimeSteps(lab: lab).release("exit 0"),
            command: ["sh", "-c", script],
            environment: [:],
            timeout: timeout,
            onHost: false
        )
    }

    /// Starts a run, and kills its runner when what it starts runs.
    private func orphan(_ lab: ProcessLab, _ order: OnceOrder) async throws -> (OnceRecord, Task<Void, any Error>) {
        // Awaited by the tests, which say what it ends with.
        let waiting = Task { _ = try await lab.runtime.runOnce(order) }
        try await eventually("all of it runs") { RuntimeSteps(lab: lab).processes().count >= 2 }
        try await eventually("its first process is recorded") { try lab.onceRecord("step")?.child != nil }
        try await lab.killOnce("step")
        return (try #require(try lab.onceRecord("step")), waiting)
    }

    /// The first keeps the run's mark, the second only its session.
    @Test(.timeLimit(.minutes(1)), arguments: ["sleep 1.5; echo late", "env -i sleep 1.5; echo late"])
    func `runs until its processes have ended, and is unknown then`(script: String) async throws {
        try await ProcessLab.with { lab in
            let (record, waiting) = try await orphan(lab, order(lab, script, timeout: .seconds(20)))
            #expect(try await lab.runtime.onceState(of: "step") == .running)
            #expect(try await lab.reattached().onceState(of: "step") == .running)
            await #expect(throws: RuntimeError.endUnknown("step")) { try await waiting.value }
            #expect(Leftovers.find(record).isEmpty && RuntimeSteps(lab: lab).processes().isEmpty)
            #expect(try await lab.runtime.onceState(of: "step") == .unknown)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is ended at its limit`() async throws {
        try await ProcessLab.with { lab in
            let began = ContinuousClock.now
            let (_, waiting) = try await orphan(lab, order(lab, "sleep 1000; echo late", timeout: .seconds(2)))
            #expect(try await lab.runtime.onceState(of: "step") == .running)
            await #expect(throws: RuntimeError.endUnknown("step")) { try await waiting.value }
            #expect(RuntimeSteps(lab: lab).processes().isEmpty)
            #expect(ContinuousClock.now - began < .seconds(10))
        }
    }
}

@Suite(.serialized)
struct `A record` {
    @Test(.timeLimit(.minutes(1)))
    func `of another boot, or of a number that was given again, harms nobody`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let state = try await steps.started("echo 'out ready'; exec sleep 1000")
            try await lab.runtime.stop(state.id, policy: StopPolicy())
            let script = ["-c", "sleep 1000 & wait"]
            var bystander = Spawn(program: "/bin/sh", arguments: script, environment: [], directory: nil)
            bystander.newSession = true
            let pid = try bystander.run()
            defer {
                kill(-pid, SIGKILL)
                var status: Int32 = 0
                waitpid(pid, &status, 0)
            }
            let identity = try #require(ProcessIdentity.of(pid))
            try await eventually("all of it runs") { !ProcessTree.descendants(of: pid).isEmpty }
            let below = try #require(ProcessTree.descendants(of: pid).first?.identity)
            var record = try #require(try lab.record(state.id))
            record.phase = .running
            // The right number, another start.
            record.child = ProcessIdentity(pid: pid, startTicks: identity.startTicks + 1)
            try record.write(lab.home.files(of: state.id))
            _ = try await lab.reattached()
            #expect(identity.isAlive)
            // A number that was given again to what began a session of its own since.
            record.child = ProcessIdentity(pid: pid, startTicks: identity.startTicks - 1)
            try record.write(lab.home.files(of: state.id))
            _ = try await lab.reattached()
            #expect(identity.isAlive && below.isAlive)
            // The right process, another boot.
            record.child = identity
            record.boot = BootID("another")
            try record.write(lab.home.files(of: state.id))
            let runtime = try await lab.reattached()
            #expect(identity.isAlive)
            #expect(try await runtime.replica(state.id)?.phase == .exited(.init(code: 137, outOfMemory: false)))
            let again = try await runtime.start(steps.order(try await steps.release("exec sleep 1000")))
            #expect(again.isRunning && identity.isAlive)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `or a spec that cannot be read does not keep a place from being used`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let state = try await steps.started("echo 'out ready'; exec sleep 1000")
            try await lab.runtime.stop(state.id, policy: StopPolicy())
            try Files.replace(lab.home.files(of: state.id).state, with: Array("state version=1 rel".utf8))
            #expect(try await lab.runtime.replica(state.id)?.phase == .stopped)
            #expect(try await steps.start("exec sleep 1000").isRunning)
            try await lab.runtime.stop(state.id, policy: StopPolicy())
            try Files.replace(lab.home.files(of: state.id).spec, with: Array("teal-spec=1".utf8))
            #expect(try await lab.runtime.replicas().isEmpty)
            #expect(try await steps.start("exec sleep 1000").isRunning)
        }
    }
}
