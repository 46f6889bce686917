import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// A store beside a web service, through its whole life: by the real `teal`, on a real engine.
    @Suite struct Accessories {
        /// What a command came to.
        struct Said {
            let code: Int32
            let output: Data
            let errors: String

            var text: String { String(decoding: output, as: UTF8.self) }
        }

        /// A project in a directory of its own.
        struct Project {
            let lab: Lab
            let directory: String

            init(_ lab: Lab) throws {
                self.lab = lab
                directory = lab.root + "/project"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            }

            func write(web version: String, store image: ProgramImage) throws {
                let text = """
                    project: shop
                    services:
                      web:
                        image: "\(SampleImage.name)"
                        port: 8080
                        host: web.test
                        needs: [store]
                        env: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0}
                        health: {path: /health, json: {success: true}, deadline: 20s}
                        watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                        stop: {grace: 3s}
                      store:
                        kind: accessory
                        image: "\(image.name)"
                        health: {protocol: redis, deadline: 8s}
                        stop: {grace: 3s}

                    """
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/teal.yml"))
            }

            /// Runs `teal` with the project's file, and an input if one is given.
            func teal(_ words: [String], input: Data? = nil) async throws -> Said {
                let name = "\(directory)/run-\(UInt32.random(in: 0 ... .max))"
                let files = (input: name + ".in", output: name + ".out", errors: name + ".err")
                try (input ?? Data()).write(to: URL(filePath: files.input))
                let place = words.firstIndex(of: "--") ?? words.endIndex
                let options = ["--file", "\(directory)/teal.yml", "--home", lab.home]
                let all = [lab.programs.teal] + words[..<place] + options + words[place...]
                let script = "\"$@\" < \(files.input) > \(files.output) 2> \(files.errors)"
                let child = try Child(["/bin/sh", "-c", script, "sh"] + all, output: name + ".log")
                let code = try await child.wait(within: .seconds(150))
                return Said(
                    code: code,
                    output: try Data(contentsOf: URL(filePath: files.output)),
                    errors: try String(contentsOfFile: files.errors, encoding: .utf8)
                )
            }

            func done(_ words: String...) async throws -> Said {
                let said = try await teal(words)
                try #require(said.code == 0, "\(words): \(said.code) \(said.text) \(said.errors)")
                return said
            }
        }

        @Test func `a store is started first, left alone, upgraded by name, stopped for good, and looked into`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try SampleImage.build(on: engine.socket)
                    for image in [ProgramImage.store("1"), .store("2"), .store("3", port: 7777)] {
                        try await image.build(on: engine.socket)
                    }
                    let project = try Project(lab)

                    // It comes first, and what needs it once it is ready.
                    try project.write(web: "v1", store: .store("1"))
                    let planned = try await project.done("plan").text
                    #expect(planned.contains("In 2 rollouts, each once the one before it is released: store, then web"))
                    #expect(
                        planned.contains("health       Redis answers at port 6379 that it takes work"),
                        "\(planned)"
                    )
                    let first = try await project.done("deploy", "--until", "settled")
                    #expect(first.errors.contains("web: next, since what is needed is ready"), "\(first.errors)")
                    let store = try lab.container("store-blue-0")
                    try await expectTidy(lab, running: ["web-blue-0", "store-blue-0"], serving: "v1")

                    // Nothing else that is deployed touches it, also by force.
                    try project.write(web: "v2", store: .store("1"))
                    _ = try await project.done("deploy", "--until", "settled")
                    _ = try await project.done("deploy", "--force", "--until", "settled")
                    #expect(try lab.container("store-blue-0") == store)

                    // What has changed of it is said, and left.
                    try project.write(web: "v3", store: .store("2"))
                    #expect(
                        try await project.done("plan").text.contains(
                            "store@1 is left as it is, although it has changed"
                        )
                    )
                    let left = try await project.done("deploy", "--until", "settled")
                    #expect(left.errors.contains("replace it with `teal accessory upgrade store`"), "\(left.errors)")
                    #expect(try lab.container("store-blue-0") == store)
                    try await expectTidy(lab, running: ["web-green-0", "store-blue-0"], serving: "v3")
                    let rolledBack = try await project.done("rollback", "--until", "settled")
                    #expect(rolledBack.code == 0)
                    #expect(try lab.container("store-blue-0") == store)

                    // A person agrees.
                    let asked = try await project.teal(["accessory", "upgrade", "store"])
                    #expect(asked.code == 1 && asked.errors.contains("[cli.needs-yes]"), "\(asked.errors)")
                    #expect(try lab.container("store-blue-0") == store)
                    let upgraded = try await project.done(
                        "accessory",
                        "upgrade",
                        "store",
                        "--yes",
                        "--until",
                        "settled"
                    )
                    #expect(upgraded.text.contains("store was away for "), "\(upgraded.text)")
                    let second = try lab.container("store-green-0")
                    #expect(second.isRunning && second.id != store.id)
                    #expect(try !lab.container("store-blue-0").isRunning)
                    try await expectTidy(lab, running: ["web-blue-0", "store-green-0"], serving: "v2")

                    try await failedUpgrade(project, lab)
                    try await stopAndStart(project, lab)
                    try await exec(project)
                    try await expectTidy(lab, running: ["web-blue-0", "store-green-0"], serving: "v2")
                }
            }
        }

        /// One that never becomes ready is taken away, and the old one runs again.
        private func failedUpgrade(_ project: Project, _ lab: Lab) async throws {
            try project.write(web: "v3", store: .store("3", port: 7777))
            let failed = try await project.teal(["accessory", "upgrade", "store", "-y", "--until", "settled"])
            #expect(failed.code == 1, "\(failed.code) \(failed.text) \(failed.errors)")
            #expect(failed.errors.contains("store was away for "), "\(failed.errors)")
            #expect(failed.errors.contains("it listens on 7777"), "\(failed.errors)")
            let again = try lab.container("store-green-0")
            #expect(again.isRunning)
            #expect(try await lab.active("store") == "store@2")
            try await expectTidy(lab, running: ["web-blue-0", "store-green-0"], serving: "v2")
        }

        private func stopAndStart(_ project: Project, _ lab: Lab) async throws {
            let asked = try await project.teal(["accessory", "stop", "store"])
            #expect(asked.code == 1 && asked.errors.contains("web needs it and would be without it"), "\(asked.errors)")
            _ = try await project.done("accessory", "stop", "store", "--yes")
            #expect(try !lab.container("store-green-0").isRunning)
            // Nobody starts it: not the daemon, not the next one, and no deploy of what needs it.
            try await lab.restartDaemon()
            try await lab.restartDaemon(SIGKILL)
            try project.write(web: "v4", store: .store("2"))
            let deployed = try await project.done("deploy", "--until", "settled")
            #expect(deployed.errors.contains("web needs store, which"), "\(deployed.errors)")
            // Longer than the daemon's longest wait between two looks.
            try await Task.sleep(for: .seconds(5))
            #expect(try !lab.container("store-green-0").isRunning)
            #expect(try await lab.service("store")?.stopped != nil)
            #expect(try await project.done("status").text.contains("start it with `teal accessory start store`"))
            #expect(try await lab.findings().allSatisfy { $0.contains("live-restore") })

            let started = try await project.done("accessory", "start")
            #expect(started.text.contains("store@2 runs and is ready"), "\(started.text)")
            #expect(try lab.container("store-green-0").isRunning)
            #expect(try lab.container("store-green-0").restartPolicy == "unless-stopped")
            let restarted = try await project.done("accessory", "restart", "store", "--yes")
            #expect(restarted.text.contains("store@2 runs again after "), "\(restarted.text)")
            _ = try await project.done("rollback", "web", "--until", "settled")
        }

        private func exec(_ project: Project) async throws {
            let bytes = Data((0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let words = ["accessory", "exec", "store", "--"]
            let script = "cat; echo done >&2; exit 7"
            let said = try await project.teal(words + ["/busybox", "sh", "-c", script], input: bytes)
            #expect(said.code == 7)
            #expect(said.output == bytes, "\(said.output.count) bytes came back")
            #expect(said.errors == "done\n", "\(said.errors)")
            // One that ends before its input does is not waited for.
            let early = try await project.teal(words + ["/busybox", "true"], input: bytes)
            #expect(early.code == 0 && early.output.isEmpty, "\(early.errors)")
            let none = try await project.teal([
                "accessory", "exec", "store", "--no-input", "--", "/busybox", "wc", "-c",
            ])
            #expect(none.code == 0 && none.text == "0\n", "\(none.text) \(none.errors)")
            let late = try await project.teal([
                "accessory", "exec", "store", "--timeout", "1s", "--", "/busybox", "sleep", "60",
            ])
            #expect(late.code == 1 && late.errors.contains("[exec.timeout]"), "\(late.errors)")
            let absent = try await project.teal(words + ["/nothing"])
            #expect(absent.code != 0)
            let logs = try await project.done("accessory", "logs", "store", "-n", "50")
            #expect(logs.text.contains("Ready to accept connections"), "\(logs.text)")
        }
    }
}
