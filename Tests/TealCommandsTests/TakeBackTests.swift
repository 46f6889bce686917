import Foundation
import TealAPI
import TealCommands
import TealCore
import TealFakeDaemon
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct `A rollback during a deploy` {
    private static let arguments = ["rollback", "web", "--project", "shop"]

    /// A daemon that takes a deploy back when it is asked for a rollback.
    private func daemon(_ end: RolloutView, events: [RolloutEvent] = Samples.backEvents) -> FakeDaemon {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.began = Samples.rollout(back: .init(usersAreBack: false, because: "rolled back by anna@laptop"))
            $0.ended = end
            $0.events = events
        }
        return daemon
    }

    @Test func `returns when users are back, not at the moments of the way forward`() async throws {
        let back = RolloutBack(usersAreBack: true, because: "rolled back by anna@laptop")
        let daemon = daemon(Samples.rollout(.released, back: back))
        let run = try await CommandRun.run(Self.arguments, with: daemon)
        #expect(run.code == 0)
        #expect(
            run.output == """
                rolled back  web@41 serves again instead of web@42
                  watched: 812 real, 3 synthetic
                  drained: 12 ended in time, 1 request and 2 upgraded connections cut at the limit
                  the daemon goes on to remove web@42 by itself; see it with `teal attach r17`

                """
        )
        #expect(run.errors.contains("r17 is taken back: web@41 serves instead of web@42\n"))
        #expect(!run.errors.contains("switched"))
        #expect(daemon.calls.contains("followRollout r17 after 7"))
    }

    @Test func `waits for the end when that was asked for`() async throws {
        let daemon = daemon(Samples.rollout(.reverted))
        let run = try await CommandRun.run(Self.arguments + ["--until", "settled"], with: daemon)
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("rolled back  web@41 serves again instead of web@42\n"))
        #expect(!run.output.contains("goes on"))
        #expect(!run.errors.contains("error:"))
    }

    @Test func `says that users never left when they did not`() async throws {
        let daemon = daemon(Samples.rollout(.kept), events: Samples.badEvents(.kept).map(Self.later))
        let run = try await CommandRun.run(Self.arguments, with: daemon)
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("kept out  web@41 serves as before instead of web@42\n"))
    }

    @Test func `ends with the code of a halt when it could not be taken back`() async throws {
        let daemon = daemon(Samples.rollout(.halted), events: Samples.badEvents(.halted).map(Self.later))
        let run = try await CommandRun.run(Self.arguments, with: daemon)
        #expect(run.code == 4)
        #expect(run.errors.contains(Samples.problem.problem.description))
    }

    @Test func `is no success when the deploy had settled`() async throws {
        let daemon = daemon(Samples.rollout(.settled), events: Samples.badEvents(.settled).map(Self.later))
        let run = try await CommandRun.run(Self.arguments, with: daemon)
        #expect(run.code == 1)
        #expect(run.errors.contains("[rollback.too-late]"))
    }

    @Test func `a rollback that was aborted is no success`() async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.began = Samples.rollout(kind: .rollback)
            $0.ended = Samples.rollout(.reverted, kind: .rollback)
            $0.events = Samples.badEvents(.reverted)
        }
        let run = try await CommandRun.run(Self.arguments, with: daemon)
        #expect(run.code == 3)
    }

    /// The same event after those that the rollout had before it was taken back.
    private static func later(_ event: RolloutEvent) -> RolloutEvent {
        Samples.event(event.sequence + 7, event.kind, phase: event.phase, text: event.text, outcome: event.outcome)
    }
}

@Suite(.serialized) struct `A command that is interrupted before its rollout began` {
    @Test func `ends the wait, says that nothing was changed, and nothing begins`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.waits = true }
        try await FakeHost.serve(daemon) { socket in
            async let run = CommandRun.run(
                ["scale", "web=2", "--project", "shop", "--wait", "50s"],
                environment: ["TEAL_SOCKET": socket]
            )
            try await until { daemon.calls.contains("beginRollout scale") }
            // Signals are caught before the daemon is asked.
            kill(getpid(), SIGTERM)
            let result = await run
            #expect(result.code == 1)
            #expect(result.errors.contains("[cli.interrupted]"))
            // The daemon has seen that nobody waits any more.
            try await until { daemon.calls.contains("left") }
        }
    }

    private func until(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while !condition() {
            try #require(ContinuousClock.now < end)
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
