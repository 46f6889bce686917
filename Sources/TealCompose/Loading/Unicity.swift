/// Keeps the last of several list entries that stand for the same thing, such as two ports with one target.
struct Unicity {
    let problems: ProblemList

    private enum Identity: Sendable {
        case key
        case mount
        case device
        case file(String)
        case expose
        case port
        case envFile
    }

    private static let identities: PatternTable<Identity> = [
        "networks.*.labels": .key,
        "networks.*.ipam.options": .key,
        "services.*.annotations": .key,
        "services.*.build.args": .key,
        "services.*.build.additional_contexts": .key,
        "services.*.build.platform": .key,
        "services.*.build.tags": .key,
        "services.*.build.labels": .key,
        "services.*.cap_add": .key,
        "services.*.cap_drop": .key,
        "services.*.configs": .file(""),
        "services.*.deploy.labels": .key,
        "services.*.devices": .device,
        "services.*.dns": .key,
        "services.*.dns_opt": .key,
        "services.*.dns_search": .key,
        "services.*.environment": .key,
        "services.*.env_file": .envFile,
        "services.*.expose": .expose,
        "services.*.labels": .key,
        "services.*.links": .key,
        "services.*.networks.*.aliases": .key,
        "services.*.networks.*.link_local_ips": .key,
        "services.*.ports": .port,
        "services.*.profiles": .key,
        "services.*.secrets": .file("/run/secrets"),
        "services.*.sysctls": .key,
        "services.*.tmpfs": .key,
        "services.*.volumes": .mount,
    ]

    func enforced(_ node: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        switch node.content {
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { enforced($0.value, path.key($0.key)) }
            return ComposeNode(.mapping(changed), at: node.place)
        case .list(let items):
            guard let identity = Self.identities[path] else { return node }
            var result: [ComposeNode] = []
            var positions: [String: Int] = [:]
            for (index, item) in items.enumerated() {
                // An entry without an identity has been reported, here or by its shape.
                let name = self.identity(of: item, by: identity, path.item(index)) ?? "#\(index)"
                if let position = positions[name] {
                    result[position] = item
                } else {
                    positions[name] = result.count
                    result.append(item)
                }
            }
            return ComposeNode(.list(result), at: node.place)
        default: return node
        }
    }

    private func identity(of node: ComposeNode, by identity: Identity, _ path: NodePath) -> String? {
        switch identity {
        case .key: return node.text.map { String($0.prefix { $0 != "=" }) }
        case .mount:
            if let text = node.text { return (try? MountText(parsing: text))?.target }
            return target(of: node, path, "the mount names no `target`", "Add `target:` with a path in the container.")
        case .device:
            if let text = node.text {
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                return String(parts.count > 1 ? parts[1] : parts[0])
            }
            return target(of: node, path, "the device names no `target`", "Add `target:` with a path in the container.")
        case .file(let folder):
            if let text = node.text { return "\(folder)/\(text)" }
            guard let mapping = node.mapping else { return nil }
            return mapping["target"]?.text ?? "\(folder)/\(mapping["source"]?.text ?? "")"
        case .expose:
            if case .float = node.content {
                problems.add(.value, on: node, path, "a port must be a whole number")
                return nil
            }
            return node.scalarText
        case .port: return port(node, path)
        case .envFile: return node.text ?? node.mapping?["path"]?.text
        }
    }

    private func target(of node: ComposeNode, _ path: NodePath, _ message: String, _ advice: String) -> String? {
        guard let mapping = node.mapping else { return nil }
        guard let target = mapping["target"] else {
            problems.add(.missing, at: node.place, path, message, advice)
            return nil
        }
        return target.text
    }

    private func port(_ node: ComposeNode, _ path: NodePath) -> String? {
        switch node.content {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .float: return ""
        case .mapping(let mapping):
            guard let target = mapping["target"] else {
                problems.add(
                    .missing,
                    at: node.place,
                    path,
                    "the port names no `target`",
                    "Add `target:` with the port in the container."
                )
                return nil
            }
            let published = mapping["published"].map { "\($0.kindName) \($0.scalarText ?? "")" } ?? "none"
            let host = mapping["host_ip"]?.text ?? "0.0.0.0"
            let proto = mapping["protocol"]?.text ?? "tcp"
            return "\(host):\(published):\(target.scalarText ?? "")/\(proto)"
        default: return nil
        }
    }
}
