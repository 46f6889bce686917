import TealCore
import TealDriverKit

extension RuntimeBench {
    func startIsRepeatable() async throws {
        let first = try await started(.idle)
        let release = try await fetched(.idle)
        let again = try await runtime.start(order(release))
        try expect(first.isRunning && again.isRunning, "the replica runs")
        try expectEqual(again.run, first.run, "the run")
        try expectEqual(again.endpoint, first.endpoint, "the endpoint")
    }

    func startNeedsContent() async throws {
        let release = try await lab.release(.idle, number: 1)
        try await lab.dropContent(of: release)
        try await expectThrows("a start without content") { () async throws(RuntimeError) in
            try await runtime.start(order(release))
        } matching: {
            $0 == .contentMissing(release.id)
        }
    }

    func startSaysWhyItFails() async throws {
        let release = try await fetched(.cannotLaunch)
        try await expectThrows("a start of what is not there") { () async throws(RuntimeError) in
            try await runtime.start(order(release))
        } matching: {
            if case .launchFailed(let reason) = $0 { !reason.isEmpty } else { false }
        }
        let state = try await runtime.replica(place(of: release))
        try expect(state?.isRunning != true, "nothing runs")
    }

    func placeIsTaken() async throws {
        let first = try await started(.idle, number: 1)
        let second = try await fetched(.idle, number: 2)
        try await expectThrows("a start in a taken place") { () async throws(RuntimeError) in
            try await runtime.start(order(second))
        } matching: {
            $0 == .placeTaken(by: first.release)
        }
        let now = try await state(first.id)
        try expectEqual(now.run, first.run, "the run")
    }

    func endpointStays() async throws {
        let first = try await started(.idle)
        try expect(first.endpoint != nil, "the replica has an endpoint")
        try await runtime.stop(first.id, policy: stopPolicy())
        let between = try await started(.idle, .green)
        try expect(between.endpoint != first.endpoint, "a stopped replica's endpoint is given to nothing else")
        let again = try await runtime.start(order(try await fetched(.idle)))
        try expectEqual(again.endpoint, first.endpoint, "the endpoint after stop and start")
        try await runtime.setRestartPolicy(.unlessStopped, of: first.id)
        try await lab.killProcess(of: first.id)
        let third = try await eventuallySome("the replica runs again") {
            let now = try await state(first.id)
            return now.isRunning && now.run != again.run ? now : nil
        }
        try expectEqual(third.endpoint, first.endpoint, "the endpoint after a restart")
    }

    func placeKeepsEndpoint() async throws {
        let first = try await started(.idle, number: 1)
        try await runtime.stop(first.id, policy: stopPolicy())
        let second = try await started(.idle, number: 2)
        try expectEqual(second.id, first.id, "the place")
        try expectEqual(second.endpoint, first.endpoint, "the endpoint of the next release")
    }

    func endpointsDiffer() async throws {
        let release = try await fetched(.idle)
        var endpoints: Set<Endpoint> = []
        for slot in Slot.allCases {
            for index in 0..<3 {
                let state = try await runtime.start(order(release, slot, index))
                guard let endpoint = state.endpoint else { throw ContractFailure("\(state.id) has no endpoint") }
                try expect(endpoints.insert(endpoint).inserted, "\(endpoint) was given twice")
            }
        }
    }

    func environmentIsGiven() async throws {
        let release = try await fetched(.idle)
        let state = try await runtime.start(order(release, environment: ["LAB_SECRET": Secret("a b=c\nd")]))
        let script =
            #"printf '%s|' "$LAB_SECRET" "$TEAL_SERVICE" "$TEAL_SLOT" "$TEAL_REPLICA" "$TEAL_ACTIVE" "$TEAL_RELEASE""#
        let result = try await runtime.execute(["sh", "-c", script], beside: state.id, within: .seconds(10))
        try expectEqual(result.tail.joined(separator: "\n"), "a b=c\nd|app|blue|0|0|app@1|", "the environment")
        let port = try await runtime.execute(["sh", "-c", "echo $PORT"], beside: state.id, within: .seconds(10))
        try expect(Int(port.tail.first ?? "") != nil, "PORT is a number")
    }
}
