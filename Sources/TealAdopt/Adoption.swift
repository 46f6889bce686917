package import TealCore
import TealDriverKit
package import TealEngine

/// Decides which containers that run already become whose, in which slot, and by what; changes nothing.
///
/// A value: what was found in, what would be recorded out, and everything that is in the way at once.
package struct Adoption: Hashable, Sendable {
    /// In the order in which they were wished for.
    package private(set) var services: [AdoptedService] = []
    /// Services that were adopted before, with the release that is active.
    package private(set) var already: [ReleaseID] = []
    /// Services that nothing was found of, and that nobody named.
    package private(set) var absent: [ServiceName] = []
    package private(set) var problems: [Problem] = []

    /// - Parameters:
    ///   - wishes: What is looked for.
    ///   - sight: What is there.
    ///   - request: Who asks, and for which project and environment.
    ///   - neighbours: The web services of the project.
    ///   - hash: SHA-256 of a resolved configuration, in hexadecimal.
    package init(
        _ wishes: [AdoptionWish],
        _ sight: AdoptionSight,
        _ request: Request,
        neighbours: [Neighbour],
        hash: (ServiceSpec) -> String
    ) {
        for wish in wishes {
            let key = ServiceKey(project: request.project, service: wish.spec.name)
            if let active = sight.state.services[key]?.active?.release {
                if sight.state.releases[active]?.adopted != nil {
                    already.append(active)
                } else {
                    problems.append(AdoptionProblem.active(key, active))
                }
                continue
            }
            var look = AdoptionLook(wish, key, sight, request)
            if look.isAbsent {
                absent.append(key.service)
                continue
            }
            let service = look.service(neighbours: neighbours, hash: hash)
            problems += look.problems
            if let service, look.problems.isEmpty { services.append(service) }
        }
        problems += Self.shared(services)
        if services.isEmpty, already.isEmpty, problems.isEmpty {
            problems.append(AdoptionProblem.nothing(request.project, absent))
        }
    }

    /// Containers that two services would have.
    private static func shared(_ services: [AdoptedService]) -> [Problem] {
        var owners: [String: ServiceKey] = [:]
        var found: [Problem] = []
        for service in services {
            for one in service.slots.flatMap(\.containers) {
                if let owner = owners.updateValue(service.service, forKey: one.container.id) {
                    found.append(AdoptionProblem.shared(one.container, owner, service.service))
                }
            }
        }
        return found
    }

    /// The secrets of a service that Teal's store may take from its container: those that the project names as such.
    package static func declaredSecrets(_ service: AdoptedService, of spec: ServiceSpec) -> [String: Secret] {
        let names = Set(spec.secrets.map(\.name))
        return service.active.environment.filter { names.contains($0.key) }
    }
}

extension ServiceSpec {
    /// The request by which its gate asks, with the name under which users ask; nil where it asks in another way.
    package var gateRequest: HTTPExpectation? {
        if case .http(let expectation) = health.check { expectation.addressed(to: self) } else { nil }
    }
}
