import TealCore

/// What the doctor says of containers that somebody wrote down.
enum WrittenAdvice {
    struct Line: Hashable {
        let text: String
        let next: String
    }

    /// What is allowed, and not always meant.
    static func lines(_ spec: ServiceSpec) -> [Line] {
        guard let network = spec.written?.network else { return [] }
        let isInside = !network.networks.isEmpty && network.networks.allSatisfy { $0.definition?.isInternal ?? false }
        let published = network.ports.filter { $0.hostPort != nil }
        if isInside, !spec.takesTraffic, !published.isEmpty {
            let ports = published.compactMap(\.hostPort).map(String.init).joined(separator: ", ")
            return [
                Line(
                    text: "\(spec.name) is in internal networks alone, so its published ports do not work: \(ports)",
                    next: "Give it a network that is not `internal`, or publish nothing"
                )
            ]
        }
        return published.filter { !Self.isLoopback($0.hostAddress) }.compactMap { port in
            port.hostPort.map { number in
                Line(
                    text:
                        "port \(number) of \(spec.name) is open to other hosts at \(port.hostAddress), whatever a firewall "
                        + "such as ufw says: Docker's rules go round it",
                    next: "Write `127.0.0.1:\(number):\(port.containerPort)` in the Compose file if that is not meant"
                )
            }
        }
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
