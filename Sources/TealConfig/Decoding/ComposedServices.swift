import TealCompose
import TealCore

/// What Compose files say of services, once it is known what else is said of them.
struct ComposedServices {
    /// One service and its mapping, whatever it is of.
    struct Part {
        let name: ServiceName
        /// Its name in the Compose files; nil for one that stands by itself.
        let written: String?
        let section: Section
    }

    let surroundings: Surroundings
    let compose: ReadCompose?
    /// Whether Compose files could not be read, or are others: then any service may be one of theirs.
    let isOpen: Bool

    /// What the sections are laid over, by Teal's names; none for services that stand by themselves.
    ///
    /// What is wrong with the Compose services has findings, and stand-ins, so that later checks still see the rest.
    func bases(
        _ parts: [Part],
        _ notes: inout Notes
    ) -> (bases: [ServiceName: TranslatedService], translated: TranslatedProject?) {
        var bases: [ServiceName: TranslatedService] = [:]
        if isOpen {
            for part in parts {
                let mayBe = ["image", "artifact", "source"].allSatisfy { !part.section.has($0) }
                guard part.written != nil || mayBe else { continue }
                bases[part.name] = standIn(for: part, steering(of: part))
            }
            return (bases, nil)
        }
        guard let project = compose?.project else { return ([:], nil) }
        var translation = ComposeTranslation(project, files: .local)
        for part in parts {
            if let written = part.written { translation.steering[written] = steering(of: part) }
        }
        translation.isDevelopment = surroundings.isDevelopment
        translation.isMixed = parts.contains { $0.written == nil }
        do {
            let translated = try translation.translated()
            for service in translated.services { bases[service.spec.name] = service }
            notes.assumptions += translated.services.flatMap(\.assumed)
            notes.warnings += translated.warnings
            return (bases, translated)
        } catch {
            for problem in error.findings { tell(problem, parts) }
            for part in parts {
                guard let written = part.written, let steering = translation.steering[written] else { continue }
                bases[part.name] = standIn(for: part, steering)
            }
            return (bases, nil)
        }
    }

    private func steering(of part: Part) -> ServiceSteering {
        var peek = ServiceDecoding(name: part.name, section: part.section, surroundings: surroundings)
        peek.isOfCompose = true
        return peek.steering()
    }

    /// A service that nothing is wrong with, as far as is known.
    private func standIn(for part: Part, _ steering: ServiceSteering) -> TranslatedService {
        var spec = ServiceSpec(
            name: part.name,
            kind: steering.kind ?? (steering.takesTraffic ? .web : .worker),
            source: .image(steering.image ?? "unknown")
        )
        spec.port = steering.port
        spec.replicas = steering.replicas ?? 1
        // Labels may be where its routes are.
        spec.routes = steering.routes.isEmpty && spec.kind == .web ? [Route(hosts: ["\(part.name)"])] : steering.routes
        return TranslatedService(spec: spec, written: part.written ?? "\(part.name)")
    }

    /// Tells a problem at the line that it is about: one with what decides may stand in another file than the Compose file.
    private func tell(_ problem: ComposeProblem, _ parts: [Part]) {
        for part in parts {
            guard let written = part.written else { continue }
            let beginning = "services.\(written).x-teal."
            guard problem.key.hasPrefix(beginning),
                let node = part.section.node(String(problem.key.dropFirst(beginning.count)))
            else { continue }
            let code: ConfigurationProblem.Code =
                switch problem.code {
                case .missing: .missing
                case .value: .value
                default: .conflict
                }
            return surroundings.findings.add(code, on: node, problem.message, problem.suggestion)
        }
        surroundings.findings.add(problem)
    }
}
