import Foundation
import TealAPI
import TealCore
import TealFakeDaemon
import Testing

@testable import TealCommands

/// A project with a web service and a database, in a directory of its own.
private func teal(
    _ arguments: [String],
    with daemon: FakeDaemon,
    terminal: Terminal = .none,
    input: [String] = []
) async throws -> CommandRun {
    try await FakeHost.withDirectory { directory in
        let file = directory + "/teal.yml"
        let text = """
            project: shop
            groups: {stores: [db]}
            services:
              web: {image: "shop:1", port: 8080, host: shop.example.com, needs: [db]}
              db: {kind: accessory, image: "postgres:16"}

            """
        try Data(text.utf8).write(to: URL(filePath: file))
        let place = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let whole = arguments[..<place] + ["--file", file] + arguments[place...]
        return try await CommandRun.run(Array(whole), with: daemon, terminal: terminal, input: input)
    }
}

@Suite struct `Accessories are replaced only when they are named` {
    private func upgrades(_ words: [String]) async throws -> [String] {
        let daemon = FakeDaemon()
        let run = try await teal(["deploy"] + words, with: daemon)
        #expect(run.code == 0, "\(run.errors)")
        guard case .deploy(let order) = try #require(daemon.requests.first).order else { return [] }
        return (order.upgrades ?? []).map(\.description)
    }

    @Test(
        arguments: [
            ([], []), (["web"], []), (["stores"], []), (["db"], ["db"]), (["web", "db=postgres:17"], ["db"]),
            (["--force"], []),
        ] as [([String], [String])]
    )
    func `by a deploy`(words: [String], agreed: [String]) async throws { #expect(try await upgrades(words) == agreed) }

    @Test func `what a deploy leaves as it is is said with the next command`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { state in
            state.answers = [Samples.rollout().answering(remaining: nil, left: [Samples.left])]
            state.ended = Samples.rollout(.released)
        }
        let run = try await teal(["deploy"], with: daemon)
        #expect(run.code == 0)
        #expect(
            run.errors.hasSuffix(
                """
                db@3 is left as it is, although it has changed (image: postgres:16 (sha256:98ac639ae282) -> postgres:17 \
                (sha256:1b6f00000000)); replace it with `teal accessory upgrade db`

                """
            ),
            "\(run.errors)"
        )
    }

    @Test func `what is needed is released first, and the rest is asked for then`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { state in
            state.answers = [Samples.rollout(id: "r16").answering(remaining: ["web"], left: nil)]
            state.ended = Samples.rollout(.released)
        }
        let run = try await teal(["deploy", "--until", "switched"], with: daemon)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("web: next, since what is needed is ready\n"))
        let orders = daemon.requests.compactMap { request -> [String]? in
            guard case .deploy(let order) = request.order else { return nil }
            return order.services.map { "\($0.spec.name)" }
        }
        #expect(orders == [["web", "db"], ["web"]])
        #expect(daemon.calls.contains("followRollout r16 after 0"))
    }

    @Test func `nothing follows what went wrong`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { state in
            state.answers = [Samples.rollout(id: "r16").answering(remaining: ["web"], left: nil)]
            state.events = Samples.badEvents(.kept)
            state.ended = Samples.rollout(.kept)
        }
        let run = try await teal(["deploy"], with: daemon)
        #expect(run.code == 1)
        #expect(run.errors.contains("web: not begun; deploy again once this is settled\n"))
        #expect(daemon.requests.count == 1)
    }
}

@Suite struct `teal accessory` {
    @Test func `stop says who needs it, and does nothing without a yes`() async throws {
        let daemon = FakeDaemon()
        let run = try await teal(["accessory", "stop", "db"], with: daemon)
        #expect(run.code == 1)
        #expect(
            run.errors.contains(
                "db  db@3 would be stopped and stay so\n  web and worker need it and would be without it\n"
            )
        )
        #expect(run.errors.contains("[cli.needs-yes]"))
        #expect(daemon.calls.filter { $0.hasPrefix("accessories") } == ["accessories stop db"])
    }

    @Test func `stop with a yes is done`() async throws {
        let daemon = FakeDaemon()
        let run = try await teal(["accessory", "stop", "db", "--yes"], with: daemon)
        #expect(run.code == 0)
        #expect(
            run.output == """
                db  db@3 is stopped and stays so; start it with `teal accessory start db`
                  web and worker need it

                """
        )
        #expect(
            daemon.calls.filter { $0.hasPrefix("accessories") } == ["accessories stop db", "accessories stop db apply"]
        )
    }

    @Test func `start asks nobody, and says what it found`() async throws {
        let daemon = FakeDaemon()
        let first = try await teal(["accessory", "start"], with: daemon)
        #expect(first.code == 0 && first.output == "db  db@3 runs and is ready\n")
        #expect(daemon.calls.contains("accessories start  apply"))
        daemon.configure { state in
            state.accessories = [AccessoryView(service: "db", release: "db@3", isSo: true, neededBy: ["web"])]
        }
        #expect(try await teal(["accessory", "start"], with: daemon).output == "db  db@3 runs and is ready already\n")
    }

    @Test func `restart says for how long it was away`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.accessories = [Samples.accessory.measured(3.25)] }
        let run = try await teal(["accessory", "restart", "db", "-y"], with: daemon)
        #expect(
            run.output.hasPrefix("db  db@3 runs again after 3.2 s\n")
                || run.output.hasPrefix("db  db@3 runs again after 3.3 s\n")
        )
        let json = try await teal(["accessory", "restart", "db", "-y", "--output", "json"], with: daemon)
        let value = try JSONDecoder().decode(AccessoriesView.self, from: Data(json.output.utf8))
        #expect(value.accessories.first?.gapSeconds == 3.25 && value.applied)
    }

    @Test func `one that a rollout holds ends with 6`() async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.problems[.accessories] = Problem("accessory.busy", "nothing has been changed: r3 holds db")
        }
        #expect(try await teal(["accessory", "start", "db"], with: daemon).code == 6)
    }

    @Test func `exec passes input and outputs through, and ends with the command's code`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.exitCode = 7 }
        let run = try await teal(
            ["accessory", "exec", "db", "--", "psql", "-U", "shop"],
            with: daemon,
            input: ["select 1;\n", "\u{0}é"]
        )
        #expect(run.code == 7)
        #expect(run.output == "select 1;\n\u{0}é")
        #expect(run.errors == "13 bytes\n")
        #expect(daemon.calls.contains("execStream db psql -U shop"))
    }

    @Test func `exec sends no input where nobody wants that`() async throws {
        let typed = Terminal(showsOutput: false, showsErrors: false, canAsk: true, isTyped: true)
        let cases: [([String], Terminal)] = [(["--no-input"], .none), ([], typed)]
        for (words, terminal) in cases {
            let run = try await teal(
                ["accessory", "exec", "db"] + words + ["--", "true"],
                with: FakeDaemon(),
                terminal: terminal,
                input: ["x"]
            )
            #expect(run.code == 0 && run.errors == "no input\n", "\(run)")
        }
    }

    @Test func `exec says what the daemon refuses`() async throws {
        let daemon = FakeDaemon()
        daemon.configure {
            $0.problems[.execStream] = Problem("exec.failed", "the command did not run beside db-blue-0")
        }
        let run = try await teal(["accessory", "exec", "db", "--", "true"], with: daemon)
        #expect(run.code == 1 && run.errors.contains("[exec.failed]"))
    }

    @Test func `logs without a name are those of every accessory`() async throws {
        let daemon = FakeDaemon()
        let run = try await teal(["accessory", "logs"], with: daemon)
        #expect(
            run.code == 1 && run.errors.contains("shop has no accessory that was released on this host [cli.accessory]")
        )
        let named = try await teal(["accessory", "logs", "db", "-n", "5"], with: daemon)
        #expect(named.code == 0)
        #expect(daemon.calls.contains("logs db 5 false"))
    }

    @Test func `upgrade shows the plan, and begins nothing without a yes`() async throws {
        let daemon = FakeDaemon()
        let run = try await teal(["accessory", "upgrade", "db"], with: daemon)
        #expect(run.code == 1)
        #expect(run.errors.contains("deploy of shop (production)\n") && run.errors.contains("[cli.needs-yes]"))
        #expect(!daemon.calls.contains { $0.hasPrefix("beginRollout") })
    }

    @Test func `upgrade with a yes is a rollout of the accessory alone, and says for how long it was away`()
        async throws
    {
        let daemon = FakeDaemon()
        daemon.configure { $0.ended = Samples.rollout(.released, gaps: [Samples.gap]) }
        let run = try await teal(["accessory", "upgrade", "db=postgres:17", "--yes"], with: daemon)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("  db was away for 4.2 s, from before it was told to stop until it was ready\n"))
        guard case .deploy(let order) = try #require(daemon.requests.last).order else { return }
        #expect(order.services.map { "\($0.spec.name)" } == ["db"])
        #expect(order.services.first?.spec.source == .image("postgres:17"))
        #expect(order.upgrades?.map(\.description) == ["db"])
    }

    @Test func `upgrade of what is no accessory is refused`() async throws {
        let run = try await teal(["accessory", "upgrade", "web"], with: FakeDaemon())
        #expect(run.code == 1)
        #expect(run.errors.contains("web is no accessory of the project's file [cli.accessory]"))
        #expect(run.errors.contains("The accessories are db"))
    }
}

@Suite struct `A plan says of an accessory` {
    @Test func `what has changed, what replacing it takes, and how`() {
        let plan = PlanView(
            kind: .deploy,
            project: "shop",
            environment: "",
            services: [
                PlannedService(
                    service: "db",
                    kind: "accessory",
                    strategy: "recreate",
                    from: "db@3",
                    to: nil,
                    slot: "blue",
                    content: "image postgres:16 (sha256:98ac639ae282)",
                    contentChanged: true,
                    configuration: [],
                    environment: PlannedKeys(),
                    secrets: PlannedKeys(),
                    routes: [],
                    routesChanged: false,
                    replicas: 1,
                    memoryBytesPerSlot: nil,
                    memoryBytesBothSlots: nil,
                    downtime: nil,
                    assumed: [],
                    left: Samples.left
                )
            ],
            problems: [],
            warnings: []
        )
        #expect(
            PlanText(style: .plain).lines(plan) == [
                "deploy of shop", "", "db  db@3 is left as it is, although it has changed: it keeps data",
                "  runs         image postgres:16 (sha256:98ac639ae282)",
                "  changed      image: postgres:16 (sha256:98ac639ae282) -> postgres:17 (sha256:1b6f00000000)",
                "  replacing it it stops, within 10 s, before the new one starts; until that is ready nobody reaches it",
                "  next         `teal accessory upgrade db`", "", "Nothing to do.",
            ]
        )
    }

    @Test func `who stopped it is in the status`() {
        let status = StatusView(
            host: "a",
            daemon: "1",
            publicEndpoint: "1.2.3.4:80",
            projects: [
                .init(
                    project: "shop",
                    environment: "production",
                    services: [Samples.service(stopped: StopView(by: "anna@laptop", at: 940))]
                )
            ],
            rollouts: [],
            drift: []
        )
        let lines = StatusText(style: .plain, now: 1_000).lines(status)
        #expect(
            lines.contains("    stopped   by anna@laptop, 1 min ago; start it with `teal accessory start web`"),
            "\(lines)"
        )
    }
}
