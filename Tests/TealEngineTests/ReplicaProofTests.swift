import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A replica proves itself before it takes traffic` {
    private static let id = ReplicaID(service: Samples.key("web"), slot: .green, index: 0)
    private static let run = RunID("one")
    private static let began = Timestamp(nanoseconds: 0)
    private static let passed = ProbeResult.passed(latency: .milliseconds(1))

    private static func proof(passes: Int = 3) -> ReplicaProof {
        ReplicaProof(
            replica: id,
            run: run,
            endpoint: Endpoint(address: "127.0.0.1", port: 9100),
            gate: HealthGate(),
            passesNeeded: passes,
            now: began
        )
    }

    /// The waits between the first probes when all of them end in the same way at once.
    private static func waits(_ result: ProbeResult, _ count: Int) -> [Duration] {
        var proof = proof()
        var now = began
        return (0..<count).map { _ in
            _ = proof.takeDueProbe(at: now)
            _ = proof.probed(result, run: run, at: now)
            defer { now = proof.nextProbe }
            return proof.nextProbe.since(now)
        }
    }

    @Test func `three passes are needed, at least 250 ms apart`() {
        var proof = Self.proof()
        var now = Self.began
        for pass in 1...3 {
            let isDue = proof.takeDueProbe(at: now)
            #expect(isDue)
            let verdict = proof.probed(Self.passed, run: Self.run, at: now)
            #expect(verdict == (pass == 3 ? .proven : .goOn))
            guard pass < 3 else { break }
            let isTooEarly = proof.takeDueProbe(at: now + .milliseconds(249))
            #expect(!isTooEarly)
            now = now + .milliseconds(250)
        }
        #expect(proof.isProven)
        #expect(proof.passes == 3)
    }

    @Test func `failing answers are asked after at 50 ms, doubling to the interval`() {
        let expected = [50, 100, 200, 400, 800, 1600, 2000, 2000].map { Duration.milliseconds($0) }
        #expect(Self.waits(.failed(.status(503)), 8) == expected)
    }

    @Test(arguments: [ProbeFailure.refused, .wrongPort(own: [8080])])
    func `while nothing listens it is asked every 25 ms`(failure: ProbeFailure) {
        #expect(Self.waits(.failed(failure), 5) == Array(repeating: .milliseconds(25), count: 5))
    }

    @Test func `a failure between passes begins the count again`() {
        var proof = Self.proof()
        _ = proof.probed(Self.passed, run: Self.run, at: Self.began)
        _ = proof.probed(Self.passed, run: Self.run, at: Self.began + .milliseconds(250))
        _ = proof.probed(.failed(.status(500)), run: Self.run, at: Self.began + .milliseconds(500))
        #expect(proof.passes == 0)
        #expect(!proof.isProven)
    }

    @Test func `another run begins the count again`() {
        var proof = Self.proof()
        _ = proof.probed(Self.passed, run: Self.run, at: Self.began)
        _ = proof.probed(Self.passed, run: Self.run, at: Self.began + .milliseconds(250))
        let verdict = proof.probed(Self.passed, run: RunID("two"), at: Self.began + .milliseconds(500))
        #expect(verdict == .goOn)
        #expect(proof.passes == 1)
        #expect(proof.run == RunID("two"))
    }

    @Test func `one pass is enough where the runs are warm`() {
        var proof = Self.proof(passes: 1)
        let verdict = proof.probed(Self.passed, run: Self.run, at: Self.began)
        #expect(verdict == .proven)
    }

    @Test func `the deadline ends it with what was seen last`() {
        var proof = Self.proof()
        _ = proof.takeDueProbe(at: Self.began)
        _ = proof.probed(.failed(.status(503)), run: Self.run, at: Self.began)
        #expect(proof.checkDeadline(at: Self.began + .milliseconds(79_999)) == .goOn)
        guard case .failed(let diagnosis) = proof.checkDeadline(at: Self.began + .seconds(80)) else {
            Issue.record("it went on past its deadline")
            return
        }
        #expect(diagnosis.failure == .status(503))
        #expect(diagnosis.probes == 1)
        #expect(diagnosis.limit == .seconds(80))
        let isDue = proof.takeDueProbe(at: Self.began + .seconds(80))
        #expect(!isDue)
    }

    @Test func `a replica that has ended fails at once`() {
        let exit = ReplicaExit(code: 137, outOfMemory: true)
        var proof = Self.proof()
        let verdict = proof.probed(.failed(.notRunning(exit)), run: Self.run, at: Self.began)
        guard case .failed(let diagnosis) = verdict else {
            Issue.record("it goes on although the replica ended")
            return
        }
        #expect(diagnosis.exit == exit)
    }
}
