import TealCompose
import TealCore

/// What stands under `x-teal` in Compose files, as the mappings that teal.yml would have.
struct ExtensionTree {
    static let name = "x-teal"

    let project: ComposeProject

    /// Whether anything is said under `x-teal` at all.
    var isThere: Bool {
        project.extensions[Self.name] != nil
            || (Array(project.services.values) + Array(project.disabledServices.values)).contains {
                $0.extensions[Self.name] != nil
            }
    }

    /// The mapping at the top; an empty one where there is none.
    func root(_ findings: Findings) -> ConfigurationNode {
        let path = [Self.name]
        guard let value = project.extensions[Self.name] else { return empty(Self.name, Place(project.places[[]])) }
        var root = node(value, path)
        guard let entries = root.entries else { return root }
        for (key, advice) in [
            ("compose", "Name further files with COMPOSE_FILE, or write a teal.yml that names all of them."),
            ("services", "Write `x-teal` at each service itself."),
        ] {
            guard let entry = entries.first(where: { $0.name == key }) else { continue }
            findings.add(
                .conflict,
                at: entry.value.keyPlace,
                key: entry.value.key,
                "`x-teal` stands in a Compose file, so it has no `\(key)`",
                advice
            )
        }
        root.content = .mapping(entries.filter { !["compose", "services"].contains($0.name) })
        return root
    }

    /// Where `x-teal` stands at the top; nil where it does not.
    var place: Place? { project.extensions[Self.name].map { _ in Place(project.places[Self.name]) } }

    /// The mapping of a service; an empty one, at the service's own place, where there is none.
    func service(_ name: String) -> ConfigurationNode {
        guard let value = project.services[name]?.extensions[Self.name] else {
            return empty("services.\(name)", Place(project.places["services", name]))
        }
        return node(value, ["services", name, Self.name])
    }

    private func empty(_ key: String, _ place: Place) -> ConfigurationNode {
        ConfigurationNode(key: key, keyPlace: place, place: place, content: .mapping([]))
    }

    private func node(_ value: JSONValue, _ path: [String]) -> ConfigurationNode {
        let place = Place(project.places[path])
        return ConfigurationNode(key: Self.key(path), keyPlace: place, place: place, content: content(value, path))
    }

    private func content(_ value: JSONValue, _ path: [String]) -> ConfigurationNode.Content {
        func scalar(_ text: String, isPlain: Bool) -> ConfigurationNode.Content {
            .scalar(ScalarText(raw: text, text: text, isPlain: isPlain, problem: nil))
        }
        switch value {
        case .null: return scalar("", isPlain: true)
        case .bool(let flag): return scalar(flag ? "true" : "false", isPlain: true)
        case .number(let text): return scalar(text, isPlain: true)
        case .string(let text): return scalar(text, isPlain: false)
        case .array(let items):
            return .sequence(items.enumerated().map { node($0.element, path + ["[\($0.offset)]"]) })
        case .object(let fields):
            let entries = fields.map { ConfigurationNode.Entry(name: $0.key, value: node($0.value, path + [$0.key])) }
            return .mapping(entries.sorted { ($0.value.keyPlace, $0.name) < ($1.value.keyPlace, $1.name) })
        }
    }

    /// `services.web.x-teal.smoke[0].path`.
    private static func key(_ path: [String]) -> String {
        path.reduce("") { text, part in text.isEmpty || part.hasPrefix("[") ? text + part : "\(text).\(part)" }
    }
}
