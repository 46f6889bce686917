import Foundation
import TealAPI
import TealCommands
import TealCore
import TealFakeDaemon
import Testing

@Suite struct `Deploys are watched to what was asked for` {
    /// A project with one service in a directory of its own.
    private func deploy(
        _ daemon: FakeDaemon,
        _ arguments: [String] = [],
        command: String = "deploy",
        terminal: Terminal = .none
    ) async throws -> CommandRun {
        try await FakeHost.withDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/app", withIntermediateDirectories: true)
            try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: directory + "/app/web"))
            let file = directory + "/teal.yml"
            let text =
                "project: shop\nservices:\n  web:\n    artifact: app\n    command: ./web\n    port: 8080\n    host: shop.example.com\n"
            try Data(text.utf8).write(to: URL(filePath: file))
            return try await CommandRun.run([command, "--file", file] + arguments, with: daemon, terminal: terminal)
        }
    }

    @Test func `one that goes well returns when it is released`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.ended = Samples.rollout(.released) }
        let run = try await deploy(daemon)
        #expect(run.code == 0)
        #expect(
            run.output == """
                released  web@42 took over from web@41
                  switched after 2.9 s, released after 6.3 s
                  watched: 812 real, 3 synthetic
                  drained: 12 ended in time, 1 request and 2 upgraded connections cut at the limit
                  the daemon goes on to settle by itself; see it with `teal attach r17`
                  back with `teal rollback web`

                """
        )
        let lines = run.errors.split(separator: "\n").map(String.init)
        let head = try #require(lines.firstIndex { $0.hasPrefix("deploy r17") })
        #expect(
            Array(lines[head...]) == [
                "deploy r17 of shop (production): web@41 blue -> web@42 green",
                "   0.5 s  start",
                "   1.5 s  prove",
                "   2.0 s    waits for 3 requests on web@41, at most 32.5 s; ends earlier by: its clients, or `teal deploy --supersede`",
                "   2.5 s    web: 2 of 3 passes",
                "   3.0 s  switched",
                "   3.5 s  warning: web: few requests",
                "   4.0 s  released",
            ]
        )
        let request = try #require(daemon.requests.first)
        guard case .deploy(let order) = request.order else {
            Issue.record("not a deploy")
            return
        }
        #expect(order.project.description == "shop")
        #expect(order.services.count == 1)
        #expect(order.services.first?.artifactSHA256 != nil)
        #expect(request.options.author == "anna@laptop")
        #expect(request.options.until == .released)
        #expect(daemon.calls.starts(with: ["version", "hasArtifact", "storeArtifact", "beginRollout deploy"]))
    }

    @Test func `one of an image hands over no artifact, and the registry's password with the secrets`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.ended = Samples.rollout(.released) }
        let run = try await FakeHost.withDirectory { directory in
            let text = """
                project: shop
                registries: [{host: ghcr.io, username: acme, password: REGISTRY_PASSWORD}]
                services: {web: {image: "ghcr.io/acme/shop:1", port: 8080, host: shop.example.com}}
                """
            let (file, secrets) = (directory + "/teal.yml", directory + "/.teal/secrets.env")
            try FileManager.default.createDirectory(atPath: directory + "/.teal", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: file))
            try Data("REGISTRY_PASSWORD=hunter2\nOTHER=1\n".utf8).write(to: URL(filePath: secrets))
            return try await CommandRun.run(["deploy", "--file", file], with: daemon)
        }
        #expect(run.code == 0, "\(run.errors)")
        #expect(!(run.output + run.errors).contains("hunter2"))
        guard case .deploy(let order) = try #require(daemon.requests.first).order else {
            Issue.record("not a deploy")
            return
        }
        #expect(order.secrets == ["REGISTRY_PASSWORD": SecretText(Secret("hunter2"))])
        #expect(order.services.first?.artifactSHA256 == nil)
        #expect(order.services.first?.spec.pull?.username == "acme")
        #expect(!daemon.calls.contains("storeArtifact"))
    }

    /// Deploys a project of one image by a plan.
    private func deploy(plan: String, _ daemon: FakeDaemon) async throws -> CommandRun {
        try await FakeHost.withDirectory { directory in
            let text = """
                project: shop
                services: {web: {image: "ghcr.io/acme/shop:1", port: 8080, host: shop.example.com}}
                """
            let (file, shown) = (directory + "/teal.yml", directory + "/plan.json")
            try Data(text.utf8).write(to: URL(filePath: file))
            try Data(plan.utf8).write(to: URL(filePath: shown))
            return try await CommandRun.run(["deploy", "--file", file, "--plan", shown], with: daemon)
        }
    }

    private func plan(_ reference: String = "ghcr.io/acme/shop:1", service: String = "web") throws -> String {
        let none = PlannedKeys()
        let planned = PlannedService(
            service: service,
            kind: "web",
            strategy: "blue-green",
            from: nil,
            to: "\(service)@1",
            slot: "blue",
            content: "image",
            contentChanged: true,
            image: PlannedImage(reference: reference, digest: "sha256:12", found: .registry),
            configuration: [],
            environment: none,
            secrets: none,
            routes: [],
            routesChanged: true,
            replicas: 1,
            memoryBytesPerSlot: nil,
            memoryBytesBothSlots: nil,
            downtime: nil,
            assumed: []
        )
        let plan = PlanView(
            kind: .deploy,
            project: "shop",
            environment: "production",
            services: [planned],
            problems: [],
            warnings: []
        )
        return String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    }

    @Test func `one of a plan releases the image that the plan showed`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.ended = Samples.rollout(.released) }
        let run = try await deploy(plan: try plan(), daemon)
        #expect(run.code == 0, "\(run.errors)")
        guard case .deploy(let order) = try #require(daemon.requests.first).order else {
            Issue.record("not a deploy")
            return
        }
        #expect(order.services.first?.image == "sha256:12")
        #expect(order.hostImages == nil)
    }

    @Test(arguments: [("ghcr.io/acme/shop:2", "web"), ("ghcr.io/acme/shop:1", "api"), (nil, "web")])
    func `one of another plan changes nothing`(reference: String?, service: String) async throws {
        let daemon = FakeDaemon()
        let run = try await deploy(plan: try reference.map { try plan($0, service: service) } ?? "no plan", daemon)
        #expect(run.code == 1)
        #expect(run.errors.contains("nothing has been changed: "))
        #expect(run.errors.contains("[cli.plan]"))
        #expect(daemon.requests.isEmpty)
    }

    @Test(arguments: [
        (RolloutOutcome.State.kept, Int32(1), "kept out"), (.reverted, 3, "taken back"), (.halted, 4, "halted"),
    ])
    func `one that goes wrong says so and ends with its code`(
        state: RolloutOutcome.State,
        code: Int32,
        word: String
    ) async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.events = Samples.badEvents(state)
            $0.ended = Samples.rollout(state)
        }
        let run = try await deploy(daemon)
        #expect(run.code == code)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("\n\(word)  web@42 after 6.5 s"))
        #expect(run.errors.hasSuffix(Samples.problem.problem.description + "\n"))
    }

    @Test func `as JSON it gives each event and the end`() async throws {
        let daemon = FakeDaemon()
        let run = try await deploy(daemon, ["--output", "json", "--until", "settled"])
        #expect(run.code == 0)
        #expect(run.errors.isEmpty)
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.count == Samples.goodEvents.count + 1)
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix(#"{"event":{"#) })
        #expect(lines.last?.hasPrefix(#"{"detached":false,"rollout":{"#) == true)
    }

    @Test func `another rollout in the way ends with 6`() async throws {
        let daemon = FakeDaemon()
        let problem = Problem("deploy.busy", "nothing has been changed: r1 holds web", next: ["Wait with `--wait`"])
        daemon.configure { $0.problems[.beginRollout] = problem }
        let run = try await deploy(daemon)
        #expect(run.code == 6)
        #expect(run.errors.hasSuffix(problem.description + "\n"))
        let json = try await deploy(daemon, ["--output", "json"])
        #expect(json.code == 6)
        #expect(json.errors.hasPrefix(#"{"at":[],"code":"deploy.busy","#))
    }

    @Test func `no daemon ends with 5 before anything is read`() async {
        let run = await CommandRun.run(["status"], environment: ["TEAL_HOME": "/tmp/teal-nowhere"])
        #expect(run.code == 5)
        #expect(run.errors.contains("[daemon.not-running]"))
    }

    @Test func `a wrong file ends with 1 and names everything`() async throws {
        try await FakeHost.withDirectory { directory in
            let file = directory + "/teal.yml"
            try Data("project: Shop\nservcies: {}\n".utf8).write(to: URL(filePath: file))
            let run = await CommandRun.run(["deploy", "--file", file])
            #expect(run.code == 1)
            #expect(run.errors.contains("[config.unknown-key]"))
            #expect(run.errors.contains("[config.value]"))
        }
    }

    @Test func `a dry run shows the plan and begins nothing`() async throws {
        let daemon = FakeDaemon()
        let run = try await deploy(daemon, ["--dry-run"])
        #expect(run.code == 0)
        #expect(run.output == PlanTextTests.text)
        #expect(!daemon.calls.contains { $0.hasPrefix("beginRollout") })
    }

    @Test func `a plan that would be refused ends with 1`() async throws {
        let daemon = FakeDaemon()
        let plan = Samples.plan
        daemon.configure {
            $0.plan = PlanView(
                kind: plan.kind,
                project: plan.project,
                environment: plan.environment,
                services: plan.services,
                problems: [Samples.problem],
                warnings: []
            )
        }
        let run = try await deploy(daemon, command: "plan")
        #expect(run.code == 1)
        #expect(run.output.hasSuffix("This cannot begin now: 1 problem, see below.\n"))
        #expect(run.errors.hasSuffix(Samples.problem.problem.description + "\n"))
    }

    @Test func `on a terminal one block is drawn over`() async throws {
        let daemon = FakeDaemon()
        let terminal = Terminal(showsOutput: true, showsErrors: true, canAsk: false, width: 80, wantsColour: false)
        let run = try await deploy(daemon, terminal: terminal)
        #expect(run.errors.contains("\u{1B}[2K  + start         0.5 s\n"))
        #expect(run.errors.contains("\u{1B}[2K    waits for 3 requests on web@41, at most 32.5 s more\n"))
        #expect(run.errors.contains("\u{1B}[0J"))
    }
}

@Suite struct `Other commands` {
    private let project = ["--project", "shop"]

    @Test func `rollback asks for what was named`() async throws {
        let daemon = FakeDaemon()
        let runs = [
            ["rollback"], ["rollback", "web"], ["rollback", "web@41"],
            ["rollback", "web", "41", "--with-current-secrets"],
        ]
        for arguments in runs {
            let run = try await CommandRun.run(arguments + project, with: daemon)
            #expect(run.code == 0)
        }
        let orders = daemon.requests.map { request -> String in
            guard case .rollback(let order) = request.order else { return "?" }
            let release = order.release.map(String.init) ?? "-"
            return "\(order.service?.description ?? "-") \(release) \(order.withCurrentSecrets)"
        }
        #expect(orders == ["- - false", "web - false", "web 41 false", "web 41 true"])
    }

    @Test func `scale asks for the replicas`() async throws {
        let daemon = FakeDaemon()
        let run = try await CommandRun.run(["scale", "web=3", "worker=1", "--wait", "2m"] + project, with: daemon)
        #expect(run.code == 0)
        let request = try #require(daemon.requests.first)
        #expect(request.options.waitSeconds == 120)
        guard case .scale(let order) = request.order else {
            Issue.record("not a scale")
            return
        }
        #expect(order.replicas.map { "\($0.key)=\($0.value)" }.sorted() == ["web=3", "worker=1"])
    }

    @Test func `exec ends with the command's code`() async throws {
        let daemon = FakeDaemon()
        let run = try await CommandRun.run(["exec", "web"] + project + ["--", "ls", "--output", "json"], with: daemon)
        #expect(run.code == 3)
        #expect(run.output == "one\ntwo\n")
        #expect(daemon.calls.last == "exec web ls --output json")
    }

    @Test func `stats shows each replica, and why one could not be looked at`() async throws {
        let daemon = FakeDaemon()
        let run = try await CommandRun.run(["stats"] + project, with: daemon)
        #expect(run.code == 0)
        #expect(
            run.output == """
                REPLICA      RELEASE           CPU                     MEMORY                  PROCESSES
                web-blue-0   web@42   active   25 %                    120.0 MiB of 128.0 MiB  3
                web-green-0  web@41   standby  began anew              64.0 MiB                1
                work-blue-0  work@7   active   Docker does not answer
                184.0 MiB of the host's 8.0 GiB, 2 processors

                """
        )
    }

    @Test func `health and doctor end with 8 when something is wrong`() async throws {
        let daemon = FakeDaemon()
        let health = try await CommandRun.run(["health"] + project, with: daemon)
        #expect(health.code == 8)
        #expect(
            health.output == """
                web  web@42
                  +  web-green-0                     4 ms  GET /up answered 200
                  x  public route shop.example.com/        refused

                """
        )
        let doctor = try await CommandRun.run(["doctor"], with: daemon)
        #expect(doctor.code == 8)
        #expect(
            doctor.output == """
                + Every rollout has ended
                x Routes name only running replicas that passed their gates
                    error: web-green-1 is down
                    --fix would: start web-green-1
                    next: teal logs web
                1 finding in 2 checks.

                """
        )
    }

    @Test(arguments: [["prune"], ["doctor", "--fix"]])
    func `what changes something shows its plan and does nothing without a yes`(arguments: [String]) async throws {
        let daemon = FakeDaemon()
        let run = try await CommandRun.run(arguments, with: daemon)
        #expect(run.code == 1)
        #expect(run.errors.contains("[cli.needs-yes]"))
        #expect(!daemon.calls.contains("prune apply") && !daemon.calls.contains("doctor fix"))
        let done = try await CommandRun.run(arguments + ["--yes"], with: daemon)
        #expect(done.code == 0)
        #expect(daemon.calls.contains("prune apply") || daemon.calls.contains("doctor fix: start web-green-1"))
    }

    @Test(arguments: [
        (["prune"], "remove artifact 98ac of web@3: it did not end well"), (["doctor", "--fix"], "start web-green-1"),
    ])
    func `as JSON the plan is in the problem`(arguments: [String], line: String) async throws {
        let daemon = FakeDaemon()
        let terminal = Terminal(showsOutput: true, showsErrors: true, canAsk: true)
        let run = try await CommandRun.run(arguments + ["--output", "json"], with: daemon, terminal: terminal)
        #expect(run.code == 1)
        let problem = try JSONDecoder().decode(ProblemBody.self, from: Data(run.errors.utf8))
        #expect(problem.code == "cli.needs-yes")
        #expect(problem.at == [line])
        #expect(problem.next == ["Add `--yes` to do what is listed here"])
    }

    @Test func `logs are shown with their replica`() async throws {
        let daemon = FakeDaemon()
        let run = try await CommandRun.run(["logs", "web@42", "-n", "5"] + project, with: daemon)
        #expect(run.code == 0)
        #expect(run.output.hasSuffix(" web-green-0 web@42  listening\n"))
        #expect(daemon.calls.last == "logs web@42 5 false")
    }

    @Test func `attach, abort and resume name the rollout, or leave it to the project`() async throws {
        let daemon = FakeDaemon()
        #expect(try await CommandRun.run(["resume", "r3", "--done"], with: daemon).code == 0)
        #expect(try await CommandRun.run(["abort", "r4"] + project, with: daemon).code == 0)
        for command in [["attach"], ["abort"], ["resume", "--again"]] {
            #expect(try await CommandRun.run(command + project, with: daemon).code == 0)
        }
        #expect(daemon.calls.contains("resumeRollout r3 done"))
        #expect(daemon.calls.contains("abortRollout r4 anna@laptop"))
        #expect(daemon.calls.contains("showRollout latest of shop"))
        #expect(daemon.calls.contains("abortRollout latest of shop anna@laptop"))
        #expect(daemon.calls.contains("resumeRollout latest of shop again"))
    }

    @Test func `without a project the next step is said`() async throws {
        let run = await CommandRun.run(["rollback", "--dry-run"])
        #expect(run.code == 1)
        #expect(run.errors.contains("[cli.no-project]"))
    }
}
