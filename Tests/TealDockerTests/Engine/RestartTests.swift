import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing)),
    .enabled(if: DockerEngine.isOwn, "the engine here is not the tests' own, and is not stopped")
)
struct `An Engine that is stopped and started` {
    @Test func `places are known while it is away, and only the one with a policy runs afterwards`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let active = try await lab.started(release)
            let standby = try await lab.started(release, .green)
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: active.id)
            try await lab.ready(active.id)
            try await lab.ready(standby.id)
            let events = EventRecord()
            let stream = lab.runtime.events()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            try await DockerEngine.restart {
                #expect(lab.runtime.knows(active.id))
                await #expect {
                    try await lab.runtime.replicas()
                } throws: { error in
                    (error as? RuntimeError)?.isPassing ?? false
                }
            }
            try await eventually(within: .seconds(20), "it is told to look again") {
                await events.has(active.id, .changed)
            }
            let again = try await eventuallySome(within: .seconds(20), "the active one runs again") {
                let now = try await lab.state(active.id)
                return now.isRunning ? now : nil
            }
            #expect(again.endpoint == active.endpoint && again.run != active.run && again.drift.isEmpty)
            guard case .exited = try await lab.state(standby.id).phase else {
                Issue.record("\(try await lab.state(standby.id).phase)")
                return
            }
            // And events go on.
            try await lab.runtime.remove(standby.id)
            try await eventually("its removal is told") { await events.has(standby.id, .removed) }
        }
    }

    @Test func `a followed log goes on with the next run, and gives no line twice`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(.speak, number: 1)
            let first = try await lab.started(release)
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
            try await lab.ready(first.id)
            let lines = LineRecord()
            // Ended below.
            let reading = Task {
                for try await line in lab.runtime.followLog(of: first.id, linesMax: 100) { await lines.add(line) }
            }
            defer { reading.cancel() }
            try await eventually("it speaks") { await lines.count("tick 3") == 1 }
            try await DockerEngine.restart()
            try await eventually(within: .seconds(30), "its next run speaks") { await lines.count("tick 3") == 2 }
            #expect(await lines.count("out ready") == 2)
        }
    }
}

/// Lines that were followed.
private actor LineRecord {
    private var lines: [LogLine] = []

    func add(_ line: LogLine) { lines.append(line) }
    func count(_ text: String) -> Int { lines.count { $0.text == text } }
}
