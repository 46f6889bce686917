import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Services of a Compose file, by the command line as people use it.
    @Suite struct ComposeServices {
        /// A directory with a Compose file and a teal.yml.
        private struct Project {
            let directory: String
            let lab: Lab

            init(_ lab: Lab) throws {
                self.lab = lab
                directory = lab.root + "/project"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try write(
                    "teal.yml",
                    """
                    project: \(lab.project)
                    compose: docker-compose.yml
                    services:
                      web:
                        host: web.test
                        upgraded: {/relay: close}
                        health: {path: /health, json: {success: true}, deadline: 20s}
                        smoke: [{path: /smoke}]
                        watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                        drain: {requests: 15s, upgraded: 2s}
                    """
                )
                try write("settings.conf", "level = 1\n")
            }

            func write(_ name: String, _ text: String) throws {
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
            }

            func compose(_ version: String, image: String = SampleImage.name) throws {
                try write(
                    "docker-compose.yml",
                    """
                    name: shop
                    services:
                      web:
                        image: "\(image)"
                        environment: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0}
                        ports: ["8081:8080"]
                        depends_on: [store]
                        networks: [default, edge]
                        volumes: ["./settings.conf:/etc/settings.conf:ro"]
                        stop_grace_period: 3s
                      store:
                        image: "\(ProgramImage.redis.name)"
                        volumes: ["data:/data"]
                    networks: {edge: {external: true, name: teal-lab-edge}}
                    volumes: {data: }
                    """
                )
            }

            /// Runs `teal` with a project's file and gives what it wrote.
            func teal(_ words: String...) async throws -> String {
                let place = ["--file", "\(directory)/teal.yml", "--home", lab.home]
                return try await Child.output(of: [lab.programs.teal] + words + place, within: .seconds(150))
            }

            /// Deploys, and gives the rollout's id; nil when nothing was to be done.
            func deploy(_ words: String...) async throws -> String {
                let place = ["--file", "\(directory)/teal.yml", "--home", lab.home, "--output", "json"]
                let text = try await Child.output(
                    of: [lab.programs.teal, "deploy"] + words + place,
                    within: .seconds(150)
                )
                let last = text.split(separator: "\n").last.map(String.init) ?? ""
                let line = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
                let rollout = line?["rollout"] as? [String: Any]
                guard let id = rollout?["id"] as? String else { throw LabFailure("no rollout: \(text)") }
                return id
            }
        }

        @Test func `are released under load as they are written, and nobody notices`() async throws {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try SampleImage.build(on: engine.socket)
                    let other = try SampleImage.build(on: engine.socket, as: "teal-sample:other")
                    try await ProgramImage.redis.build(on: engine.socket)
                    let project = try Project(lab)

                    try project.compose("v1")
                    let refused = await #expect(throws: LabFailure.self) { try await project.teal("deploy") }
                    #expect("\(refused as Any)".contains("docker network create teal-lab-edge"))
                    #expect(lab.containers.isEmpty)
                    let plan = try await project.teal("plan", "--create-networks")
                    #expect(plan.contains("teal-lab-edge") && plan.contains("this deploy makes it first"))

                    _ = try await lab.end(of: project.deploy("--create-networks"))
                    let store = try lab.container("store-blue-0")
                    try await expectTidy(lab, running: ["web-blue-0", "store-blue-0"], serving: "v1")
                    let networks = try lab.container("web-blue-0").networks
                    #expect(networks.contains("teal-lab-edge") && networks.contains("shop_default"), "\(networks)")

                    let load = try lab.load("v1")
                    try project.compose("v2")
                    try await lab.end(of: project.deploy(), telling: load, from: "v1", to: "v2")
                    try await expectTidy(lab, running: ["web-green-0", "store-blue-0"], serving: "v2")
                    // What is not changed is not touched.
                    #expect(try lab.container("store-blue-0").id == store.id)

                    // An image that is named on the command line, of a file whose own is not there.
                    try project.compose("v3", image: "teal-sample:${TAG}")
                    try await lab.end(of: project.deploy("web=\(other)"), telling: load, from: "v2", to: "v3")
                    try await expectTidy(lab, running: ["web-blue-0", "store-blue-0"], serving: "v3")

                    // Another content of a mounted file is another release, and a rollback has the old one again.
                    try project.write("settings.conf", "level = 2\n")
                    try await lab.end(of: project.deploy("web=\(other)"), telling: load, from: "v3", to: "v3")
                    #expect(try await lab.active() == "web@4")
                    let back = try await project.teal("rollback", "web")
                    #expect(back.contains("web@3"), "\(back)")
                    try await until("web@3 is settled") { try await lab.service()?.active?.release == "web@3" }
                    #expect(try await project.teal("status").contains("web@3"))

                    let report = try await load.stop()
                    expectUnnoticed(report)
                    Rounds.say("Compose services: 3 deploys and a rollback, \(report.inShort)")
                }
            }
        }
    }
}
