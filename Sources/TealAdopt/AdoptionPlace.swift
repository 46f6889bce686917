import TealCore
import TealDriverKit
import TealEngine

/// Where a container is reached, as it is.
struct AdoptionPlace: Hashable, Sendable {
    /// Nil for what has no port, or does not run and has none of the host.
    let endpoint: Endpoint?
    /// The network of whose address that is; nil for a port of the host.
    let network: String?
    /// The port inside of the container; 0 for none.
    let port: Int
    /// The port of the host that leads there; nil for none.
    let published: WrittenPort?
    /// The ports of the host that it leaves to the proxy: it is not reached by one of them.
    let left: LeftPorts?

    /// - Parameters:
    ///   - container: Which.
    ///   - spec: What it is to be asked on.
    ///   - trafficSwitch: What leads users to it.
    ///   - line: Where a switch leads now; of several ports of the host it says which is meant.
    init(_ container: FoundContainer, _ spec: ServiceSpec, _ trafficSwitch: SwitchKind, line: Endpoint? = nil) {
        let open = container.ports.filter { $0.transport == "tcp" }
        let byLine = line.flatMap { line in open.first { $0.hostPort == line.port && $0.isReached(at: line.address) } }
        let inside =
            spec.port ?? byLine?.containerPort
            ?? (container.exposedPorts.count == 1 ? container.exposedPorts[0] : nil)
            ?? (Set(open.map(\.containerPort)).count == 1 ? open[0].containerPort : nil)
        guard let inside else {
            (endpoint, network, port, published, left) = (nil, nil, 0, nil, nil)
            return
        }
        port = inside
        let left = LeftPorts(container, spec, inside: inside, trafficSwitch)
        self.left = left.places.isEmpty ? nil : left
        let mine = open.filter { $0.containerPort == inside }.sorted { $0.rank < $1.rank }
        let chosen = byLine.flatMap { $0.containerPort == inside ? $0 : nil } ?? mine.first
        if left.places.isEmpty, let chosen, let host = chosen.hostPort {
            published = chosen
            network = nil
            endpoint = Endpoint(address: chosen.address, port: host)
            return
        }
        published = nil
        if container.written.network.mode == "host" {
            (endpoint, network) = (Endpoint(address: "127.0.0.1", port: inside), nil)
            return
        }
        let byLineToo = line.flatMap { line in container.addresses.first { $0.value == line.address } }
        let own = byLineToo ?? container.addresses.min { $0.key < $1.key }
        network = own?.key ?? container.written.network.networks.first?.name
        endpoint = own.map { Endpoint(address: $0.value, port: inside) }
    }
}

extension WrittenPort {
    /// Those that this host reaches at its loopback first.
    fileprivate var rank: Int {
        switch hostAddress {
        case "127.0.0.1": 0
        case "0.0.0.0": 1
        case "::", "::1": 3
        default: 2
        }
    }

    /// Where this host reaches it.
    var address: String {
        switch hostAddress {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: hostAddress
        }
    }

    /// Whether others than this host reach it.
    var isPublic: Bool { !hostAddress.hasPrefix("127.") && hostAddress != "::1" }

    /// Whether an address leads to it.
    func isReached(at address: String) -> Bool {
        ["0.0.0.0", "::"].contains(hostAddress) || self.address == address
    }

    /// `0.0.0.0:8000`.
    var text: String { "\(Endpoint(address: hostAddress, port: hostPort ?? 0))" }
}
