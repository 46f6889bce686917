import TealCore
import TealDriverKit
import TealEngine

/// Which containers are a service's.
struct AdoptionFinding: Sendable {
    enum Found: Hashable, Sendable {
        case nothing(names: [String])
        /// Two of which one is active, by the ends of their names.
        case pair(blue: FoundContainer?, green: FoundContainer?)
        /// Those of one service of Compose by their numbers, or the one of that name.
        case all([FoundContainer])
    }

    let found: Found

    init(_ wish: AdoptionWish, project: ProjectName, _ containers: [FoundContainer]) {
        let named = Dictionary(containers.map { ($0.name, $0) }) { first, _ in first }
        let spec = wish.spec
        if let name = wish.container {
            if let pair = Self.pair(name, named) {
                found = pair
            } else if let one = named[name] {
                found = Self.alone(one)
            } else {
                found = .nothing(names: [name, "\(name)-blue", "\(name)-green"])
            }
            return
        }
        let composeProject = spec.written?.project ?? "\(project)"
        let composeService = spec.written?.service ?? "\(spec.name)"
        let composed = containers.filter { one in
            guard let compose = one.compose else { return false }
            return compose.project == composeProject && compose.service == composeService
        }
        if !composed.isEmpty {
            found = .all(composed.sorted { ($0.compose?.number ?? 0, $0.name) < ($1.compose?.number ?? 0, $1.name) })
            return
        }
        let bases = ["\(spec.name)", "\(project)-\(spec.name)"]
        for base in bases {
            if let pair = Self.pair(base, named) {
                found = pair
                return
            }
        }
        for base in bases {
            if let one = named[base] {
                found = .all([one])
                return
            }
        }
        found = .nothing(
            names: bases.flatMap { ["\($0)-blue", "\($0)-green"] } + bases
                + ["a container of the service \(composeService) of the Compose project \(composeProject)"]
        )
    }

    private static func pair(_ base: String, _ named: [String: FoundContainer]) -> Found? {
        let (blue, green) = (named["\(base)-blue"], named["\(base)-green"])
        return blue == nil && green == nil ? nil : .pair(blue: blue, green: green)
    }

    /// One that was named whole keeps the slot that its name says.
    private static func alone(_ one: FoundContainer) -> Found {
        if one.name.hasSuffix("-green") { return .pair(blue: nil, green: one) }
        if one.name.hasSuffix("-blue") { return .pair(blue: one, green: nil) }
        return .all([one])
    }
}
