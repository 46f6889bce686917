import TealCore
import TealDriverKit
import TealEngine
import TealProcess
import TealProxySwitch

/// Whether the proxy can have the ports of the host that services are to be reached at.
///
/// Looked at before anything is changed.
struct PortCheck: Sendable {
    /// Where the proxy listens now; nil when it does not answer.
    let listeners: @Sendable () async -> ProxyListeners?
    let containers: any ForeignContainers
    /// Why connections cannot be led away by the packet filter; nil when they can.
    let refusal: @Sendable () async -> String?
    /// The takeovers that were agreed on.
    let agreed: @Sendable () async -> [HostPort: PortTakeover]
    /// Whether somebody is in the way of a listener.
    var look: @Sendable (HostPort) -> PortLook = { PortLook.at($0) }
    /// Who listens at a port, for people.
    var holder: @Sendable (Int) -> String? = { PortHolder.name(of: $0) }

    /// The ports that a container has now and that are taken over from it.
    func leaving(_ rollout: Rollout) async -> Set<Int> {
        var ports: Set<Int> = []
        for member in rollout.members {
            for place in member.spec.hostPorts ?? [] where look(place) == .taken {
                // As below.
                let container = (try? await containers.holding(place))?.first
                guard let container else { continue }
                let isLeft = await leaver(place, of: member)?.id == container.id
                if isLeft { ports.insert(place.port) }
                if await isTaken(container, at: place, from: member) { ports.insert(place.port) }
            }
        }
        return ports
    }

    /// The adopted container of the service that leaves a port to the proxy; nil when there is none.
    private func leaver(_ place: HostPort, of member: Member) async -> ForeignContainer? {
        // An engine that does not answer is told by who needs it.
        let all = (try? await containers.leaving(place)) ?? []
        return all.first { $0.adopted?.replica.service == member.service }
    }

    private func isTaken(_ container: ForeignContainer, at place: HostPort, from member: Member) async -> Bool {
        guard container.adopted == nil else { return false }
        if Self.isSame(container, as: member) { return true }
        return await agreed()[place].map { $0.service == member.service && $0.container.id == container.id } ?? false
    }

    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport {
        var report = PreflightReport()
        let members = rollout.members.filter { !($0.spec.hostPorts ?? []).isEmpty }
        guard !members.isEmpty else { return report }
        guard let found = await listeners() else { return report }
        for member in members {
            for place in member.spec.hostPorts ?? [] {
                if let owner = Self.owner(of: place, besides: member.service, rollout.services, state) {
                    report.problems.append(Self.taken(place, member, by: owner))
                    continue
                }
                await check(place, member, rollout, found, &report)
                if let line = await remade(member, at: place) { report.warnings.append(line) }
            }
        }
        // What has been so before is no reason to keep users from going back.
        if rollout.kind == .rollback {
            report.warnings += report.problems.map { $0.summary.replacing("nothing has been changed: ", with: "") }
            report.problems = []
        }
        return report
    }

    /// What is in the way of services whose ports others have already.
    static func owners(of members: [Member], _ state: HostState) -> [Problem] {
        let services = members.map(\.service)
        return members.flatMap { member in
            (member.spec.hostPorts ?? []).compactMap { place in
                owner(of: place, besides: member.service, services, state).map { taken(place, member, by: $0) }
            }
        }
    }

    /// The service that has a port already, or a slot of which is at it.
    private static func owner(
        of place: HostPort,
        besides service: ServiceKey,
        _ services: [ServiceKey],
        _ state: HostState
    ) -> String? {
        if let other = state.traffic.first(where: { traffic in
            traffic.service != service && !services.contains(traffic.service)
                && (traffic.ports ?? []).contains { $0.meets(place) }
        }) {
            return "\(other.service)"
        }
        let records = state.services.values.sorted { $0.service < $1.service }
        for record in records where place.address == "127.0.0.1" || place.isEverywhere {
            guard let spec = state.release(record.active?.release)?.spec, let fixed = spec.fixedPorts else { continue }
            let slot = Slot.allCases.first { slot in
                (fixed.port(of: slot)..<fixed.port(of: slot) + spec.replicas).contains(place.port)
            }
            if let slot { return "the \(slot) slot of \(record.service)" }
        }
        return nil
    }

    private func check(
        _ place: HostPort,
        _ member: Member,
        _ rollout: Rollout,
        _ found: ProxyListeners,
        _ report: inout PreflightReport
    ) async {
        if let own = Self.ownListener(at: place, found) {
            guard own.isPublic, member.spec.routes.contains(where: { !$0.internalOnly }) else {
                report.problems.append(
                    Self.taken(
                        place,
                        member,
                        by: "Teal's proxy, whose own \(own.isPublic ? "public" : "internal") port it is"
                    )
                )
                return
            }
            report.warnings.append(
                "port \(place) of the host is the proxy's own public port: \(member.service) is reached there by its host names "
                    + "alone"
            )
            return
        }
        if found.ports.contains(where: { $0.place == place && $0.problem == nil }) { return }
        switch look(Self.probed(place, found)) {
        case .free: return
        case .denied:
            report.problems.append(
                Problem(
                    "preflight.port-denied",
                    "nothing has been changed: port \(place) of \(member.service) may not be listened at by this user",
                    next: [
                        "Choose a port from 1024 on, or let the proxy have it: `sysctl net.ipv4.ip_unprivileged_port_start=\(place.port)`"
                    ]
                )
            )
        case .taken: await heldElsewhere(place, member, &report)
        }
    }

    /// Somebody else has it: a container whose port may be taken over, or anybody.
    private func heldElsewhere(_ place: HostPort, _ member: Member, _ report: inout PreflightReport) async {
        // An engine that does not answer is told by who needs it.
        let holders = (try? await containers.holding(place)) ?? []
        guard let container = holders.first else {
            // A release of the service itself may have it until it has stopped.
            if let old = member.old, Self.publishes(old.spec, place) {
                report.warnings.append(
                    "port \(place) of the host is \(old.id)'s own until that has stopped; the proxy listens there a minute later"
                )
                return
            }
            report.problems.append(Self.taken(place, member, by: holder(place.port) ?? "another program"))
            return
        }
        guard container.adopted == nil else {
            await heldByAdopted(place, container, member, &report)
            return
        }
        guard await isTaken(container, at: place, from: member) else {
            report.problems.append(
                Problem(
                    "preflight.port-held",
                    "nothing has been changed: port \(place) of \(member.service) belongs to the container \(container.name)",
                    next: [
                        "Deploy with `--take-ports`: the container goes on until the new release has its users, and is then "
                            + "stopped",
                        "Or stop it yourself: `docker stop \(container.name)`; or choose another port",
                    ]
                )
            )
            return
        }
        report.warnings.append(Self.words(place, container, refusal: await refusal()))
        if let narrower = Self.narrowing(place, container) { report.warnings.append(narrower) }
    }

    /// Whether a container is what a Compose file has for the very service.
    static func isSame(_ container: ForeignContainer, as member: Member) -> Bool {
        guard let written = member.spec.written else { return false }
        return container.composeProject == written.project && container.composeService == written.service
    }

    /// What will be done, and whether anybody will notice.
    static func words(_ place: HostPort, _ container: ForeignContainer, refusal: String?) -> String {
        if container.adopted != nil { return ownWords(place, container, refusal: refusal) }
        guard let refusal else {
            return
                "port \(place) of the host is taken over from the container \(container.name) without a gap: new connections "
                + "come to the new release once it is switched, and the container is stopped when it has settled"
        }
        let limit = ProbeWords.seconds(min(container.stopLimit, PortTaking.stopLimitMax))
        return
            "port \(place) of the host is taken over from the container \(container.name) with a gap: it is stopped at the "
            + "switch, which takes up to \(limit), and until then nobody may answer there, since connections cannot be led away: "
            + refusal
    }

    private static func ownWords(_ place: HostPort, _ container: ForeignContainer, refusal: String?) -> String {
        let start = "port \(place) of the host is taken over from the adopted container \(container.name)"
        let back = "a rollback to it makes it anew without the port"
        guard let refusal else {
            return
                "\(start) without a gap: new connections come to the new release once it is switched, and the proxy has "
                + "the port when \(container.name) is stopped, as the release settles; \(back)"
        }
        return
            "\(start) with a gap: requests there go on to it until it is stopped, as the release settles, and from then "
            + "until the proxy has the port nobody may answer, since connections cannot be led away: \(refusal); \(back)"
    }

    /// An adopted container has it, and leaves it to the proxy, or was not adopted with it.
    private func heldByAdopted(
        _ place: HostPort,
        _ container: ForeignContainer,
        _ member: Member,
        _ report: inout PreflightReport
    ) async {
        guard let leaver = await leaver(place, of: member) else {
            report.problems.append(
                Problem(
                    "preflight.port-taken",
                    "nothing has been changed: port \(place) of \(member.service) belongs to the container \(container.name), "
                        + "which was adopted without it",
                    next: [
                        "Release \(member.service.service) without it first: \(container.name) is stopped at the end, and the "
                            + "next release may have the port; between the two nobody answers there"
                    ]
                )
            )
            return
        }
        report.warnings.append(Self.words(place, leaver, refusal: await refusal()))
        if let narrower = Self.narrowing(place, leaver) { report.warnings.append(narrower) }
    }

    /// What becomes of an adopted container that is gone back to, and left its port; nil where it is not stopped.
    private func remade(_ member: Member, at place: HostPort) async -> String? {
        guard let leaver = await leaver(place, of: member), let own = leaver.adopted, own.release == member.new.id,
            (try? await containers.isRunning(leaver)) == false
        else { return nil }
        let name = "\(member.service.service)-\(own.replica.slot)"
        return
            "\(member.new.id) was adopted, and its container \(leaver.name) would publish port \(place) of the host, which "
            + "is the proxy's: it is made anew from the record without that port, as \(name), and \(leaver.name) is removed, "
            + "not its volumes"
    }

    /// A container that was open to other hosts, where the new listener is not.
    private static func narrowing(_ place: HostPort, _ container: ForeignContainer) -> String? {
        guard place.isLoopback else { return nil }
        let open = container.addresses.filter { !HostPort(address: $0, port: place.port).isLoopback }
        guard !open.isEmpty else { return nil }
        return
            "the container \(container.name) has port \(place.port) open at \(open.joined(separator: ", ")), and the proxy opens "
            + "it at \(place.address) alone: write an address before it, or `publish: everywhere`, where other hosts need it"
    }

    private static func taken(_ place: HostPort, _ member: Member, by owner: String) -> Problem {
        Problem(
            "preflight.port-taken",
            "nothing has been changed: port \(place) of \(member.service) belongs to \(owner)",
            next: ["Choose another port of the host for \(member.service.service), or end what has it"]
        )
    }

    private static func publishes(_ spec: ServiceSpec, _ place: HostPort) -> Bool {
        (spec.written?.network.ports ?? []).contains { port in
            port.transport == "tcp" && port.hostPort == place.port
        }
    }

    /// The listener that the proxy was started with and that has the connections to a place.
    private static func ownListener(at place: HostPort, _ found: ProxyListeners) -> (isPublic: Bool, text: String)? {
        for (texts, isPublic) in [(found.public, true), (found.internal, false)] {
            if let text = texts.first(where: { OwnListeners.meets($0, place) }) { return (isPublic, text) }
        }
        return nil
    }

    /// Where to look: a listener of the proxy's own at a network's gateway is no obstacle to one at every address.
    private static func probed(_ place: HostPort, _ found: ProxyListeners) -> HostPort {
        guard place.isEverywhere else { return place }
        let isOwn = (found.networks ?? []).contains { network in
            network.problem == nil && network.address.hasSuffix(":\(place.port)")
        }
        return isOwn ? HostPort(address: place.isIPv6 ? "::1" : "127.0.0.1", port: place.port) : place
    }
}

/// Where a proxy was told to listen.
enum OwnListeners {
    /// Whether it has the connections to a place; a listener at every IPv6 address has those of IPv4 too.
    static func meets(_ text: String, _ place: HostPort) -> Bool {
        guard let own = HostPort(parsing: text) else { return false }
        return own.meets(place) || own.address == "::" && own.port == place.port
    }
}
