import TealCore
import TealDriverKit
import TealProxyWire

/// What services at ports of the host need of the proxy: listeners for everybody, and a route of each that takes any host.
struct PortTraffic {
    private let services: [ServiceTraffic]

    /// - Parameters:
    ///   - services: All services of the table.
    ///   - own: Where the proxy was told to listen when it was started: a port that meets one of these is left out, since its
    ///     requests are for whoever they name. `::` has the connections of IPv4 too.
    init(_ services: [ServiceTraffic], besides own: [HostPort] = []) {
        self.services = services.compactMap { traffic in
            var traffic = traffic
            traffic.ports = traffic.ports?.filter { port in
                !own.contains { $0.meets(port) || $0.address == "::" && $0.port == port.port }
            }
            return traffic.ports?.isEmpty == false ? traffic : nil
        }
    }

    /// The scope of a service's ports: its own name, which no project has.
    static func scope(of traffic: ServiceTraffic) -> String { "\(traffic.service)" }

    /// In the order of the services, each place once: of two that ask for one the first has it.
    var listeners: [ScopedListener] {
        var taken: Set<TargetAddress> = []
        return services.flatMap { traffic in
            (traffic.ports ?? []).compactMap { TargetAddress($0) }.filter { taken.insert($0).inserted }
                .map { ScopedListener(scope: Self.scope(of: traffic), address: $0, sources: nil) }
        }
    }

    /// One for each scope that has a listener.
    var routes: [ProxyRoute] {
        let scopes = Set(listeners.map(\.scope))
        return services.filter { scopes.contains(Self.scope(of: $0)) }.map { traffic in
            ProxyRoute(
                listener: .internal,
                service: "\(traffic.service)",
                unavailableText: traffic.vacancy,
                scope: Self.scope(of: traffic)
            )
        }
    }
}

extension TargetAddress {
    /// The place of a port; nil for a port that is none.
    init?(_ port: HostPort) {
        guard let number = UInt16(exactly: port.port), number != 0 else { return nil }
        self.init(host: port.address, port: number)
    }
}

extension HostPort {
    init(_ address: TargetAddress) { self.init(address: address.host, port: Int(address.port)) }
}
