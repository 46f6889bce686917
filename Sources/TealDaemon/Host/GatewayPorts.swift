import Glibc
import TealCore
import TealEngine
import TealProcess
import TealProxySwitch

/// Whether the proxy can listen where services of a project are to be found inside its network.
///
/// Looked at before anything is changed: a table is always followed, and where another program has a place, callers inside
/// the network would reach that program by a service's name.
struct GatewayPorts: Sendable {
    /// Where every service is found beside its own port.
    static let common = 80
    /// Stands for a network that has not been made: an address that no host has (RFC 5737).
    private static let anyGateway = "192.0.2.1"

    /// Ports of the host that are taken over from who has them.
    var leaving: Set<Int> = []
    /// Where the proxy listens now; nil when it does not answer.
    let listeners: @Sendable () async -> ProxyListeners?
    /// Whether nobody is in the way of a listener at an address and port.
    var isFree: @Sendable (String, Int) -> Bool = Self.isFree
    /// Who listens at a port, for people.
    var holder: @Sendable (Int) -> String? = { PortHolder.name(of: $0) }

    /// What is wrong with the places of a rollout's services.
    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport {
        var report = PreflightReport()
        let members = rollout.members.filter { $0.spec.kind == .web && isInNetwork($0, rollout, state) }
        guard !members.isEmpty, let found = await listeners() else { return report }
        var warned: Set<ProjectName> = []
        for member in members {
            let project = member.service.project
            let gateway = state.gateway(of: project)
            func taken(_ port: Int) -> String? {
                isOwn(gateway, port, found) || isFree(gateway ?? Self.anyGateway, port)
                    ? nil : holder(port) ?? "another program"
            }
            if let port = member.spec.port, port != Self.common, !leaving.contains(port), let holder = taken(port) {
                let place = gateway.map { "\($0):\(port)" } ?? "port \(port)"
                let why =
                    "callers inside the network of \(project) would reach \(holder) instead of "
                    + "\(member.service.service) at \(place)"
                // What has been so before this release is no reason to keep it out, nor is a way back ever refused.
                if rollout.kind == .rollback || isNamed(gateway, port, found) {
                    report.warnings.append(why)
                } else {
                    report.problems.append(
                        Problem(
                            "preflight.listener-taken",
                            "nothing has been changed: \(why)",
                            next: [
                                "Let it listen at addresses of its own instead of all, or end it; or change `port` of "
                                    + "\(member.service.service) in teal.yml"
                            ]
                        )
                    )
                }
            }
            if !warned.contains(project), let holder = taken(Self.common) {
                warned.insert(project)
                report.warnings.append(
                    "inside the network of \(project) no service is found at port \(Self.common), which \(holder) has: "
                        + "callers name a service's own port"
                )
            }
        }
        return report
    }

    /// Whether a service is found by name inside a network: every one of a project that has containers.
    private func isInNetwork(_ member: Member, _ rollout: Rollout, _ state: HostState) -> Bool {
        let project = member.service.project
        return state.gateway(of: project) != nil
            || rollout.members.contains { $0.service.project == project && $0.new.content.isImage }
    }

    /// Whether the proxy's own listeners take the connections to a place.
    private func isOwn(_ gateway: String?, _ port: Int, _ found: ProxyListeners) -> Bool {
        if (found.public + found.internal).contains(where: { ["0.0.0.0:\(port)", "[::]:\(port)"].contains($0) }) {
            return true
        }
        return found.networks?.contains { $0.address == "\(gateway ?? ""):\(port)" && $0.problem == nil } ?? false
    }

    private func isNamed(_ gateway: String?, _ port: Int, _ found: ProxyListeners) -> Bool {
        found.networks?.contains { $0.address == "\(gateway ?? ""):\(port)" } ?? false
    }

    /// Binds the place without listening there, which is in nobody's way who sets `SO_REUSEADDR`, as servers do.
    private static func isFree(_ address: String, _ port: Int) -> Bool {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // What cannot be found out is said by the proxy itself.
        guard descriptor >= 0, inet_pton(AF_INET, address, &place.sin_addr) == 1 else { return true }
        defer { close(descriptor) }
        var yes: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, length) == 0,
            // The network may not be there yet.
            setsockopt(descriptor, CInt(IPPROTO_IP), IP_FREEBIND, &yes, length) == 0
        else { return true }
        let result = withUnsafePointer(to: place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 || errno != EADDRINUSE
    }
}
