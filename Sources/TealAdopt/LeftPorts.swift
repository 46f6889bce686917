import TealCore
import TealDriverKit
import TealEngine

/// The ports of the host that a container leaves to the proxy once it is stopped.
///
/// Those that it publishes for its requests, and where the project has the proxy listen. As long as it runs it keeps them,
/// and whoever leads requests to it has to do so by an address of its own: a rule leads new connections to these ports to
/// the proxy, its own ones too.
struct LeftPorts: Hashable, Sendable {
    /// As the container has them, such as `0.0.0.0:8000`; empty for none.
    let places: [HostPort]

    /// - Parameters:
    ///   - container: Which.
    ///   - spec: What it is to be asked on, and where the proxy is to listen.
    ///   - inside: The port inside of it that takes requests.
    ///   - trafficSwitch: What leads users to it: nginx listens nowhere for a service.
    init(_ container: FoundContainer, _ spec: ServiceSpec, inside: Int, _ trafficSwitch: SwitchKind) {
        guard trafficSwitch == .proxy, spec.takesTraffic else {
            places = []
            return
        }
        places = container.ports.compactMap { port in
            guard port.transport == "tcp", port.containerPort == inside, let place = port.place else { return nil }
            return spec.hostPorts?.contains { $0.meets(place) } ?? false ? place : nil
        }
    }

    func holds(_ port: WrittenPort) -> Bool {
        port.transport == "tcp" && port.place.map { places.contains($0) } ?? false
    }
}

extension WrittenPort {
    /// Where it is on the host; nil for one that the engine chooses.
    var place: HostPort? { hostPort.map { HostPort(address: hostAddress, port: $0) } }
}
