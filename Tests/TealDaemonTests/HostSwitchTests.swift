import TealCore
import TealDriverKit
import TealEngine
import TealNginx
import TealTestSupport
import Testing

@testable import TealDaemon

@Suite struct `Which switch has the routes of a home` {
    private static let nginx = HomeSwitch.nginx(
        status: Endpoint(address: "127.0.0.1", port: 7079),
        include: "/etc/nginx/conf.d/teal.conf"
    )

    private func objection(_ wanted: HomeSwitch, after former: HomeSwitch, isFollowed: Bool) throws -> Problem? {
        HomeSwitch.objection(
            to: wanted,
            after: former,
            isFollowed: isFollowed,
            services: [try Samples().key],
            home: "/var/lib/teal"
        )
    }

    @Test(arguments: [
        HomeSwitch.proxy,
        .nginx(status: Endpoint(address: "127.0.0.1", port: 7079), include: "/etc/nginx/conf.d/teal.conf"),
        .nginx(status: Endpoint(address: "::1", port: 9), include: "/a file"),
    ])
    func `is remembered in a line`(_ kept: HomeSwitch) throws {
        #expect(HomeSwitch(kept.line) == kept)
    }

    @Test(arguments: ["", "nginx", "proxy 127.0.0.1:1", "caddy 1", "nginx 127.0.0.1:1", "nginx nowhere /a"])
    func `is not guessed from another line`(_ line: String) {
        #expect(HomeSwitch(line) == nil)
    }

    @Test func `is the proxy where nothing is written, and what was written later`() async throws {
        try await Fixture.with("switch") { fixture in
            let home = Home(root: try fixture.directory() + "/teal")
            try home.prepare()
            #expect(try home.readSwitch() == .proxy)
            try home.write(Self.nginx)
            #expect(try home.readSwitch() == Self.nginx)
            _ = TextFile.replace(home.switchFile, with: "caddy 1\n")
            do throws(Problem) {
                _ = try home.readSwitch()
                Issue.record("it was understood")
            } catch {
                #expect(error.code == "daemon.home")
                #expect(error.summary.hasSuffix("says 'caddy 1', which this Teal does not know"))
            }
        }
    }

    @Test func `changes only once the former one follows them no more`() throws {
        #expect(try objection(.proxy, after: .proxy, isFollowed: true) == nil)
        #expect(
            try objection(
                Self.nginx,
                after: .nginx(status: Endpoint(address: "127.0.0.1", port: 1), include: "/b"),
                isFollowed: true
            )
                == nil
        )
        #expect(try objection(Self.nginx, after: .proxy, isFollowed: false) == nil)
        let toNginx = try #require(try objection(Self.nginx, after: .proxy, isFollowed: true))
        #expect(
            toNginx.description == """
                error: the daemon did not start, services go on as they are: the routes of the home /var/lib/teal are with \
                the proxy, which still follows them, and it was told to use nginx; shop/web takes traffic by it \
                [daemon.switch-changed]
                  next: Start it with `--switch proxy`
                        Or change over: end the proxy (`ps -ef | grep teal-proxy`, then `kill` with its number), then start \
                the daemon with `--switch nginx`; users have no answer in between
                """
        )
        let back = try #require(try objection(.proxy, after: Self.nginx, isFollowed: true))
        #expect(back.next.last?.hasPrefix("Or change over: remove Teal's file from nginx") == true)
    }
}

@Suite struct `Before a release, nginx as the switch` {
    private func host(_ change: (inout DaemonOptions) throws -> Void = { _ in }) throws -> NginxHost {
        var options = DaemonOptions(home: "/nowhere")
        options.internalListen = ["127.0.0.1:7080"]
        options.nginx.pidFile = "/nowhere/nginx.pid"
        try change(&options)
        let settings = NginxHost.settings(options, Home(root: "/nowhere"))
        return NginxHost(nginx: NginxSwitch(settings, probe: NobodyProbe(), incarnation: "one"))
    }

    private func report(
        of host: NginxHost,
        _ kind: Rollout.Kind = .deploy,
        image: Bool = false,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> PreflightReport {
        let samples = try Samples()
        let release = image ? try samples.image(2) { change(&$0) } : try samples.release(2) { change(&$0) }
        let member = Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        let rollout = Rollout(
            id: RolloutID(number: 1),
            kind: kind,
            members: [member],
            author: "ann",
            now: Timestamp(nanoseconds: 0)
        )
        return await host.check(rollout, HostState())
    }

    @Test func `has nothing to say of what it does`() async throws {
        let host = try host { $0.listen = ["127.0.0.1:8080"] }
        #expect(try await report(of: host) { $0.routes = [Route(hosts: ["a.test"])] } == PreflightReport())
        #expect(
            try await report(of: host) { spec in
                spec.drain.upgraded = .seconds(9)
                spec.routes = [Route(upgraded: [.init(pathPrefix: "/ws", mode: .keep, limit: .seconds(9))])]
                spec.replicas = 3
            } == PreflightReport()
        )
    }

    @Test func `refuses upgraded connections of several kinds, but never a way back`() async throws {
        let host = try host { $0.listen = ["127.0.0.1:8080"] }
        let change: (inout ServiceSpec) -> Void = { spec in
            spec.routes = [
                Route(
                    upgraded: [
                        .init(pathPrefix: "/relay", mode: .close),
                        .init(pathPrefix: "/ws", mode: .keep, limit: .seconds(9)),
                    ]
                )
            ]
        }
        let problems = try await report(of: host, .deploy, change).problems
        #expect(problems.map(\.code) == ["preflight.nginx-unable", "preflight.nginx-unable"])
        #expect(
            problems.first?.description == """
                error: nothing has been changed: nginx does not close the upgraded connections of web under /relay at the \
                switch [preflight.nginx-unable]
                  next: Leave `/relay` out of `upgraded` of web, and give `drain.upgraded` a short limit in teal.yml
                """
        )
        let back = try await report(of: host, .rollback, change)
        #expect(back.problems.isEmpty && back.warnings.count == 2)
    }

    @Test func `refuses what one line of a site cannot say, and says what it will not see`() async throws {
        let key = try Samples().key
        let host = try host { options in
            options.nginx.sites = [key: "/etc/nginx/sites-available/shop"]
            options.nginx.probe = Endpoint(address: "127.0.0.1", port: 7081)
        }
        let one = try await report(of: host) { $0.routes = [Route(hosts: ["a.test"])] }
        #expect(one.problems.isEmpty)
        #expect(one.warnings.count == 2 && one.warnings[0].hasSuffix("the watch has synthetic probes only"))
        let two = try await report(of: host) { spec in
            spec.replicas = 2
            spec.routes = [Route(hosts: ["a.test"]), Route(hosts: ["b.test"], internalOnly: true)]
        }
        #expect(two.problems.map(\.code) == ["preflight.nginx-unable", "preflight.nginx-unable"])
        #expect(two.problems[0].summary.contains("leads to one replica of web, not to 2"))
        #expect(two.problems[1].summary.contains("web has an internal route"))
    }

    @Test func `refuses a host that nginx cannot be told`() async throws {
        let report = try await report(of: try host()) { $0.routes = [Route(hosts: ["a$b.test"])] }
        #expect(report.problems.map(\.summary) == ["nothing has been changed: 'a$b.test' cannot be a host for nginx"])
    }

    @Test func `says that containers find nothing by name, and which way Teal's own requests take`() async throws {
        let report = try await report(of: try host(), image: true) { $0.routes = [Route(hosts: ["a.test"])] }
        #expect(report.problems.isEmpty)
        #expect(
            report.warnings == [
                "inside the network of shop no web service is found by its name: nginx serves no names there, only Teal's own "
                    + "proxy does",
                "Teal's own requests through the public route go to nginx at 127.0.0.1:7080, past the sites that users come "
                    + "by: `--nginx-probe` names an address of such a site",
            ]
        )
    }

    @Test func `is told by its own words when it does not answer`() async throws {
        let host = try host()
        do throws(SwitchError) {
            _ = try await host.driver.position()
            Issue.record("it answered")
        } catch {
            #expect(
                RuntimeWords.text(error, of: host.kind.words)
                    == "nginx does not run: /nowhere/nginx.pid is not there"
            )
        }
        #expect(await host.driver.publicEndpoint() == nil)
        #expect(!host.isRetriedByKeepers)
        #expect(!host.driver.servesNames)
    }
}

@Suite struct `A table that nginx does not take` {
    @Test func `is tried again after growing pauses, at once after a change`() {
        var pace = PublishPace()
        func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }
        #expect(pace.isDue(at: at(0)))
        pace.note(false, at: at(0))
        #expect(!pace.isDue(at: at(1)) && pace.isDue(at: at(2)))
        pace.note(false, at: at(2))
        #expect(!pace.isDue(at: at(5)) && pace.isDue(at: at(6)))
        for _ in 0..<9 { pace.note(false, at: at(6)) }
        #expect(!pace.isDue(at: at(65)) && pace.isDue(at: at(66)))
        pace.note(true, at: at(66))
        #expect(pace.isDue(at: at(66)))
    }
}

/// A probe that nobody answers.
private struct NobodyProbe: HealthProbe {
    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        .failed(.refused)
    }
    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult { .failed(.refused) }
}
