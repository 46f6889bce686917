import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Services that are reached at ports of the host and by the names of their containers, as they were before Teal.
    @Suite struct PortsOfTheHost {
        /// A directory with a Compose file and a teal.yml, and a port of the host that nobody has.
        private struct Project {
            let directory: String
            let lab: Lab
            let port: Int

            init(_ lab: Lab, drain: String = "15s") throws {
                self.lab = lab
                directory = lab.root + "/project"
                port = try #require((19_100..<19_400).first { Lab.isFree($0) })
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try settings(drain: drain)
            }

            /// Writes teal.yml; with `fails` what is released is taken back right after the switch.
            func settings(drain: String, fails: Bool = false) throws {
                try write(
                    "teal.yml",
                    """
                    project: \(lab.project)
                    compose: docker-compose.yml
                    services:
                      web:
                        kind: web
                        health: {path: /health, json: {success: true}, deadline: 20s}
                        smoke: [{path: /smoke}]
                        watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                        drain: {requests: \(drain), upgraded: 2s}
                    """ + (fails ? "\n    hooks: [{name: check, at: after-switch, run: /bin/false}]" : "")
                )
            }

            func write(_ name: String, _ text: String) throws {
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
            }

            /// Writes the Compose file; `caller` is another service's lines.
            func compose(_ version: String, caller: String = "", health: String = "ok") throws {
                try write(
                    "docker-compose.yml",
                    """
                    name: shop
                    services:
                      web:
                        image: "\(SampleImage.name)"
                        container_name: Shop_Web
                        environment: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0, SAMPLE_HEALTH: \(health)}
                        ports: ["\(port):8080"]
                        stop_grace_period: 3s
                    \(caller)
                    """
                )
            }

            /// Deploys, and gives the rollout's id.
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

            func teal(_ words: String...) async throws -> String {
                let place = ["--file", "\(directory)/teal.yml", "--home", lab.home]
                return try await Child.output(of: [lab.programs.teal] + words + place, within: .seconds(150))
            }

            /// Load at the port, by whatever host.
            func load(_ version: String, checksReleases: Bool = true) throws -> LoadRun {
                try lab.load(version) { plan in
                    plan.port = port
                    plan.host = "localhost:\(port)"
                    plan.checksReleases = checksReleases
                    plan.streams = 1
                    plan.streamSeconds = 2
                }
            }

            func version() async throws -> String {
                let text = try await Child.output(
                    of: ["/usr/bin/curl", "-s", "-m", "5", "http://localhost:\(port)/who"],
                    within: .seconds(10)
                )
                struct Who: Decodable {
                    let version: String
                }
                // Anything else is not the sample service.
                return (try? JSONDecoder().decode(Who.self, from: Data(text.utf8)))?.version ?? text
            }

            /// Waits for a container that was just started; until it listens, connections end without an answer.
            func begins(_ version: String) async throws {
                try await until("\(version) answers", within: .seconds(40)) { (try? await self.version()) == version }
            }
        }

        // MARK: Releases

        @Test func `are released under load at their port and by their container's name, and nobody notices`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try SampleImage.build(on: engine.socket)
                    let image = ProgramImage.load(lab.programs)
                    try await image.build(on: engine.socket)
                    let project = try Project(lab)
                    let calls = lab.root + "/calls"
                    try FileManager.default.createDirectory(atPath: calls, withIntermediateDirectories: true)
                    chmod(calls, 0o777)
                    let words = [
                        "--url", "http://Shop_Web:8080", "--rate", "50", "--duration", "3600", "--report",
                        "/calls/report", "--streams", "1", "--stream-seconds", "2",
                    ]
                    let caller = """
                          caller:
                            image: "\(image.name)"
                            command: [\(words.map { "\"\($0)\"" }.joined(separator: ", "))]
                            volumes: ["\(calls):/calls"]
                            depends_on: [web]
                            stop_grace_period: 20s
                        """.split(separator: "\n").map { "  " + $0.dropFirst(2) }.joined(separator: "\n")

                    try project.compose("v1")
                    _ = try await lab.end(of: project.deploy())
                    #expect(try await project.version() == "v1")
                    // Only now: in one rollout the caller would begin a moment before the routes are there.
                    try project.compose("v1", caller: caller)
                    _ = try await lab.end(of: project.deploy())
                    let load = try project.load("v1")
                    for (old, new) in [("v1", "v2"), ("v2", "v3"), ("v3", "v4")] {
                        try project.compose(new, caller: caller)
                        let view = try await lab.end(of: project.deploy(), telling: load, from: old, to: new)
                        #expect(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                        #expect(try await project.version() == new)
                    }
                    let back = try await lab.end(of: lab.beginRollback("web").id, telling: load, from: "v4", to: "v3")
                    #expect(back.outcome.state == .settled)
                    #expect(try await project.version() == "v3")
                    // The proxy that starts again has the port again.
                    let status = try await project.teal("status")
                    #expect(!status.contains("taken"), "\(status)")

                    try lab.act("kill?signal=TERM", on: lab.container("caller-blue-0"))
                    let path = calls + "/report"
                    // Whole once it can be read.
                    try await until("the caller's report", within: .seconds(40)) {
                        (try? LoadReport(path: path)) != nil
                    }
                    let called = try LoadReport(path: path)
                    let report = try await load.stop()
                    expectUnnoticed(report)
                    #expect(called.failed == 0 && called.reconnects == 0, "\(called.failuresText)")
                    #expect(called.requests > 100)
                    Rounds.say("at the port: \(report.inShort); by the container's name: \(called.inShort)")
                    try await expectInvariants(lab)
                }
            }
        }

        // MARK: Taken over

        /// Starts what somebody had started with `docker run -p`, in a network of its own.
        private func startByHand(_ engine: LabEngine, at port: Int, labels: String = "{}") throws -> String {
            let network = try engine.socket.request(
                "POST",
                "/networks/create",
                body: Data(#"{"Name":"by-hand","Driver":"bridge"}"#.utf8)
            )
            guard network.status == 201 else { throw LabFailure("network: \(network.text)") }
            let body = """
                {"Image":"\(SampleImage.name)","Env":["SAMPLE_VERSION=v0","PORT=8080","HOST=0.0.0.0"],"Labels":\(labels),
                "ExposedPorts":{"8080/tcp":{}},"HostConfig":{"NetworkMode":"by-hand","RestartPolicy":{"Name":"always"},
                "PortBindings":{"8080/tcp":[{"HostIp":"0.0.0.0","HostPort":"\(port)"}]}}}
                """
            let made = try engine.socket.request("POST", "/containers/create?name=by-hand", body: Data(body.utf8))
            guard made.status == 201 else { throw LabFailure("create: \(made.text)") }
            let started = try engine.socket.request("POST", "/containers/by-hand/start")
            guard started.status == 204 else { throw LabFailure("start: \(started.text)") }
            struct Made: Decodable {
                let Id: String
            }
            return try JSONDecoder().decode(Made.self, from: made.body).Id
        }

        private func rules() async throws -> String {
            try await Child.output(of: ["/usr/sbin/nft", "list", "ruleset"], within: .seconds(10))
        }

        /// What nft leads away for Teal now; false where the table is not there.
        private func leadsAway() async throws -> Bool { try await rules().contains("table inet teal") }

        @Test func `a port that a container has is taken over without a failed request, also over a crash`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try SampleImage.build(on: engine.socket)
                    let project = try Project(lab, drain: "3s")
                    let old = try startByHand(engine, at: project.port)
                    try await project.begins("v0")
                    let load = try project.load("v0", checksReleases: false)

                    try project.compose("v1")
                    let refused = await #expect(throws: LabFailure.self) { try await project.teal("deploy") }
                    #expect("\(refused as Any)".contains("belongs to the container by-hand"), "\(refused as Any)")
                    let plan = try await project.teal("plan", "--take-ports")
                    #expect(plan.contains("this deploy takes it over"), "\(plan)")

                    // A release that is not well never gets there, and the container has its users all the time.
                    try project.compose("bad", health: "never")
                    _ = try? await project.deploy("--take-ports", "--force")
                    #expect(try await project.version() == "v0")
                    #expect(try await !leadsAway())

                    // One that is taken back after the switch gives them back.
                    try project.compose("v1")
                    try project.settings(drain: "3s", fails: true)
                    _ = try? await project.deploy("--take-ports")
                    try await until("v0 answers again", within: .seconds(20)) { try await project.version() == "v0" }
                    try await until("nothing is led away", within: .seconds(20)) { try await !leadsAway() }
                    #expect(try engine.socket.container(old)?.isRunning == true)

                    try project.settings(drain: "3s")
                    let id = try await project.deploy("--take-ports")
                    #expect(try await project.version() == "v1")
                    let told = try await lab.events(of: id).map(\.text)
                    #expect(
                        told.contains { $0.contains("new connections to port 127.0.0.1:\(project.port)") },
                        "\(told)"
                    )
                    // Whatever state the daemon is in, the next one goes on.
                    try await lab.restartDaemon(SIGKILL)
                    try await until("the port is the proxy's", within: .seconds(60)) {
                        let isLeft = try await leadsAway()
                        let container = try engine.socket.container(old)
                        return !isLeft && container?.isRunning == false
                    }
                    #expect(try engine.socket.container(old)?.restartPolicy == "no")
                    #expect(try await project.version() == "v1")
                    try project.compose("v2")
                    _ = try await lab.end(of: project.deploy())
                    #expect(try await project.version() == "v2")

                    let report = try await load.stop()
                    #expect(report.failed == 0, "\(report.failuresText)")
                    expectSteady(report)
                    Rounds.say("taken over by redirection: \(report.inShort), \(report.reconnects) reconnects")
                    try await expectInvariants(lab)
                    let left = FileManager.default.contents(atPath: lab.home + "/ports.json").map {
                        String(decoding: $0, as: UTF8.self)
                    }
                    #expect(left?.contains("\"takeovers\":[]") == true, "\(left as Any)")
                }
            }
        }

        @Test func `without the right to it is taken over with a gap that is told and measured`() async throws {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon(["TEAL_NFT": ""])
                    try SampleImage.build(on: engine.socket)
                    let project = try Project(lab, drain: "3s")
                    // Of the same service of the same Compose project: that needs no word.
                    let labels = #"{"com.docker.compose.project":"shop","com.docker.compose.service":"web"}"#
                    let old = try startByHand(engine, at: project.port, labels: labels)
                    try await project.begins("v0")
                    let load = try project.load("v0", checksReleases: false)

                    try project.compose("v1")
                    let plan = try await project.teal("plan")
                    #expect(plan.contains("with a gap") && plan.contains("there is no `nft`"), "\(plan)")
                    // One that is taken back has the container started again.
                    try project.settings(drain: "3s", fails: true)
                    _ = try? await project.deploy()
                    try await project.begins("v0")
                    #expect(try engine.socket.container(old)?.restartPolicy == "always")
                    _ = try await load.stop()

                    try project.settings(drain: "3s")
                    let second = try project.load("v0", checksReleases: false)
                    let id = try await project.deploy()
                    #expect(try await project.version() == "v1")
                    #expect(try engine.socket.container(old)?.isRunning == false)
                    let told = try await lab.events(of: id).map(\.text)
                    let line = try #require(told.first { $0.contains("nobody answered at port") }, "\(told)")
                    try project.compose("v2")
                    _ = try await lab.end(of: project.deploy())
                    #expect(try await project.version() == "v2")
                    let report = try await second.stop()
                    // Users saw what was told, and nothing before or after it.
                    let words = line.split(separator: " ")
                    let index = try #require(words.firstIndex(of: "for"))
                    let number = try #require(Double(words[words.index(after: index)]))
                    let seconds = words[words.index(index, offsetBy: 2)].hasPrefix("ms") ? number / 1000 : number
                    #expect(report.failedSeconds <= seconds + 0.5, "\(line); \(report.failuresText)")
                    Rounds.say(
                        "taken over with a gap: \(line); users: \(report.failed) failed in \(report.failedSeconds) s"
                    )
                    #expect(try await !leadsAway())
                }
            }
        }
    }
}
