import Logging
import ServiceLifecycle
import TealAdopt
import TealCore
import TealDriverKit
import TealEngine
import TealNginx

/// An nginx that is there already as the switch of this host.
struct NginxHost: HostSwitch {
    let nginx: NginxSwitch

    var kind: SwitchKind { .nginx }
    var driver: any TrafficSwitch { nginx }
    /// A table that nginx does not take costs two tests of its whole configuration: not for every look of a keeper.
    var isRetriedByKeepers: Bool { false }
    var advice: [String] {
        [
            "See whether it runs and what it says with `systemctl status nginx` and `\(nginx.settings.program) -t`",
            "Ask it yourself: `curl \(nginx.settings.status)/.teal/table`",
        ]
    }

    func watch(_ book: HostBook, _ clock: any HostClock, _ logger: Logger) -> any Service {
        NginxWatch(nginx: nginx, book: book, clock: clock, logger: logger)
    }

    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport {
        let routed = rollout.members.filter(\.isRouted)
        guard !routed.isEmpty else { return PreflightReport() }
        var report = PreflightReport()
        for member in routed {
            for objection in NginxObjection.all(to: Self.traffic(of: member), nginx.settings) {
                // A way back is not refused for what has been done in another way before.
                if rollout.kind == .rollback, objection.isFollowed {
                    report.warnings.append(objection.text)
                } else {
                    report.problems.append(
                        Problem(
                            "preflight.nginx-unable",
                            "nothing has been changed: \(objection.text)",
                            next: ["\(objection.next) in teal.yml"]
                        )
                    )
                }
            }
            report.warnings += nginx.settings.blindSpots(of: member.service)
        }
        // A file of Teal's own that is gone is written again by the switch itself.
        if await !nginx.lacksItsFile {
            report.problems += await nginx.drift().map { text in
                Problem(
                    "preflight.nginx-changed",
                    "nothing has been changed: \(text)",
                    next: ["`teal doctor` looks at all files of nginx that Teal has a part in"]
                )
            }
        }
        report.warnings += names(rollout, state) + passedBy(routed) + Self.ports(routed)
        return report
    }

    func line(to service: ServiceKey, knowing endpoints: [Endpoint]) async -> SwitchLine? {
        guard let line = await nginx.line(of: service, knowing: endpoints) else { return nil }
        let place = line.line.map { "\(line.path):\($0)" } ?? line.path
        return SwitchLine(place: place, address: line.address, obstacle: line.obstacle)
    }

    func drift(from table: TrafficTable) async -> [String] {
        await nginx.drift() + nginx.unheard().map { RuntimeWords.text($0) }
    }

    func checks(_ table: TrafficTable) async -> [SwitchCheck] {
        let findings = await nginx.examine().map { SwitchCheck.Finding(isError: true, text: $0.text, next: $0.next) }
        return [SwitchCheck(name: "nginx can be switched", findings: findings)]
    }

    /// What nginx would be told of a member's new release; where its replicas are does not matter.
    private static func traffic(of member: Member) -> ServiceTraffic {
        ServiceTraffic(
            service: member.service,
            routes: member.spec.routes,
            proxy: member.spec.proxy,
            drain: member.spec.drain,
            targets: member.replicas(.new).map { replica in
                TrafficTarget(
                    replica: replica,
                    release: member.new.id,
                    run: RunID("plan"),
                    endpoint: Endpoint(address: "127.0.0.1", port: 1 + replica.index)
                )
            }
        )
    }

    /// Projects in whose networks callers will not find their services by name.
    private func names(_ rollout: Rollout, _ state: HostState) -> [String] {
        let projects = Set(rollout.members.filter { $0.spec.kind == .web }.map(\.service.project)).filter { project in
            state.gateway(of: project) != nil
                || rollout.members.contains { $0.service.project == project && $0.new.content.isImage }
        }
        return projects.sorted().map { project in
            "inside the network of \(project) no web service is found by its name: nginx serves no names there, only "
                + "Teal's own proxy does"
        }
    }

    /// Ports of the host that nothing listens at.
    private static func ports(_ routed: [Member]) -> [String] {
        routed.flatMap { member in
            (member.spec.hostPorts ?? []).map { port in
                "port \(port) of the host does not lead to \(member.service): Teal's own proxy takes such ports over, and nginx "
                    + "only where a site of its own listens there"
            }
        }
    }

    /// Says where Teal's own requests do not take the way of users.
    private func passedBy(_ routed: [Member]) -> [String] {
        let settings = nginx.settings
        guard settings.listen.isEmpty, settings.probe == nil,
            routed.contains(where: { $0.spec.routes.contains { !$0.internalOnly } })
        else { return [] }
        let way =
            settings.internalListen.first.map { "to nginx at \($0), past the sites that users come by" } ?? "nowhere"
        return [
            "Teal's own requests through the public route go \(way): `--nginx-probe` names an address of such a site"
        ]
    }
}

extension NginxHost {
    /// Where nginx is, as whoever started the daemon says.
    static func settings(_ options: DaemonOptions, _ home: Home) -> NginxSettings {
        var settings = NginxSettings(stateDirectory: home.nginxState)
        let places = options.nginx
        settings.program = places.program ?? settings.program
        settings.configuration = places.configuration ?? settings.configuration
        settings.pidFile = places.pidFile ?? settings.pidFile
        settings.include = places.include ?? settings.include
        settings.log = places.log ?? settings.log
        settings.status = places.status ?? settings.status
        settings.probe = places.probe
        settings.sites = places.sites
        settings.listen = options.listen
        settings.internalListen = options.internalListen
        return settings
    }
}
