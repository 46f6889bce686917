import Foundation
import TealAPI
import TealFakeDaemon
import Testing

@testable import TealCommands

@Suite struct PlanTextTests {
    static let text = """
        deploy of shop (production)

        web  web@41 -> web@42 in green
          kind         web, blue-green, 2 replicas
          content      image ghcr.io/acme/shop:1.4.2 (sha256:98ac639ae282)
                       the copy on this host; whether the registry has a newer one is not known: ghcr.io did not answer within 5s
          settings     replicas: 1 -> 2
          environment  new MODE; changed LEVEL; gone OLD; same PORT
          secrets      same TOKEN
          routes       shop.example.com/  (same)
          health       GET /health
          memory       512.0 MiB a slot, 1.0 GiB while both run
          downtime     expected: it writes to /data, which only one release may have
          assumed      no health check given, so GET /health must answer 2xx

        warning: the secret TOKEN is newer than web@41
        In 2 rollouts, each once the one before it is released: db, then web
        Nothing has been changed. Users would notice a gap.

        """

    @Test func `a plan says what a person wants to know`() {
        #expect(PlanText(style: .plain).lines(Samples.plan).joined(separator: "\n") + "\n" == Self.text)
    }
}

@Suite struct `A plan says how an image was found` {
    @Test(arguments: [
        ("NEXT_PUBLIC_URL", false, true), ("VITE_API", false, true), ("NEXT_PUBLIC_URL", true, false),
        ("URL", false, false),
    ])
    func `a variable that is built in changes nothing without a new image`(name: String, isNew: Bool, isTold: Bool) {
        let service = PlannedService(
            service: "web",
            kind: "web",
            strategy: "blue-green",
            from: "web@41",
            to: "web@42",
            slot: "green",
            content: "image shop:1",
            contentChanged: isNew,
            configuration: [],
            environment: PlannedKeys(changed: [name]),
            secrets: PlannedKeys(),
            routes: [],
            routesChanged: false,
            replicas: 1,
            memoryBytesPerSlot: nil,
            memoryBytesBothSlots: nil,
            downtime: nil,
            assumed: []
        )
        #expect((PlanText.builtIn(service)?.hasPrefix("\(name): built into the image") == true) == isTold)
    }

    @Test(
        arguments: [
            (PlannedImage.Found.registry, "as the registry has it now"), (.hostOnly, nil),
            (.recorded, nil),
        ] as [(PlannedImage.Found, String?)]
    )
    func `in a line of its own`(found: PlannedImage.Found, text: String?) {
        #expect(PlanText.text(PlannedImage(reference: "shop:1", digest: "sha256:0", found: found)) == text)
    }
}

@Suite struct `Answers in words` {
    @Test func `the status says what runs, what a rollback would do and what is under way`() {
        let lines = StatusText(style: .plain, now: 1_760_000_300).lines(Samples.status)
        #expect(
            lines.joined(separator: "\n") == """
                host-a, teal 0.1.0, public 0.0.0.0:80

                shop (production)
                  web  web
                    active    web@42 in green, 5 min ago, commit 0123456789
                              ghcr.io/acme/shop:1.4.2 (sha256:98ac639ae282)
                              web-green-0  running  127.0.0.1:20005  routed  1 restart  unhealthy: GET /up answered 500
                    standby   web@41 in blue
                    routes    shop.example.com/api
                    in flight 3 requests, 2 upgraded connections
                    rollback  would be refused: it is gone
                    drift:    web-green-1 was stopped by hand

                deploy r17 of shop (production): web@41 blue -> web@42 green
                  drain for 6.5 s in all, by anna@laptop
                  waits for 3 requests on web@41, at most 28.0 s more
                  ends earlier by: its clients, or `teal deploy --supersede`
                  see it with `teal attach r17`

                drift: the reserve is missing
                  mend it with `teal doctor --fix`
                """
        )
    }

    @Test func `releases are a table, with what went wrong below`() {
        let lines = HistoryText(style: .plain).lines(ReleaseList(releases: [Samples.release]))
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("RELEASE  STATE"))
        #expect(lines[1].hasPrefix("web@42   taken back"))
        #expect(lines[2] == "  web@42: 2.5 % of 800 answers were errors")
    }

    @Test(arguments: [
        (RolloutOutcome.State.kept, "kept out"), (.reverted, "taken back"), (.halted, "halted"), (.settled, "settled"),
    ])
    func `rollouts end in the words of a deploy`(state: RolloutOutcome.State, word: String) {
        let lines = HistoryText(style: .plain).lines(RolloutList(rollouts: [Samples.rollout(state)]))
        #expect(lines[1].hasSuffix("  " + word))
    }

    @Test func `a release that was left by a rollback was rolled back`() {
        let release = ReleaseView(
            release: "web@42",
            number: 42,
            state: .takenBack,
            because: nil,
            rollout: "r17",
            createdAt: 1_760_000_000,
            author: "anna@laptop",
            gitCommit: nil,
            content: "98ac",
            replicas: 1,
            restorable: true
        )
        let lines = HistoryText(style: .plain).lines(ReleaseList(releases: [release]))
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("web@42   rolled back  "))
    }

    @Test func `a service that is quiet, and one that is not active, say no more than that`() {
        let routes = [
            RouteStatus(hosts: [], pathPrefix: "/", internalOnly: false),
            RouteStatus(hosts: [], pathPrefix: "/api", internalOnly: false),
            RouteStatus(hosts: ["a.example.com", "b.example.com"], pathPrefix: "/x", internalOnly: true),
        ]
        let standby = SlotStatus(
            release: "web@41",
            slot: "blue",
            since: nil,
            gitCommit: nil,
            replicas: [
                ReplicaStatus(
                    replica: "web-blue-0",
                    phase: "running",
                    health: .healthy,
                    reason: nil,
                    endpoint: nil,
                    routed: false,
                    restarts: 0
                )
            ]
        )
        let service = ServiceStatus(
            service: "web",
            kind: "web",
            active: nil,
            standby: standby,
            routes: routes,
            requestsInFlight: 1,
            upgradedOpen: 0,
            drift: [],
            rollback: nil
        )
        let status = StatusView(
            host: "host-a",
            daemon: "0.1.0",
            publicEndpoint: nil,
            projects: [ProjectStatus(project: "shop", environment: "production", services: [service])],
            rollouts: [],
            drift: []
        )
        #expect(
            StatusText(style: .plain, now: 0).lines(status).joined(separator: "\n") == """
                host-a, teal 0.1.0, the proxy does not answer

                shop (production)
                  web  web
                    nothing is active
                    standby   web@41 in blue
                              web-blue-0  running  healthy
                    routes    every host
                              every host /api
                              a.example.com/x, b.example.com/x (internal)
                    in flight 1 request
                """
        )
    }

    @Test(
        arguments: [
            (nil, "0.0.0.0:80", "host-a, teal 0.1.0, public 0.0.0.0:80"),
            ("proxy", "0.0.0.0:80", "host-a, teal 0.1.0, public 0.0.0.0:80"),
            ("proxy", nil, "host-a, teal 0.1.0, the proxy does not answer"),
            ("nginx", "127.0.0.1:7080", "host-a, teal 0.1.0, nginx, asked at 127.0.0.1:7080"),
            ("nginx", nil, "host-a, teal 0.1.0, nginx does not answer"),
        ] as [(String?, String?, String)]
    )
    func `what moves the traffic is said first`(kind: String?, endpoint: String?, line: String) {
        let status = StatusView(
            host: "host-a",
            daemon: "0.1.0",
            trafficSwitch: kind,
            publicEndpoint: endpoint,
            projects: [],
            rollouts: [],
            drift: []
        )
        #expect(StatusText(style: .plain, now: 0).lines(status).first == line)
    }

    @Test func `who had no answer, and for how long, is told whatever came of the rollout`() {
        func view(_ outage: OutageView) -> RolloutView {
            RolloutView(
                id: "r7",
                kind: .deploy,
                project: "shop",
                environment: "production",
                author: "lab",
                startedAt: 100,
                elapsedSeconds: 9,
                services: [.init(service: "web", from: nil, fromSlot: nil, to: "web@2", toSlot: "green")],
                phase: "settle",
                wait: nil,
                moments: [],
                outcome: .init(.settled),
                problem: nil,
                counters: .init(),
                lastEvent: 3,
                outages: [outage]
            )
        }
        let text = RolloutText(style: .plain)
        #expect(
            text.ending(view(.init(service: "web", began: 101, seconds: 6.2, isOver: true))).contains(
                "  users of web had no answer for 6.2 s meanwhile, since none of its replicas could be reached"
            )
        )
        #expect(
            text.ending(view(.init(service: "web", began: 101, seconds: 8, isOver: false))).contains(
                "  users of web have had no answer for 8.0 s: none of its replicas can be reached"
            )
        )
    }

    @Test func `plans, probes and checks have words for little and for nothing`() {
        let plan = PlanView(kind: .rollback, project: "shop", environment: "", services: [], problems: [], warnings: [])
        #expect(PlanText(style: .plain).lines(plan) == ["rollback of shop", "", "Nothing to do."])
        let host = HostText(style: .plain)
        let services = [
            ServiceHealth(service: "web", release: nil, probes: []),
            ServiceHealth(service: "job", release: "job@1", probes: []),
            ServiceHealth(
                service: "api",
                release: "api@1",
                probes: [
                    ProbeView(target: "api-blue-0", passed: true, latencySeconds: 0.0001, text: "one"),
                    ProbeView(target: "api-blue-10", passed: true, latencySeconds: 12.5, text: "two"),
                ]
            ),
        ]
        #expect(
            host.lines(HealthView(services: services)) == [
                "web  nothing is active", "job  job@1", "  nothing to probe", "api  api@1",
                "  +  api-blue-0   <1 ms   one", "  +  api-blue-10  12.5 s  two",
            ]
        )
        #expect(host.lines(DoctorView(checks: [], fixed: false)) == ["Nothing was checked."])
        let check = DoctorCheck(name: "A", findings: [])
        #expect(host.lines(DoctorView(checks: [check], fixed: false)) == ["+ A", "The check passed."])
        let open = DoctorCheck(
            name: "A",
            findings: [DoctorFinding(severity: .warning, text: "b", fix: "write it again", next: [])]
        )
        #expect(
            host.lines(DoctorView(checks: [open], fixed: true))
                == ["! A", "    warning: b", "    still to do: write it again", "1 finding in 1 check."]
        )
        let told = [
            DoctorCheck(name: "A", findings: [], verdict: .held),
            DoctorCheck(name: "B", findings: open.findings, verdict: .broken),
            DoctorCheck(name: "C", findings: [], verdict: .unseen, because: "nobody answers"),
        ]
        #expect(
            host.lines(DoctorView(checks: told, fixed: false)) == [
                "+ A: held", "! B: broken", "    warning: b", "    --fix would: write it again",
                "? C: cannot be seen here, because nobody answers", "1 finding in 3 checks.",
            ]
        )
        #expect(
            host.lines(DoctorView(checks: [told[0], told[2]], fixed: false)).last
                == "1 check passed; of 1 not everything can be seen."
        )
        #expect(DoctorView(checks: [told[1]], fixed: false).hasErrors)
        #expect(!DoctorView(checks: [told[0], told[2]], fixed: false).hasErrors)
        let things = PruneView(items: [PruneItem(what: "a", why: "old", sizeBytes: nil)], applied: true)
        #expect(host.lines(things) == ["  a  old", "Removed 1 thing."])
    }

    @Test func `colours take no place in a table`() {
        var table = TextTable()
        table.add(Style(isOn: true).red("ab"), "x")
        table.add("abc\nd", "y")
        #expect(table.lines() == ["\u{1B}[31mab\u{1B}[0m     x", "abc d  y"])
    }

    @Test func `the block fits into the terminal`() {
        var state = WatchState(Samples.rollout())
        for event in Samples.goodEvents.prefix(5) { state.apply(event) }
        state.connectionLost = "no daemon answers"
        let lines = WatchText(style: .plain, width: 50).block(state, elapsedSeconds: 3)
        #expect(lines.allSatisfy { $0.count < 50 })
        #expect(
            lines == [
                "deploy r17 of shop (production): web@41 blue -...",
                "  + start         0.5 s",
                "  > prove         1.5 s  web: 2 of 3 passes",
                "    waits for 3 requests on web@41, at most 31...",
                "    ends earlier by: its clients, or `teal dep...",
                "  connection lost, trying again; the rollout g...",
            ]
        )
    }

    @Test func `what was said elsewhere takes one line of the block and moves no cursor`() {
        var state = WatchState(Samples.rollout())
        state.connectionLost = "no\u{1B}[2Adaemon\nanswers"
        let lines = WatchText(style: Style(isOn: true), width: 100).block(state, elapsedSeconds: 3)
        let words = "  connection lost, trying again; the rollout goes on (no\\u001b[2Adaemon answers)"
        #expect(lines.last == "\u{1B}[31m\(words)\u{1B}[0m")
    }

    @Test func `colour is only where it was asked for`() {
        let plain = StatusText(style: .plain, now: 0).lines(Samples.status).joined()
        let coloured = StatusText(style: Style(isOn: true), now: 0).lines(Samples.status).joined()
        #expect(!plain.contains("\u{1B}"))
        #expect(coloured.contains("\u{1B}[31munhealthy\u{1B}[0m"))
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (12.34, "12.3 s"), (99.9, "99.9 s"), (120, "2 min"), (125.4, "2 min 5 s"), (7260, "2 h 1 min"),
        (-5, "0.0 s"), (.infinity, "365000 days"), (.nan, "0.0 s"), (172_800, "2 days"), (183_600, "2 days 3 h"),
    ])
    func `spans`(seconds: Double, text: String) { #expect(Words.seconds(seconds) == text) }

    @Test(arguments: [
        (-3, "just now"), (59, "just now"), (60, "1 min ago"), (7200, "2 h ago"), (130_000, "36 h ago"),
        (172_800, "2 days ago"), (1e300, "365000 days ago"),
    ])
    func `times before now`(seconds: Double, text: String) { #expect(Words.ago(seconds) == text) }

    @Test(arguments: [(512, "512 B"), (12 << 10, "12.0 KiB"), (1_610_612_736, "1.5 GiB"), (5 << 40, "5120.0 GiB")])
    func `sizes`(bytes: Int, text: String) { #expect(Words.bytes(bytes) == text) }

    @Test(arguments: [("30", 30.0), ("500ms", 0.5), ("5m", 300), ("2h", 7200), ("1.5s", 1.5)])
    func `time spans are read`(text: String, seconds: Double) { #expect(DurationArgument(text)?.seconds == seconds) }

    @Test(arguments: ["", "soon", "-1", "nan", "inf", "8d", "1e9h"])
    func `what is no time span is refused`(text: String) { #expect(DurationArgument(text) == nil) }
}
