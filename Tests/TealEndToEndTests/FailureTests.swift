import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Every failure of the phases' table, for real and under load.
    @Suite struct Failures {
        @Test func `what fails before the switch is kept out and users notice nothing`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try #require(try await lab.deploy("old").outcome.state == .settled)
                let load = try lab.load("old") { $0.streams = 1 }
                for failing in Failing.keptOut {
                    let view = try await lab.end(of: lab.begin("new", failing.change).id)
                    try await check(failing, view, lab, old: "web@1")
                    #expect(view.outcome.state == .kept, "\(failing.name): \(view.outcome)")
                    #expect(view.problem?.userImpact == UserImpact.none, "\(failing.name)")
                    #expect(view.moments.isEmpty, "\(failing.name)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == ["old"])
                Rounds.say("\(Failing.keptOut.count) failures kept out, \(report.inShort)")
            }
        }

        @Test func `what fails under traffic is taken back and nothing but its own errors is seen`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try #require(try await lab.deploy("old").outcome.state == .settled)
                for failing in Failing.takenBack {
                    let load = try lab.load("old") { $0.streams = 1 }
                    // Enough of the old release's own answers to compare with.
                    try await Task.sleep(for: .seconds(1))
                    let id = try await lab.begin("new", failing.change).id
                    let view = try await lab.end(of: id, telling: load, from: "old", to: "new")
                    try await check(failing, view, lab, old: "web@1")
                    #expect(view.outcome.state == .reverted, "\(failing.name): \(view.outcome)")
                    #expect(view.problem?.userImpact == .brief, "\(failing.name)")
                    let report = try await load.stop()
                    if failing.code == "deploy.replica-died" {
                        // What was in flight when it died cannot be saved; nothing after it may fail.
                        #expect(report.failed <= 40, "\(failing.name): \(report.failuresText)")
                        #expect(report.failedSeconds < 1, "\(failing.name): \(report.failuresText)")
                        #expect(report.failures["wrong-release"] == nil, "\(failing.name): \(report.failuresText)")
                        #expect(report.streamsCut <= 1, "\(failing.name)")
                        expectSteady(report, "\(failing.name)")
                    } else {
                        expectUnnoticed(report, "\(failing.name)", but: Allowed(ownErrors: failing.answersErrors))
                    }
                    // It was under traffic, or nothing was shown.
                    #expect(report.perRelease.keys.sorted() == ["new", "old"], "\(failing.name)")
                    #expect((report.perRelease["new"]?.errors ?? 0 > 0) == failing.answersErrors, "\(failing.name)")
                    #expect(report.perRelease["old"]?.errors == 0, "\(failing.name)")
                    Rounds.say(
                        "\(failing.name): \(report.requests) requests, \(report.failed) failed (\(report.failuresText)), "
                            + "\(report.answeredByRelease) errors of the release itself, taken back after "
                            + "\(view.elapsedSeconds) s"
                    )
                }
            }
        }

        @Test func `an old release that died under the watch is started and proven before users come back to it`()
            async throws
        {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try #require(try await lab.deploy("old").outcome.state == .settled)
                let load = try lab.load("old")
                let id = try await lab.begin("new") { $0.watch.window = .seconds(20) }.id
                try await lab.phase("watch", of: id)
                try await lab.killProcess(try #require(lab.holders["web-blue-0"]))
                _ = try await lab.beginRollback("web")
                let view = try await lab.end(of: id, telling: load, from: "old", to: "new")
                #expect(view.outcome.state == .reverted, "\(view.outcome) \(view.problem as Any)")
                #expect(try await lab.active() == "web@1")
                expectUnnoticed(try await load.stop())
                try await expectTidy(lab, running: ["web-blue-0"], serving: "old")
            }
        }

        private func check(_ failing: Failing, _ view: RolloutView, _ lab: Lab, old: String) async throws {
            let name = Comment(rawValue: failing.name)
            let problem = view.problem
            #expect(problem?.code == failing.code, name)
            let text = ([problem?.detail ?? ""] + (problem?.at ?? [])).joined(separator: "\n")
            for part in failing.says { #expect(text.contains(part), "\(failing.name): '\(part)' is not in: \(text)") }
            #expect(text.contains(old), "\(failing.name) says who serves: \(text)")
            #expect(try await lab.active() == old, name)
            #expect(lab.currentEnvironment() == "blue", name)
            try await expectTidy(lab, running: ["web-blue-0"], serving: "old", name)
            // The slot is free for the next one: of the failed one only its lines are left in it.
            let place = lab.home + "/replicas/shop/web-green-0"
            // Not there is as good.
            let left = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            #expect(Set(left).isSubset(of: ["lock", "log", "log.1"]), "\(failing.name) left \(left)")
        }

        @Test func `a migration that was applied is said when a later phase fails`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("old")
                let marks = lab.root + "/marks"
                let view = try await lab.deploy("new", environment: ["SAMPLE_SMOKE_FAIL": "1"]) { spec in
                    spec.migrate = OnceCommand(
                        command: ["/bin/sh", "-c", "echo done >> \(marks); echo added column"],
                        timeout: .seconds(10)
                    )
                }
                #expect(view.outcome.state == .kept)
                #expect(lab.lastLines(of: marks, 5) == ["done"])
                let text = ([view.problem?.detail ?? ""] + (view.problem?.at ?? []) + (view.problem?.next ?? []))
                    .joined(separator: "\n")
                #expect(text.contains("migration"), "what was applied is said: \(text)")
                try await expectTidy(lab, running: ["web-blue-0"], serving: "old")
            }
        }

        @Test func `a hook that fails after the release is said and takes nothing back`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("old")
                let load = try lab.load("old")
                let view = try await lab.deploy("new") { spec in
                    let says = OnceCommand(command: ["/bin/sh", "-c", "echo the hook says no; exit 4"])
                    spec.hooks = [
                        Hook(name: "tell", point: .afterRelease, run: says),
                        Hook(name: "x", point: .afterRevert, run: says),
                    ]
                }
                #expect(view.outcome.state == .settled, "\(view.outcome)")
                let events = try await lab.events(of: view.id)
                load.tell(events, from: "old", to: "new")
                let warnings = events.filter { $0.kind == .warning }.map(\.text)
                #expect(warnings.contains { $0.contains("the hook 'tell'") }, "\(warnings)")
                let back = try await lab.deploy("bad") { spec in
                    spec.hooks = [
                        Hook(name: "no", point: .afterSwitch, run: OnceCommand(command: ["/bin/false"])),
                        Hook(name: "x", point: .afterRevert, run: OnceCommand(command: ["/bin/false"])),
                    ]
                }
                #expect(back.outcome.state == .reverted, "\(back.outcome)")
                #expect(try await lab.active() == "web@2")
                load.tell(try await lab.events(of: back.id), from: "new", to: "bad")
                expectUnnoticed(try await load.stop())
                try await expectTidy(lab, running: ["web-green-0"], serving: "new")
            }
        }

        @Test func `another process on a fixed port is named`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let base = 19_300 + Int(getpid()) % 200 * 2
                let ports = FixedPorts(blue: base, green: base + 1)
                try await lab.deploy("old") { $0.fixedPorts = ports }
                let squatter = try Child(
                    [lab.programs.sample],
                    environment: ["PORT": "\(base + 1)", "SAMPLE_VERSION": "squatter"],
                    output: lab.root + "/squatter.log"
                )
                defer { squatter.signal(SIGKILL) }
                try await until("the squatter listens") { !Lab.isFree(base + 1) }
                let load = try lab.load("old")
                let view = try await lab.deploy("new") { $0.fixedPorts = ports }
                #expect(view.outcome.state == .kept)
                let text = ([view.problem?.detail ?? ""] + (view.problem?.at ?? [])).joined(separator: "\n")
                #expect(text.contains("\(base + 1)") && text.contains("teal-sample"), "\(text)")
                #expect(text.contains("\(squatter.pid)"), "\(text)")
                expectUnnoticed(try await load.stop())
                try await expectTidy(lab, running: ["web-blue-0"], serving: "old")
            }
        }

        @Test func `an artifact that is missing or damaged changes nothing`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let hash = try await lab.artifact().hash
                let unknown = try #require(ArtifactHash(parsing: String(repeating: "ab", count: 32)))
                let missing = await refused { _ = try await lab.begin([Lab.spec("new")], artifact: unknown) }
                #expect(missing?.code == "deploy.artifact-missing")
                try await lab.deploy("old")
                let load = try lab.load("old")
                let kept = "\(lab.home)/artifacts/\(hash)/artifact"
                let file = try #require(FileHandle(forUpdatingAtPath: try content(of: kept)))
                chmod(try content(of: kept), 0o600)
                try file.seek(toOffset: 4096)
                try file.write(contentsOf: Data(repeating: 0x5A, count: 64))
                try file.close()
                let view = try await lab.deploy("new")
                #expect(view.outcome.state == .kept)
                #expect(view.problem?.code == "deploy.fetch-failed", "\(view.problem as Any)")
                #expect(view.outcome.because?.contains("damaged") == true, "\(view.outcome)")
                expectUnnoticed(try await load.stop())
                #expect(try await lab.active() == "web@1")
                try await expectTidy(lab, running: ["web-blue-0"], serving: "old")
            }
        }

        /// The file that holds an artifact's bytes.
        private func content(of path: String) throws -> String {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
                return path
            }
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).sorted().first)
            return path + "/" + name
        }

        @Test func `a first release that fails leaves no route, and a rollback says why it cannot be`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let none = await refused { _ = try await lab.beginRollback("web") }
                #expect(none != nil)
                let kept = try await lab.deploy("first", environment: ["SAMPLE_HEALTH": "never"]) {
                    $0.health.deadline = .seconds(2)
                }
                #expect(kept.outcome.state == .kept)
                #expect(kept.problem?.detail.contains("nothing served before it") == true, "\(kept.problem as Any)")
                #expect(try await lab.who().status == 421)
                let taken = try await lab.deploy("first", environment: ["SAMPLE_ERROR_RATE": "1"]) {
                    $0.hooks = [
                        Hook(name: "no", point: .afterSwitch, run: OnceCommand(command: ["/bin/false"]))
                    ]
                }
                #expect(taken.outcome.state == .reverted)
                #expect(taken.problem?.detail.contains("the route is absent again") == true, "\(taken.problem as Any)")
                #expect(try await lab.who().status == 421)
                try await expectTidy(lab, running: [])
                #expect(lab.currentEnvironment() == nil)
                let back = await refused { _ = try await lab.beginRollback("web") }
                #expect(back?.detail.contains("no release of shop/web is active") == true, "\(back as Any)")
                let good = try await lab.deploy("first")
                #expect(good.outcome.state == .settled)
                let alone = await refused { _ = try await lab.beginRollback("web") }
                #expect(alone?.code.hasPrefix("rollback.") == true, "\(alone as Any)")
                try await expectTidy(lab, running: ["web-blue-0"], serving: "first")
            }
        }
    }
}

/// The problem that the daemon refuses something with; nil when it does not refuse.
func refused(_ body: () async throws -> Void) async -> ProblemBody? {
    do {
        try await body()
        return nil
    } catch ClientFailure.refused(let problem) {
        return problem
    } catch {
        Issue.record(error)
        return nil
    }
}
