import Crypto
import Foundation
import TealAPI
import TealAdopt
import TealCore
import TealDriverKit
import TealEngine

/// What a person is shown of an adoption, before and after.
struct AdoptViews: Sendable {
    private let adoption: Adoption
    private let health: [ServiceKey: AdoptionHealth]
    private let isTrusted: Bool

    init(_ adoption: Adoption, _ health: [ServiceKey: AdoptionHealth], isTrusted: Bool) {
        self.adoption = adoption
        self.health = health
        self.isTrusted = isTrusted
    }

    /// Stands for what was found and decided, and for nothing that changes by itself.
    var mark: String {
        let lines = adoption.services.flatMap { service in
            service.slots.flatMap { slot in
                slot.containers.map { one in
                    "\(slot.release.id.qualified) \(slot.slot) \(slot.slot == service.active.slot) \(one.container.id) "
                        + "\(one.container.phase) \(one.endpoint.map { "\($0)" } ?? "-") \(slot.release.content.hash)"
                        + one.leaves.map { " \($0)" }.joined()
                }
            }
        }
        let bytes = Array((lines + adoption.already.map(\.qualified)).joined(separator: "\n").utf8)
        return SHA256.hash(data: bytes).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    func view(
        of request: AdoptRequest,
        problems: [Problem],
        applied: Bool,
        warnings: [String] = []
    ) -> AdoptView {
        let already = adoption.already.map { release in
            AdoptedServiceView(
                service: "\(release.service.service)",
                kind: "\(request.services.first { $0.name == release.service.service }?.kind.rawValue ?? "")",
                release: "\(release)",
                already: true,
                health: "looked after by Teal"
            )
        }
        return AdoptView(
            project: "\(request.project)",
            environment: "\(request.environment)",
            services: adoption.services.map { view($0, applied: applied) } + already,
            absent: adoption.absent.map { "\($0)" },
            problems: problems.map { ProblemBody($0) },
            mark: mark,
            applied: applied,
            warnings: warnings
        )
    }

    private func view(_ service: AdoptedService, applied: Bool) -> AdoptedServiceView {
        let asked = health[service.service]
        let isVouched = isTrusted && asked?.problem != nil
        let done = isTrusted ? "you vouch for it" : "passed when it was adopted"
        return AdoptedServiceView(
            service: "\(service.service.service)",
            kind: service.active.release.spec.kind.rawValue,
            release: "\(service.active.release.id)",
            already: false,
            evidence: service.evidence,
            health: applied ? done : (asked?.text ?? "") + (isVouched ? " (you vouch for it)" : ""),
            containers: service.slots.flatMap { slot in
                slot.containers.map { Self.container($0, slot, isActive: slot.slot == service.active.slot) }
            },
            changes: Self.changes(service),
            later: service.later,
            gaps: service.gaps,
            notes: service.notes
        )
    }

    private static func container(
        _ one: AdoptedSlot.Adopted,
        _ slot: AdoptedSlot,
        isActive: Bool
    ) -> AdoptedContainerView {
        let found = one.container
        let ports = found.ports.map { port in
            "\(Endpoint(address: port.hostAddress, port: port.hostPort ?? 0)) -> \(port.containerPort)/\(port.transport)"
        }
        return AdoptedContainerView(
            name: found.name,
            id: String(found.id.prefix(12)),
            release: "\(slot.release.id)",
            slot: "\(slot.slot)",
            isActive: isActive,
            state: state(found),
            image: found.image,
            digest: found.content.hash,
            address: one.endpoint.map { "\($0)" },
            ports: ports,
            networks: found.addresses.keys.sorted() + (found.written.network.mode.map { [$0] } ?? []),
            environment: found.environment.keys.sorted(),
            restartPolicy: found.restartPolicy
        )
    }

    private static func state(_ container: FoundContainer) -> String {
        switch container.phase {
        case .running: "running"
        case .restarting(let exit): "restarting, \(exit)"
        case .exited(let exit): "\(exit)"
        case .stopped: "created"
        case .foreign(let text): text
        }
    }

    /// What is done now: nothing is restarted, renamed or made anew.
    private static func changes(_ service: AdoptedService) -> [String] {
        var lines: [String] = []
        for slot in service.slots {
            let isActive = slot.slot == service.active.slot
            let names = slot.containers.map(\.container.name).joined(separator: ", ")
            lines.append("record \(names) as \(slot.release.id) in slot \(slot.slot)\(isActive ? ", active" : "")")
            let wanted: RestartPolicy = isActive ? .unlessStopped : .no
            for one in slot.containers where one.container.restartPolicy != wanted.rawValue {
                lines.append(
                    "restart policy of \(one.container.name): \(one.container.restartPolicy) -> \(wanted.rawValue)"
                )
            }
        }
        lines.append("tag its image, and keep its environment in the encrypted store")
        guard service.active.release.spec.takesTraffic else { return lines }
        let places = service.active.containers.compactMap(\.endpoint).map { "\($0)" }.joined(separator: ", ")
        lines.append(
            service.hasLine
                ? "nothing of the switch: its line leads to \(places) already, and it is not reloaded"
                : "lead its routes to \(places)"
        )
        return lines
    }
}
