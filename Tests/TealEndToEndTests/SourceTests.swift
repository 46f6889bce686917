import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// A service that the server builds from a git repository, by the command line as people use it.
    @Suite struct Sources {
        private static let secret = "hunter2-of-the-build"

        /// A bare repository, somebody's clone of it, and a teal.yml; the marker has a line for each build that was done.
        private struct Project {
            let directory: String
            let lab: Lab

            var bare: String { lab.root + "/shop.git" }
            var clone: String { lab.root + "/clone" }
            var marker: String { lab.root + "/marker" }
            /// While it is there, builds of a commit that says so wait.
            var hold: String { lab.root + "/hold" }

            init(_ lab: Lab) async throws {
                self.lab = lab
                directory = lab.root + "/project"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try await git("init", "--quiet", "--bare", "--initial-branch=main", bare)
                try await git("init", "--quiet", "--initial-branch=main", clone)
                try await git("-C", clone, "remote", "add", "origin", bare)
                try write("\(directory)/.env.secrets", "BUILD_TOKEN=\(Sources.secret)\n")
                chmod("\(directory)/.env.secrets", 0o600)
                try configure(ref: nil)
            }

            func configure(ref: String?) throws {
                try write(
                    "\(directory)/teal.yml",
                    """
                    project: \(lab.project)
                    environments: {production: {branch: main}}
                    secretsFile: .env.secrets
                    services:
                      web:
                        source:
                          repository: \(bare)
                          \(ref.map { "ref: \($0)" } ?? "# the environment's branch")
                          build: [sh build.sh]
                          output: out
                          env: {SAMPLE: \(lab.programs.sample), MARKER: \(marker), HOLD: \(hold)}
                          secrets: [BUILD_TOKEN]
                          timeout: 60s
                        command: [sh, run.sh]
                        port: 8080
                        host: web.test
                        health: {path: /health, json: {success: true}, deadline: 20s}
                        smoke: [{path: /smoke}]
                        watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                        drain: {requests: 15s, upgraded: 2s}
                    """
                )
            }

            private func write(_ path: String, _ text: String) throws {
                try Data(text.utf8).write(to: URL(filePath: path))
            }

            @discardableResult
            private func git(_ words: String...) async throws -> String {
                try await Child.output(
                    of: ["/usr/bin/git", "-c", "user.name=a", "-c", "user.email=a@example.com"] + words
                ).trimmingCharacters(in: .whitespacesAndNewlines)
            }

            /// Pushes a commit whose release calls itself `version`, and whose build does `build` first.
            func push(_ version: String, build: String = "true") async throws -> String {
                let script = """
                    set -e
                    test -n "$BUILD_TOKEN"
                    \(build)
                    mkdir out
                    cp "$SAMPLE" out/teal-sample
                    printf 'SAMPLE_VERSION=%s exec ./teal-sample\\n' \(version) > out/run.sh
                    echo "$TEAL_COMMIT" >> "$MARKER"

                    """
                try write("\(clone)/build.sh", script)
                try await git("-C", clone, "add", "--all")
                try await git("-C", clone, "commit", "--quiet", "--message", version)
                try await git("-C", clone, "push", "--quiet", "origin", "HEAD:refs/heads/main")
                return try await git("-C", clone, "rev-parse", "HEAD")
            }

            /// The commits that were built to their end, in order.
            var builds: [String] {
                // Not there: nothing was built.
                ((try? String(contentsOfFile: marker, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
            }

            /// What is left of builds in the daemon's home.
            var leftovers: [String] {
                get throws { try FileManager.default.contentsOfDirectory(atPath: lab.home + "/builds/work") }
            }

            func teal(_ words: String...) async throws -> String {
                try await Child.output(
                    of: [lab.programs.teal] + words + ["--file", directory + "/teal.yml", "--home", lab.home],
                    within: .seconds(150)
                )
            }

            /// Deploys, and gives the rollout's id with all lines of JSON.
            func deploy(_ words: String...) async throws -> (id: String, lines: [[String: Any]]) {
                let text = try await Child.output(
                    of: [lab.programs.teal, "deploy"] + words
                        + ["--file", directory + "/teal.yml", "--home", lab.home, "--output", "json"],
                    within: .seconds(150)
                )
                let lines = try text.split(separator: "\n").compactMap {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
                guard let id = (lines.last?["rollout"] as? [String: Any])?["id"] as? String else {
                    throw LabFailure("no rollout: \(text)")
                }
                return (id, lines)
            }
        }

        @Test func `commits are built beside what runs and released under load, and a rollback builds nothing`()
            async throws
        {
            try await Lab.with(runtime: .processes) { lab in
                try await lab.startDaemon()
                let project = try await Project(lab)
                let first = try await project.push("v1")
                let plan = try await project.teal("plan")
                #expect(plan.contains("commit \(first.prefix(12)) of main, which the deploy builds first"), "\(plan)")
                #expect(plan.contains("no ref given, so the branch main of the environment"), "\(plan)")
                #expect(project.builds.isEmpty, "a plan builds nothing")

                let (id, lines) = try await project.deploy()
                try #require(try await lab.end(of: id).outcome.state == .settled)
                var slot = ExpectedSlot()
                try await expectTidy(lab, running: slot.places(), serving: "v1")
                #expect(project.builds == [first])
                let told = lines.compactMap { ($0["build"] as? [String: Any])?["kind"] as? String }
                #expect(Set(told).isSuperset(of: ["resolved", "fetching", "command", "packing"]), "\(told)")
                let built = lines.compactMap { $0["built"] as? [String: Any] }
                #expect(built.count == 1 && built[0]["commit"] as? String == first, "\(built)")
                let releases = try await lab.client.releases(
                    of: ServiceKey(project: lab.project, service: try ServiceName(parsing: "web")),
                    limit: 10
                )
                #expect(releases.releases.map(\.gitCommit) == [first])

                let load = try lab.load("v1") { plan in
                    plan.rate = 100
                    plan.streams = 2
                    plan.streamSeconds = 2
                }
                // Another commit, with another build beside the release that has the users.
                let second = try await project.push("v2", build: "sleep 1")
                let view = try await lab.end(of: project.deploy().id, telling: load, from: "v1", to: "v2")
                #expect(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                slot.flip()
                try await expectTidy(lab, running: slot.places(), serving: "v2")
                #expect(project.builds == [first, second])

                // A build that fails changes nothing, and says why without saying what is secret.
                _ = try await project.push("v3", build: "echo token $BUILD_TOKEN; echo no such module >&2; exit 7")
                let failed = await #expect(throws: LabFailure.self) { try await project.teal("deploy") }
                let text = "\(failed as Any)"
                #expect(
                    text.contains("nothing has been changed: `sh build.sh` ended with 7 [source.build-failed]"),
                    "\(text)"
                )
                #expect(text.contains("token <redacted>") && text.contains("no such module"), "\(text)")
                #expect(!text.contains(Self.secret))
                try await expectTidy(lab, running: slot.places(), serving: "v2")
                #expect(try project.leftovers.isEmpty)
                #expect(try await lab.active() == "web@2")

                // Back by what was kept.
                let back = try await lab.end(of: lab.beginRollback("web").id, telling: load, from: "v2", to: "v1")
                #expect(back.outcome.state == .settled, "\(back.outcome) \(back.problem as Any)")
                slot.flip()
                try await expectTidy(lab, running: slot.places(), serving: "v1")
                #expect(project.builds == [first, second], "a rollback builds nothing")

                // The same commit by another name is not built again; of a plan it is the one that was shown.
                try project.configure(ref: second)
                let shown = try await project.teal("plan", "--output", "json")
                try Data(shown.utf8).write(to: URL(filePath: lab.root + "/plan.json"))
                let (again, words) = try await project.deploy("--plan", lab.root + "/plan.json")
                let forth = try await lab.end(of: again, telling: load, from: "v1", to: "v2")
                #expect(forth.outcome.state == .settled, "\(forth.outcome) \(forth.problem as Any)")
                slot.flip()
                try await expectTidy(lab, running: slot.places(), serving: "v2")
                #expect(words.compactMap { ($0["built"] as? [String: Any])?["built"] as? Bool } == [false])
                #expect(project.builds == [first, second])

                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == ["v1", "v2"])
                let findings = try await lab.findings()
                #expect(!findings.contains { $0.contains("BUILD_TOKEN") }, "\(findings)")
                #expect(!lab.lastLines(of: lab.daemonLog, 10_000).contains { $0.contains(Self.secret) })
                Rounds.say("built on the server: \(project.builds.count) builds, \(report.inShort)")
            }
        }

        /// Starts a deploy whose build waits, and returns once it does.
        private func deploying(_ words: [String], _ lab: Lab, _ name: String) async throws -> Child {
            let child = try Child(words, output: "\(lab.root)/\(name)")
            try await until("a build that is under way") {
                lab.lastLines(of: "\(lab.root)/\(name)", 100).contains { $0.contains("holds") }
            }
            return child
        }

        @Test func `a build holds no service, and a daemon that dies in one leaves nothing half`() async throws {
            try await Lab.with(runtime: .processes) { lab in
                try await lab.startDaemon()
                let project = try await Project(lab)
                let first = try await project.push("v1")
                try #require(try await lab.end(of: project.deploy().id).outcome.state == .settled)
                let second = try await project.push("v2")
                try #require(try await lab.end(of: project.deploy().id).outcome.state == .settled)
                var slot = ExpectedSlot()
                slot.flip()
                let load = try lab.load("v2")

                #expect(FileManager.default.createFile(atPath: project.hold, contents: nil))
                let third = try await project.push(
                    "v3",
                    build: "while test -e \"$HOLD\"; do sleep 0.1; echo holds; done"
                )
                let words = [
                    lab.programs.teal, "deploy", "--file", project.directory + "/teal.yml", "--home", lab.home,
                ]
                // A build belongs to who has asked for it.
                try await deploying(words, lab, "left.log").signal(SIGINT)
                try await until("the end of a build that nobody waits for") { try project.leftovers.isEmpty }

                let deploying = try await deploying(words, lab, "killed.log")
                #expect(!(try project.leftovers.isEmpty))
                // Others do what they like meanwhile.
                #expect(try await lab.client.status(.init()).rollouts.isEmpty)
                let back = try await lab.end(of: lab.beginRollback("web").id, telling: load, from: "v2", to: "v1")
                #expect(back.outcome.state == .settled, "\(back.outcome) \(back.problem as Any)")
                slot.flip()

                try await lab.killDaemon()
                #expect(try await deploying.wait(within: .seconds(30)) != 0)
                try await until("the end of what was being built") {
                    !lab.processes().contains { $0.name == "sh" || $0.name == "sleep" || $0.name == "teal-beside" }
                }
                try FileManager.default.removeItem(atPath: project.hold)
                try await lab.startDaemon()
                #expect(try project.leftovers.isEmpty)
                #expect(project.builds == [first, second])
                try await expectTidy(lab, running: slot.places(), serving: "v1")

                let view = try await lab.end(of: project.deploy().id, telling: load, from: "v1", to: "v3")
                #expect(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                slot.flip()
                try await expectTidy(lab, running: slot.places(), serving: "v3")
                #expect(project.builds == [first, second, third])
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == ["v1", "v2", "v3"])
            }
        }
    }
}
