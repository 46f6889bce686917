import TealCore

/// Sees that every port of the host leads to one service.
struct HostPortChecks {
    let services: [DecodedService]
    let findings: Findings

    func run() {
        for (index, service) in services.enumerated() {
            for port in service.spec.hostPorts ?? [] {
                checkSlots(port, of: service)
                for other in services[..<index] where other.spec.hostPorts?.contains(where: { $0.meets(port) }) == true
                {
                    report(port, of: service, "`\(other.spec.name)` has it already")
                }
            }
        }
    }

    /// The ports of slots are on the host's loopback.
    private func checkSlots(_ port: HostPort, of service: DecodedService) {
        for other in services {
            for (slot, first) in other.ports.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let last = min(65535, first + other.spec.replicas - 1)
                guard first <= last, (first...last).contains(port.port),
                    port.address == "127.0.0.1" || port.isEverywhere
                else { continue }
                report(port, of: service, "it is one of the \(slot) slot of `\(other.spec.name)`")
            }
        }
    }

    private func report(_ port: HostPort, of service: DecodedService, _ why: String) {
        let section = service.section
        let item = section.items("hostPorts").first { $0.scalar.flatMap { HostPort(parsing: $0.text) } == port }
        let message = "`\(service.spec.name)` wants port \(port) of the host, and \(why)"
        let advice = "Choose another port."
        guard let item else {
            section.reportConflict("ports", message, advice, code: .portOverlap)
            return
        }
        findings.add(.portOverlap, on: item, message, advice)
    }
}
