import TealCore
import TealDriverKit

extension RuntimeBench {
    func allAreListed() async throws {
        let running = try await started(.idle, .blue, 0)
        let stopped = try await started(.idle, .blue, 1)
        try await runtime.stop(stopped.id, policy: stopPolicy())
        let ended = try await runtime.start(order(try await fetched(.exit(code: 5), number: 2), .green, 0))
        try await eventually("it has ended") {
            try await phase(ended.id) == .exited(.init(code: 5, outOfMemory: false))
        }
        let other = try await lab.reattached()
        let found = try await other.replicas().sorted { $0.id < $1.id }
        try expectEqual(found.map(\.id), [running.id, stopped.id, ended.id].sorted(), "the replicas")
        try expectEqual(try await other.replica(running.id)?.run, running.run, "the run")
        try expectEqual(try await other.replica(running.id)?.endpoint, running.endpoint, "the endpoint")
        try expectEqual(try await other.replica(stopped.id)?.phase, .stopped, "the phase of the stopped one")
        try expectEqual(
            try await other.replica(ended.id)?.phase,
            .exited(.init(code: 5, outOfMemory: false)),
            "the phase of the ended one"
        )
        try await other.stop(running.id, policy: stopPolicy())
        try expectEqual(try await phase(running.id), .stopped, "the phase, stopped by the other runtime")
    }

    func servicesAreApart() async throws {
        let running = try await started(.idle, .blue)
        let stopped = try await started(.idle, .green)
        try await runtime.stop(stopped.id, policy: stopPolicy())
        let found = try await runtime.replicas(of: running.id.service).sorted { $0.id < $1.id }
        try expectEqual(found.map(\.id), [running.id, stopped.id], "the service's replicas")
        try expectEqual(found.map(\.phase), [.running, .stopped], "their phases")
        let other = ServiceKey(project: running.id.service.project, service: try ServiceName(parsing: "other"))
        try expect(try await runtime.replicas(of: other).isEmpty, "another service has none")
    }

    func usageIsCounted() async throws {
        let replica = try await started(.idle)
        var first: ReplicaUsage?
        // A runtime may count for the first time only some moments after the start.
        try await eventually("it is counted") {
            first = try await runtime.usage(of: replica.id)
            return (first?.memoryBytes ?? 0) > 0 && (first?.processes ?? 0) > 0
        }
        guard let first else { throw ContractFailure("what runs has no use") }
        guard let second = try await runtime.usage(of: replica.id) else {
            throw ContractFailure("what runs has no use the second time")
        }
        try expect(second.processorTime >= first.processorTime, "its processor time does not shrink")
        try expect(second.processors(since: first).map { $0 < 64 } ?? false, "processors are told in processors")
        try expectEqual(second.memoryBytesMax, nil, "the limit of what has none")
        try await runtime.stop(replica.id, policy: stopPolicy())
        try expect(try await runtime.usage(of: replica.id) == nil, "what was stopped uses nothing")
    }

    func untouchedHasNoDrift() async throws {
        let first = try await started(.idle)
        try expectEqual(try await state(first.id).drift, [], "the drift of what runs")
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try expectEqual(try await state(first.id).drift, [], "the drift with a policy")
        try await lab.killProcess(of: first.id)
        try await eventually("it runs again") {
            let now = try await state(first.id)
            return now.isRunning && now.run != first.run
        }
        try expectEqual(try await state(first.id).drift, [], "the drift after a restart")
        try await runtime.stop(first.id, policy: stopPolicy())
        try expectEqual(try await state(first.id).drift, [], "the drift of what was stopped")
    }

    func mendStartsNothing() async throws {
        let first = try await started(.idle)
        guard let run = first.run else { throw ContractFailure("it has no run") }
        try await runtime.mend(first.id, run: run)
        let mended = try await state(first.id)
        try expect(mended.run == run && mended.endpoint == first.endpoint && mended.isRunning, "it runs on: \(mended)")
        try await lab.killProcess(of: first.id)
        try await eventually("it has ended") { try await !state(first.id).isRunning }
        try await runtime.mend(first.id, run: run)
        try expect(!(try await state(first.id).isRunning), "what had ended stays ended")
        try await runtime.remove(first.id)
        try await runtime.mend(first.id, run: run)
        try expectEqual(try await runtime.replica(first.id), nil, "what is known of what was removed")
    }

    func eventsAreSeen() async throws {
        let events = EventRecord()
        let stream = runtime.events()
        // Ended below, when this function ends.
        let reading = Task { for await event in stream { await events.add(event) } }
        defer { reading.cancel() }
        let first = try await started(.idle)
        guard let run = first.run else { throw ContractFailure("it has no run") }
        try await eventually("its start is told") {
            await events.has(.init(replica: first.id, kind: .started(run), run: run))
        }
        try await lab.killProcess(of: first.id)
        try await eventually("its end is told") {
            await events.has(.init(replica: first.id, kind: .ended(.init(code: 137, outOfMemory: false)), run: run))
        }
        try await runtime.remove(first.id)
        try await eventually("its removal is told") {
            await events.has(.init(replica: first.id, kind: .removed, run: run))
        }
    }

    func tailHasBothStreams() async throws {
        let first = try await started(.speak)
        try await eventually("it has ticked") { try await texts(first.id).contains("tick 5") }
        let lines = try await runtime.logTail(of: first.id, linesMax: 1000)
        try expect(lines.contains { $0.text == "out ready" && !$0.isError }, "a line of the output is there")
        try expect(lines.contains { $0.text == "err ready" && $0.isError }, "a line of the error output is there")
        try expect(lines.allSatisfy { $0.time > 1_600_000_000 }, "lines have their times")
        let release = first.release.qualified
        try expect(lines.allSatisfy { $0.release == release }, "lines say whose they are")
        let last = try await texts(first.id, 2)
        try expectEqual(last.count, 2, "the number of lines that were asked for")
        let numbers = last.compactMap { Int($0.dropFirst("tick ".count)) }
        try expect(numbers.count == 2 && numbers[1] == numbers[0] + 1, "the last lines, oldest first: \(last)")
    }

    func tailIsOfThisRelease() async throws {
        let first = try await started(.speak, number: 1)
        try await eventually("it has ticked") { try await texts(first.id).contains("tick 2") }
        try await runtime.stop(first.id, policy: stopPolicy())
        try expect(try await texts(first.id).contains("tick 2"), "a stopped replica's lines are there")
        try await runtime.remove(first.id)
        let second = try await started(.idle, number: 2)
        let lines = try await texts(second.id)
        try expect(!lines.contains { $0.hasPrefix("tick") }, "lines of the release before: \(lines)")
    }

    func followSeesNewLines() async throws {
        let first = try await started(.speak)
        let stream = runtime.followLog(of: first.id, linesMax: 1)
        var seen: [Int] = []
        for try await line in stream {
            guard let number = Int(line.text.dropFirst("tick ".count)), line.text.hasPrefix("tick ") else { continue }
            try expectEqual(line.release, first.release.qualified, "whose line it is")
            seen.append(number)
            if seen.count == 10 { break }
        }
        let whole = Array((seen.first ?? 0)..<(seen.first ?? 0) + 10)
        try expectEqual(seen, whole, "the lines, none left out and none twice")
        // It ends by itself when the replica is removed.
        let rest = runtime.followLog(of: first.id, linesMax: 1)
        try await runtime.remove(first.id)
        for try await _ in rest {}
    }

    func listenersAreJudged() async throws {
        let serving = try await started(.serve, number: 1, .blue, 0)
        try await eventually("the replica listens") { try await runtime.listeners(of: serving.id).owner == .replica }
        let port = serving.endpoint?.port ?? 0
        try expect(try await runtime.listeners(of: serving.id).ownPorts.contains(port), "its port is its own")

        let idle = try await started(.idle, number: 2, .blue, 1)
        try expectEqual(try await runtime.listeners(of: idle.id).owner, .nobody, "who listens")
        guard let endpoint = idle.endpoint else { throw ContractFailure("it has no endpoint") }
        try await lab.occupy(endpoint)
        let report = try await runtime.listeners(of: idle.id)
        guard case .other = report.owner else { throw ContractFailure("who listens is \(report.owner)") }

        let elsewhere = try await started(.serveElsewhere, number: 3, .green, 0)
        try await eventually("it listens elsewhere") {
            let report = try await runtime.listeners(of: elsewhere.id)
            return report.owner == .nobody && report.ownPorts.count == 1
        }
    }
}

/// The events that were seen so far.
private actor EventRecord {
    private var events: [ReplicaEvent] = []

    func add(_ event: ReplicaEvent) { events.append(event) }
    func has(_ event: ReplicaEvent) -> Bool { events.contains(event) }
}
