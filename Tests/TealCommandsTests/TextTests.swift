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
          content      artifact 98ac639ae282
          settings     replicas: 1 -> 2
          environment  new MODE; changed LEVEL; gone OLD; same PORT
          secrets      same TOKEN
          routes       shop.example.com/  (same)
          memory       512.0 MiB a slot, 1.0 GiB while both run
          downtime     expected: it writes to /data, which only one release may have
          assumed      no health check given, so GET /health must answer 2xx

        warning: the secret TOKEN is newer than web@41
        Nothing has been changed. Users would notice a gap.

        """

    @Test func `a plan says what a person wants to know`() {
        #expect(PlanText(style: .plain).lines(Samples.plan).joined(separator: "\n") + "\n" == Self.text)
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

    @Test func `colour is only where it was asked for`() {
        let plain = StatusText(style: .plain, now: 0).lines(Samples.status).joined()
        let coloured = StatusText(style: Style(isOn: true), now: 0).lines(Samples.status).joined()
        #expect(!plain.contains("\u{1B}"))
        #expect(coloured.contains("\u{1B}[31munhealthy\u{1B}[0m"))
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (12.34, "12.3 s"), (99.9, "99.9 s"), (120, "2 min"), (125.4, "2 min 5 s"), (7260, "2 h 1 min"),
    ])
    func `spans`(seconds: Double, text: String) { #expect(Words.seconds(seconds) == text) }

    @Test(arguments: [(512, "512 B"), (12 << 10, "12.0 KiB"), (1_610_612_736, "1.5 GiB"), (5 << 40, "5120.0 GiB")])
    func `sizes`(bytes: Int, text: String) { #expect(Words.bytes(bytes) == text) }

    @Test(arguments: [("30", 30.0), ("500ms", 0.5), ("5m", 300), ("2h", 7200), ("1.5s", 1.5)])
    func `time spans are read`(text: String, seconds: Double) { #expect(DurationArgument(text)?.seconds == seconds) }

    @Test(arguments: ["", "soon", "-1", "nan", "inf", "8d", "1e9h"])
    func `what is no time span is refused`(text: String) { #expect(DurationArgument(text) == nil) }
}
