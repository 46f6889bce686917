import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch

/// Where the proxy is to listen, and where it does.
struct ListenerWatch: Sendable {
    let wantedPublic: [String]
    let wantedInternal: [String]
    let ask: @Sendable () async throws(SwitchError) -> ProxyListeners

    func found() async throws(SwitchError) -> ProxyListeners { try await ask() }

    /// One line for each kind of listener that differs.
    func drift(_ found: ProxyListeners) -> [String] {
        [
            ListenerDrift.of(found.public, wanted: wantedPublic, kind: "public"),
            ListenerDrift.of(found.internal, wanted: wantedInternal, kind: "internal"),
        ].compactMap { $0 }
    }

    /// One line for each place inside a network where the proxy should listen and does not.
    func unheard(_ found: ProxyListeners, _ table: TrafficTable) -> [String] {
        guard let networks = found.networks else {
            return Set(table.networkListeners.map(\.project)).sorted().map {
                "services of \($0) do not find each other by name: the proxy that runs is of an earlier version"
            }
        }
        let leftOut = table.networkListenersLeftOut
        let more = leftOut == 0 ? [] : ["\(leftOut) places inside networks are more than the proxy can listen at"]
        return more
            + networks.compactMap { network in
                network.problem.map { RuntimeWords.text(UnheardPlace(project: network.project, reason: $0)) }
            }
    }

    /// One line for each port of the host where the proxy should listen and does not.
    ///
    /// - Parameters:
    ///   - found: Where it listens.
    ///   - takeovers: Those that are being taken over.
    ///   - held: Those that adopted containers have until they are stopped.
    /// - Returns: The lines; none where it listens everywhere.
    func unheardPorts(
        _ found: ProxyListeners,
        _ takeovers: [HostPort: PortTakeover],
        _ held: Set<HostPort> = []
    ) -> [String] {
        found.ports.compactMap { port in
            guard let problem = port.problem else { return nil }
            guard let takeover = takeovers[port.place], takeover.standIn != nil else {
                guard !held.contains(port.place) else { return nil }
                return "requests to port \(port.place) of the host do not come to \(port.service): \(problem)"
            }
            return "new connections to port \(port.place) of the host are led to \(port.service), until the container "
                + "\(takeover.container.name) has finished what it has"
        }
    }

    /// One line for each place at which somebody from outside the network asked.
    func strangers(_ found: ProxyListeners) -> [String] {
        (found.networks ?? []).filter { $0.strangers > 0 }.map { network in
            "\(network.strangers) connections to \(network.address) were closed: they came from outside the network of "
                + network.project
        }
    }
}
