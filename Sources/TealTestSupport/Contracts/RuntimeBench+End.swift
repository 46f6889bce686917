import TealCore
import TealDriverKit

extension RuntimeBench {
    private static var killed: ReplicaExit { .init(code: 137, outOfMemory: false) }

    func noPolicyAtStart() async throws {
        let first = try await started(.idle)
        try expectEqual(first.restartPolicy, .no, "the restart policy")
        try await lab.killProcess(of: first.id)
        try await eventually("the replica has ended") { try await phase(first.id) == .exited(Self.killed) }
        // Longer than the first wait before a restart would be.
        try await Task.sleep(for: .milliseconds(400))
        try expectEqual(try await phase(first.id), .exited(Self.killed), "the phase")
        try expectEqual(try await state(first.id).restarts, 0, "the number of restarts")
    }

    func exitCodeIsKept() async throws {
        let release = try await fetched(.exit(code: 7))
        let started = try await runtime.start(order(release))
        try await eventually("the replica has ended") {
            try await phase(started.id) == .exited(.init(code: 7, outOfMemory: false))
        }
    }

    func unlessStoppedRestarts() async throws {
        let first = try await started(.idle)
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try expectEqual(try await state(first.id).restartPolicy, .unlessStopped, "the policy")
        try await lab.killProcess(of: first.id)
        let second = try await eventuallySome("the replica runs again") {
            let now = try await state(first.id)
            return now.isRunning && now.run != first.run ? now : nil
        }
        try expectEqual(second.restarts, 1, "the number of restarts")
        try expect(second.run != nil, "the run has a name")
    }

    func policyCanBeTaken() async throws {
        let first = try await started(.idle)
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try await runtime.setRestartPolicy(.no, of: first.id)
        try await lab.killProcess(of: first.id)
        try await eventually("the replica has ended") { try await phase(first.id) == .exited(Self.killed) }
    }

    func startForgetsPolicy() async throws {
        let first = try await started(.idle)
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try await runtime.stop(first.id, policy: stopPolicy())
        let again = try await runtime.start(order(try await fetched(.idle)))
        try expectEqual(again.restartPolicy, .no, "the restart policy")
        try expectEqual(again.restarts, 0, "the number of restarts")
    }

    func outOfMemoryIsSaid() async throws {
        let release = try await fetched(.growMemory)
        let started = try await runtime.start(order(release))
        try await eventually(within: .seconds(5), "the replica has ended") {
            try await phase(started.id) == .exited(.init(code: 137, outOfMemory: true))
        }
    }

    func stopHonoursGrace() async throws {
        let first = try await started(.ignoreTerm)
        let began = ContinuousClock.now
        try await runtime.stop(first.id, policy: stopPolicy(grace: .milliseconds(600)))
        let took = ContinuousClock.now - began
        try expect(took >= .milliseconds(550), "it was killed before its grace had passed, after \(took)")
        try expect(took < .seconds(5), "it was killed \(took) after it was told to stop")
        try expectEqual(try await phase(first.id), .stopped, "the phase")
    }

    func stopSendsSignal() async throws {
        let first = try await started(.ignoreTerm)
        let began = ContinuousClock.now
        try await runtime.stop(first.id, policy: stopPolicy("USR2", grace: .seconds(20)))
        try expect(ContinuousClock.now - began < .seconds(10), "the signal ended it")
        try expectEqual(try await phase(first.id), .stopped, "the phase")
    }

    func stopIsRepeatable() async throws {
        let release = try await fetched(.idle)
        try await runtime.stop(place(of: release, .green, 9), policy: stopPolicy())
        let first = try await started(.idle)
        try await runtime.stop(first.id, policy: stopPolicy())
        try await runtime.stop(first.id, policy: stopPolicy())
        try expectEqual(try await phase(first.id), .stopped, "the phase")
        let ended = try await runtime.start(order(try await fetched(.exit(code: 3), number: 2), .green))
        try await eventually("it has ended") {
            if case .exited = try await phase(ended.id) { true } else { false }
        }
        try await runtime.stop(ended.id, policy: stopPolicy())
    }

    func stopBeatsPolicy() async throws {
        let first = try await started(.idle)
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try await runtime.stop(first.id, policy: stopPolicy())
        try await Task.sleep(for: .milliseconds(400))
        try expectEqual(try await phase(first.id), .stopped, "the phase")
        // And while it waits for its next start. Each end makes the next wait longer, so that one is met.
        let crashing = try await started(.idle, number: 2, .green)
        try await runtime.setRestartPolicy(.unlessStopped, of: crashing.id)
        var before = crashing
        for _ in 0..<8 {
            try await lab.killProcess(of: crashing.id)
            let run = before.run
            before = try await eventuallySome("it has ended") {
                let now = try await state(crashing.id)
                return now.run != run || !now.isRunning ? now : nil
            }
            if case .restarting = before.phase { break }
        }
        guard case .restarting = before.phase else { throw ContractFailure("it never waited: \(before.phase)") }
        try await runtime.stop(crashing.id, policy: stopPolicy())
        // Longer than the wait that it was met in.
        try await Task.sleep(for: .milliseconds(200 << min(before.restarts, 7)))
        let after = try await state(crashing.id)
        try expectEqual(after.phase, .stopped, "the phase of the one that waited")
        try expectEqual(after.restarts, before.restarts, "how often it was started again")
    }

    func startAgain() async throws {
        let first = try await started(.idle)
        try await runtime.stop(first.id, policy: stopPolicy())
        try expectEqual(try await phase(first.id), .stopped, "the phase")
        let again = try await runtime.start(order(try await fetched(.idle)))
        try expect(again.isRunning, "it runs again")
        try expect(again.run != nil && again.run != first.run, "it is a new run")
    }

    func removeIsRepeatable() async throws {
        let first = try await started(.ignoreTerm)
        try await runtime.remove(first.id)
        try expectEqual(try await runtime.replica(first.id), nil, "what is known of it")
        try expect(try await runtime.replicas().isEmpty, "none is listed")
        try await runtime.remove(first.id)
        let second = try await runtime.start(order(try await fetched(.idle, number: 2)))
        try expect(second.isRunning, "another release runs in its place")
    }
}
