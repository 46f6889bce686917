import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// A service that PM2 ran in cluster mode, taken over by `teal import pm2` and released as processes.
    @Suite struct PM2 {
        private static let replicas = 3

        /// A directory as it stands beside such a service: an ecosystem file, the program, and what its image would be.
        private struct Project {
            let directory: String
            let lab: Lab

            init(_ lab: Lab) throws {
                self.lab = lab
                directory = "\(lab.root)/\(lab.project)"
                let dist = directory + "/api/dist"
                try FileManager.default.createDirectory(atPath: dist, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: lab.programs.sample, toPath: dist + "/teal-sample")
                // What everything but the ecosystem file says.
                try write("api/Dockerfile", "FROM node:20-alpine\nEXPOSE 8000\n")
            }

            func write(_ name: String, _ text: String) throws {
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
            }

            func ecosystem(_ version: String) throws {
                try write(
                    "ecosystem.config.js",
                    """
                    module.exports = {
                      apps: [
                        {
                          name: 'mentor-api',
                          cwd: './api',
                          script: './dist/teal-sample',
                          interpreter: 'none',
                          instances: \(PM2.replicas),
                          exec_mode: 'cluster',
                          autorestart: true,
                          watch: false,
                          max_memory_restart: '1G',
                          kill_timeout: 5000,
                          env: { SAMPLE_VERSION: 'development', PORT: 3000 },
                          env_production: { SAMPLE_VERSION: '\(version)', PORT: 3000 },
                        },
                      ],
                    };
                    """
                )
            }

            /// Imports the ecosystem file anew, and adds what PM2 knows nothing of.
            @discardableResult
            func takeOver(_ version: String) async throws -> String {
                try ecosystem(version)
                // Not there: the first time.
                try? FileManager.default.removeItem(atPath: directory + "/teal.yml")
                let said = try await Child.output(of: [
                    lab.programs.teal, "import", "pm2", directory + "/ecosystem.config.js", "-o",
                    directory + "/teal.yml",
                ])
                let made = try String(contentsOfFile: directory + "/teal.yml", encoding: .utf8)
                // The service is the file's last part.
                try write(
                    "teal.yml",
                    made + """
                            smoke: [{path: /smoke}]
                            watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                            drain: {requests: 15s, upgraded: 2s}

                        """
                )
                return said
            }

            func teal(_ words: String...) async throws -> String {
                try await Child.output(
                    of: [lab.programs.teal] + words + ["--file", directory + "/teal.yml"],
                    within: .seconds(150)
                )
            }

            /// Deploys, and gives the rollout's id.
            func deploy() async throws -> String {
                let text = try await teal("deploy", "--home", lab.home, "--output", "json")
                let last = text.split(separator: "\n").last.map(String.init) ?? ""
                let line = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
                guard let id = (line?["rollout"] as? [String: Any])?["id"] as? String else {
                    throw LabFailure("no rollout: \(text)")
                }
                return id
            }
        }

        /// The value of a variable in a process's environment.
        private static func variable(_ name: String, of pid: Int32) throws -> String? {
            let data = try Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))
            return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
        }

        @Test func `a stale port is found, by the import and by validate`() async throws {
            try await Lab.with(project: "mentor", runtime: .processes) { lab in
                let project = try Project(lab)
                let said = try await project.takeOver("v0")
                let contradiction =
                    "its ports contradict each other: 3000 (PORT in env), 3000 (PORT in env_production), 8000 (EXPOSE in Dockerfile)"
                #expect(said.contains(contradiction), "\(said)")
                let validated = try await project.teal("validate")
                #expect(
                    validated.contains("its port is 3000, and beside its program stands 8000 (EXPOSE in Dockerfile)")
                )
                let made = try String(contentsOfFile: project.directory + "/teal.yml", encoding: .utf8)
                #expect(made.contains("port: 3000") && made.contains("replicas: \(Self.replicas)"), "\(made)")
                // Mended, it is fine.
                try project.write("teal.yml", made.replacing("port: 3000", with: "port: 8000"))
                #expect(try await !project.teal("validate").contains("its port is"))
                // Carried on by hand, the number that nobody listens on is refused.
                let kept = made.replacing("\n    env:\n", with: "\n    env:\n      PORT: 3000\n")
                #expect(kept != made)
                try project.write("teal.yml", kept)
                let refused = await #expect(throws: LabFailure.self) { try await project.teal("validate") }
                #expect("\(refused as Any)".contains("PORT is set by Teal, another one for each replica"))
            }
        }

        @Test func `releases in a row of what was imported fail no request`() async throws {
            let rounds = Rounds.of("TEAL_ROUNDS_PM2", small: 2)
            try await Lab.with(project: "mentor", runtime: .processes) { lab in
                try await lab.startDaemon()
                let project = try Project(lab)
                try await project.takeOver("v0")
                _ = try await project.teal("validate")
                try #require(try await lab.end(of: project.deploy()).outcome.state == .settled)
                var slot = ExpectedSlot()
                slot.service = "mentor-api"
                try await expectTidy(lab, running: slot.places(Self.replicas), serving: "v0")
                let load = try lab.load("v0") { plan in
                    plan.streams = 2
                    plan.streamSeconds = 2
                }
                for round in 1...rounds {
                    try await project.takeOver("v\(round)")
                    let id = try await project.deploy()
                    let view = try await lab.end(of: id, telling: load, from: "v\(round - 1)", to: "v\(round)")
                    slot.flip()
                    try #require(
                        view.outcome.state == .settled,
                        "round \(round): \(view.outcome) \(view.problem as Any)"
                    )
                    #expect(view.counters.cutRequests == 0, "round \(round)")
                    #expect(view.counters.watchedReal > 0, "round \(round)")
                    let places = slot.places(Self.replicas)
                    try await expectTidy(lab, running: places, serving: "v\(round)", "round \(round)")
                    try await expectOwnPorts(lab, places, "round \(round)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == (0...rounds).map { "v\($0)" }.sorted())
                Rounds.say(
                    "from PM2, \(Self.replicas) replicas: \(rounds) deploys, \(report.inShort), \(report.reconnects) "
                        + "reconnects, \(report.streams) streams (\(report.streamsCut) cut), p99 \(report.latencyMs.p99) ms"
                )
            }
        }

        /// Checks that each replica was told a port of its own, none of those that are written, and that all of them answer.
        private func expectOwnPorts(_ lab: Lab, _ places: Set<String>, _ what: Comment) async throws {
            let pids = lab.replicaPids.filter { places.contains($0.key) }.compactMapValues(\.first)
            #expect(pids.count == Self.replicas, what)
            let ports = try pids.values.map { try Self.variable("PORT", of: $0) }
            #expect(Set(ports).count == Self.replicas && !ports.contains(nil), what)
            #expect(!ports.contains("3000") && !ports.contains("8000"), what)
            var answered: Set<Int32> = []
            try await until("an answer of every replica") {
                if let pid = try await lab.who().pid { answered.insert(pid) }
                return answered.isSuperset(of: pids.values)
            }
        }
    }
}
