import Foundation
import Logging
import ServiceLifecycle
import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch

/// Teal's own proxy as the switch of this host.
struct OwnProxy: HostSwitch {
    let process: ProxyProcess
    let proxy: ProxySwitch
    let listeners: ListenerWatch
    let home: Home
    let ports: PortTaking
    let driver: any TrafficSwitch

    var kind: SwitchKind { .proxy }
    var isRetriedByKeepers: Bool { true }
    var advice: [String] { ["Look at the proxy's log in \(home.proxyState)"] }

    func watch(_ book: HostBook, _ clock: any HostClock, _ logger: Logger) -> any Service {
        ProxyWatch(
            proxy: process,
            book: book,
            logger: logger,
            tending: PortTending(ports: ports, book: book, clock: clock)
        )
    }

    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport {
        // Its answer only warns and refuses; one that gives none is said by the check of the proxy itself.
        let check = PortCheck(
            listeners: { try? await proxy.listeners() },
            containers: ports.containers,
            refusal: { [redirecting = ports.redirecting] in await redirecting.refusal() },
            agreed: { [ports] in await ports.open }
        )
        var report = await GatewayPorts(leaving: check.leaving(rollout)) { try? await proxy.listeners() }
            .check(rollout, state)
        let own = await check.check(rollout, state)
        report.problems += own.problems
        report.warnings += own.warnings
        return report
    }

    func agree(_ members: [Member], takesAny: Bool) async throws(Problem) {
        for member in members {
            for place in member.spec.hostPorts ?? [] where PortLook.at(place) == .taken {
                // Preflight tells of an engine that does not answer.
                let holders = (try? await ports.containers.holding(place)) ?? []
                // What was adopted has left its port, or has not, when it was.
                guard let container = holders.first, container.adopted == nil,
                    takesAny || PortCheck.isSame(container, as: member)
                else { continue }
                guard await ports.agree(to: container, at: place, for: member.service) else {
                    throw Problem(
                        "deploy.ports",
                        "no service has been changed: that port \(place) may be taken over cannot be written to \(home.portBook)",
                        next: ["Free some space"]
                    )
                }
            }
        }
    }

    func owners(of members: [Member], _ state: HostState) -> [Problem] { PortCheck.owners(of: members, state) }

    func redirectRefusal() async -> String? { await ports.redirecting.refusal() }

    func portGaps() async -> [PortGap] { await ports.gaps }

    func drift(from table: TrafficTable) async -> [String] {
        // A proxy that does not answer is said by whoever asks for its counters.
        let namesPorts = table.services.contains { $0.ports != nil }
        guard namesPorts || !table.networkListeners.isEmpty, let found = try? await listeners.found() else { return [] }
        let takeovers = await ports.open
        let unheard = await listeners.unheardPorts(found, takeovers, held(found))
        return listeners.unheard(found, table) + unheard
    }

    /// The ports that adopted containers have until they are stopped.
    private func held(_ found: ProxyListeners) async -> Set<HostPort> {
        var held: Set<HostPort> = []
        for place in found.ports.filter({ $0.problem != nil }).map(\.place) {
            // An engine that does not answer says nothing of whose the port is.
            let all = (try? await ports.containers.leaving(place)) ?? []
            for container in all where (try? await ports.containers.isRunning(container)) == true {
                held.insert(place)
            }
        }
        return held
    }

    func checks(_ table: TrafficTable) async -> [SwitchCheck] {
        var check = SwitchCheck(name: "The proxy listens where the daemon was told to")
        // A proxy that does not answer is said beside this.
        guard let found = try? await listeners.found() else { return [check] }
        check.findings = listeners.drift(found).map { line in
            .init(
                isError: false,
                text: line,
                next: [
                    "Start the daemon with the proxy's addresses, or end the proxy with `kill \(found.processID)`: the daemon "
                        + "starts it anew at its own, and what is in flight ends with it"
                ]
            )
        }
        let takeovers = await ports.open
        let unheard = await listeners.unheardPorts(found, takeovers, held(found))
        let others = listeners.unheard(found, table) + unheard + listeners.strangers(found)
        check.findings += others.map { .init(isError: false, text: $0) }
        return [check]
    }
}

extension OwnProxy {
    /// Starts the proxy, or finds the one that runs.
    ///
    /// - Throws: `daemon.proxy` when none can be started.
    static func open(
        _ options: DaemonOptions,
        _ home: Home,
        program: String,
        probe: any HealthProbe,
        containers: any ForeignContainers,
        clock: any HostClock,
        logger: Logger
    ) async throws(Problem) -> OwnProxy {
        let process = ProxyProcess(
            ProxyLaunch(
                program: program,
                stateDirectory: home.proxyState,
                controlPath: home.proxySocket,
                publicListeners: options.listen,
                internalListeners: options.internalListen
            )
        )
        do throws(ProxyProcessError) {
            _ = try await process.ensureRunning()
        } catch {
            throw Problem(
                "daemon.proxy",
                "the daemon did not start: \(ProxyWords.text(error))",
                at: ProxyWords.lines(error),
                next: [
                    "Is the address \(options.listen.joined(separator: ", ")) free?",
                    "The proxy's log is \(home.proxyState)/proxy.log",
                ]
            )
        }
        let proxy = ProxySwitch(
            controlPath: home.proxySocket,
            probe: probe,
            ownPlaces: (options.listen + options.internalListen).compactMap { HostPort(parsing: $0) }
        )
        let ports = PortTaking(
            book: PortBook(path: home.portBook),
            proxy: proxy,
            containers: containers,
            redirecting: NftCommand(home: home, named: ProcessInfo.processInfo.environment["TEAL_NFT"]),
            probe: probe,
            clock: clock,
            logger: logger
        )
        await ports.takeUp()
        let listeners = ListenerWatch(wantedPublic: options.listen, wantedInternal: options.internalListen) {
            () async throws(SwitchError) in try await proxy.listeners()
        }
        return OwnProxy(
            process: process,
            proxy: proxy,
            listeners: listeners,
            home: home,
            ports: ports,
            driver: TakingSwitch(proxy, ports: ports)
        )
    }

    /// Says once where the proxy listens elsewhere: one that was adopted may have been started with other addresses.
    func tellListeners(_ logger: Logger) async {
        // One that does not answer now is looked after by its own watch.
        guard let found = try? await listeners.found() else { return }
        for line in listeners.drift(found) {
            logger.warning("Proxy listens elsewhere", metadata: ["listeners": "\(line)", "pid": "\(found.processID)"])
        }
    }
}
