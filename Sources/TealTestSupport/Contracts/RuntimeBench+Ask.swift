import TealCore
import TealDriverKit

extension RuntimeBench {
    func executeTellsEnd() async throws {
        let first = try await started(.idle)
        let result = try await runtime.execute(
            ["sh", "-c", "echo one; echo two >&2; exit 3"],
            beside: first.id,
            within: .seconds(10)
        )
        try expectEqual(result.exitCode, 3, "the code")
        try expectEqual(result.tail.sorted(), ["one", "two"], "the output")
        try expect(!result.timedOut, "it ended by itself")
    }

    func executeIsLimited() async throws {
        let first = try await started(.idle)
        let began = ContinuousClock.now
        let result = try await runtime.execute(
            ["sh", "-c", "echo begun; sleep 60"],
            beside: first.id,
            within: .milliseconds(400)
        )
        try expect(result.timedOut && !result.succeeded, "its limit ended it")
        try expect(ContinuousClock.now - began < .seconds(10), "it ended in time")
        try expectEqual(result.tail, ["begun"], "what it wrote")
    }

    func activityIsAsked() async throws {
        let first = try await started(.serve)
        try await eventually("it agrees to begin") {
            do throws(RuntimeError) {
                let call = ActivityCall.post(path: "/teal/activate")
                try await runtime.setActivity(true, of: first.id, by: call, within: .seconds(5))
                return true
            } catch .activityRefused {
                // It may not listen yet.
                return false
            }
        }
        // It answers once it has done so, and its line is written before.
        try await eventually("it was told to begin") { try await texts(first.id).contains("activated") }
        try expect(!(try await texts(first.id).contains("deactivated")), "it was told to begin alone")
        let call = ActivityCall.post(path: "/teal/deactivate")
        try await runtime.setActivity(false, of: first.id, by: call, within: .seconds(5))
        try await eventually("it was told to end") { try await texts(first.id).contains("deactivated") }
        let told = try await texts(first.id).filter { $0.hasSuffix("activated") }
        try expectEqual(told, ["activated", "deactivated"], "what it was told")
    }

    func activityIsRefused() async throws {
        let idle = try await started(.idle)
        try await expectThrows("a call that nobody answers") { () async throws(RuntimeError) in
            let call = ActivityCall.post(path: "/teal/activate")
            try await runtime.setActivity(true, of: idle.id, by: call, within: .milliseconds(500))
        } matching: {
            if case .activityRefused = $0 { true } else { false }
        }
    }

    func activityBySignal() async throws {
        let first = try await started(.idle)
        try await runtime.setActivity(true, of: first.id, by: .signal("USR1"), within: .seconds(5))
        try await eventually("the signal has reached it") { try await texts(first.id).contains("usr1") }
    }

    func onceRunsOnce() async throws {
        let release = try await fetched(.idle)
        let order = once(release, "rollout-1/migrate app", lab.markingCommand("once"))
        let first = try await runtime.runOnce(order)
        try expect(first.succeeded, "it succeeded: \(first)")
        try expect(first.tail.contains("marked"), "its last lines: \(first.tail)")
        let again = try await runtime.runOnce(order)
        try expectEqual(again, first, "the end that is given again")
        let later = try await lab.reattached().runOnce(order)
        try expectEqual(later, first, "the end that the next runtime gives")
        try expectEqual(try await runtime.onceState(of: order.name), .ended(first), "how it stands")
        try expectEqual(try await lab.marks("once"), 1, "how often it ran")
        _ = try await runtime.runOnce(once(release, "rollout-2/migrate app", lab.markingCommand("once")))
        try expectEqual(try await lab.marks("once"), 2, "how often it ran under two names")
    }

    func onceTellsFailure() async throws {
        let release = try await fetched(.idle)
        // Where two outputs are read apart, what is written to both at the same moment may change places.
        let script = "for n in $(seq 1 80); do echo line $n; done; sleep 0.3; echo why >&2; exit 9"
        let result = try await runtime.runOnce(once(release, "fails", ["sh", "-c", script]))
        try expectEqual(result.exitCode, 9, "the code")
        try expectEqual(result.tail.count, 50, "the number of lines that are kept")
        try expect(result.tail.contains("why") && result.tail.contains("line 80"), "the last lines")
    }

    func onceIsLimited() async throws {
        let release = try await fetched(.idle)
        let order = once(release, "hangs", ["sh", "-c", "sleep 60"], timeout: .milliseconds(300))
        let result = try await runtime.runOnce(order)
        try expect(result.timedOut && !result.succeeded, "its limit ended it")
    }

    func onceNeverBegun() async throws {
        try expectEqual(try await runtime.onceState(of: "nobody/ever"), .neverBegun, "how it stands")
    }

    func onceIsFoundRunning() async throws {
        let release = try await fetched(.idle)
        let order = once(release, "long", ["sh", "-c", "sleep 1; echo done"])
        // Cancelled below: a daemon that dies while it waits.
        let waiting = Task { try await runtime.runOnce(order) }
        try await eventually("it runs") { try await runtime.onceState(of: "long") == .running }
        waiting.cancel()
        let result = try await lab.reattached().runOnce(order)
        try expectEqual(result.tail, ["done"], "its last lines")
        try expect(result.succeeded, "it succeeded")
    }

    func onceKilledIsUnknown() async throws {
        let release = try await fetched(.idle)
        let mark = lab.markingCommand("killed")
        // A first half, and a second in a process below the first one, which nobody kills.
        let script = "\"$@\"; sh -c 'sleep 1; \"$@\"' sh \"$@\"; sleep 30"
        let order = once(release, "killed", ["sh", "-c", script, "sh"] + mark)
        // Ended by the kill below.
        let waiting = Task { try await runtime.runOnce(order) }
        try await eventually("it runs") { try await lab.marks("killed") == 1 }
        // Another half second, so that the second half has begun.
        try await Task.sleep(for: .milliseconds(500))
        try await lab.killOnce("killed")
        let first = await waiting.result
        try expect(failed(first, .endUnknown("killed")), "the first call's end is \(first)")
        // Whoever runs it again under another name must not run it beside itself.
        let marks = try await lab.marks("killed")
        try expectEqual(try await runtime.onceState(of: "killed"), .unknown, "how it stands")
        try await expectThrows("a second call") { () async throws(RuntimeError) in
            try await runtime.runOnce(order)
        } matching: {
            $0 == .endUnknown("killed")
        }
        try await Task.sleep(for: .milliseconds(1_500))
        try expectEqual(try await lab.marks("killed"), marks, "what it did after it was told to be unknown")
        try expect(marks <= 2, "it ran once: \(marks) marks")
    }

    private func failed<Value>(_ result: Result<Value, any Error>, _ wanted: RuntimeError) -> Bool {
        if case .failure(let error as RuntimeError) = result { error == wanted } else { false }
    }

    func missingContent() async throws {
        let release = try await lab.release(.idle, number: 1)
        try await lab.dropContent(of: release)
        try await expectThrows("a fetch of what is not there") { () async throws(RuntimeError) in
            try await runtime.fetch(release)
        } matching: {
            $0 == .contentMissing(release.id)
        }
    }

    func damagedContent() async throws {
        let release = try await lab.release(.idle, number: 1)
        try await lab.damageContent(of: release)
        try await expectThrows("a fetch of what was changed") { () async throws(RuntimeError) in
            try await runtime.fetch(release)
        } matching: {
            if case .contentDamaged = $0 { true } else { false }
        }
    }

    func fetchIsRepeatable() async throws {
        let release = try await fetched(.idle)
        try await runtime.fetch(release)
        let state = try await runtime.start(order(release))
        try await runtime.fetch(release)
        try expectEqual(try await self.state(state.id).run, state.run, "the run")
    }

    func foreignPruneCostsNothing() async throws {
        let active = try await started(.idle, number: 2, .green)
        let standby = try await started(.idle, number: 1)
        try expectEqual(standby.origin, .made, "how the first start came by it")
        try await runtime.stop(standby.id, policy: stopPolicy())
        let kept = try await lab.release(.idle, number: 1)
        try expectEqual(try await runtime.start(order(kept)).origin, .kept, "how a start of what is kept came by it")
        try await runtime.stop(standby.id, policy: stopPolicy())
        try await lab.pruneByHand()
        try expectEqual(try await state(active.id).run, active.run, "the run of what runs")
        try expectEqual(try await phase(standby.id), .stopped, "the phase of what was pruned")
        let again = try await runtime.start(order(kept))
        try expectEqual(again.origin, .remade, "how a start of what was pruned came by it")
        try expectEqual(again.endpoint, standby.endpoint, "its endpoint")
        try expectEqual(try await runtime.start(order(kept)).origin, .found, "how a start of what runs came by it")
        try await ready(again.id)
    }

    func pruneKeeps() async throws {
        let kept = try await fetched(.idle, number: 1)
        let running = try await started(.speak, number: 2)
        let unused = try await fetched(.exit(code: 1), number: 3)
        let removed = try await runtime.prune(keeping: [kept])
        try expect(!removed.isEmpty, "what was removed is told")
        try await runtime.fetch(kept)
        try expect(try await runtime.start(order(kept, .green)).isRunning, "a kept release starts")
        try expectEqual(try await state(running.id).run, running.run, "the run of what runs")
        try await expectThrows("a fetch of what was freed") { () async throws(RuntimeError) in
            try await runtime.fetch(unused)
        } matching: {
            $0 == .contentMissing(unused.id)
        }
    }
}
