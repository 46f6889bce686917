import TealCore

/// Brings every short form into its long one.
struct CanonicalForm {
    let problems: ProblemList

    private enum Change: Sendable {
        case fileMount, text, pairs, dependsOn, envFile, texts, extends, gpus, names, mount, device, ports, build, ssh
        case ulimit, external, include
    }

    private static let changes: PatternTable<Change> = [
        "services.*.build.secrets.*": .fileMount,
        "services.*.build.provenance": .text,
        "services.*.build.sbom": .text,
        "services.*.build.additional_contexts": .pairs,
        "services.*.depends_on": .dependsOn,
        "services.*.env_file": .envFile,
        "services.*.label_file": .texts,
        "services.*.extends": .extends,
        "services.*.gpus": .gpus,
        "services.*.networks": .names,
        "services.*.models": .names,
        "services.*.volumes.*": .mount,
        "services.*.dns": .texts,
        "services.*.devices.*": .device,
        "services.*.secrets.*": .fileMount,
        "services.*.configs.*": .fileMount,
        "services.*.ports": .ports,
        "services.*.build": .build,
        "services.*.build.ssh": .ssh,
        "services.*.ulimits.*": .ulimit,
        "services.*.build.ulimits.*": .ulimit,
        "services.*.develop.watch.*.ignore": .texts,
        "services.*.develop.watch.*.include": .texts,
        "volumes.*": .external,
        "networks.*": .external,
        "secrets.*": .external,
        "configs.*": .external,
        "include.*": .include,
    ]

    func canonical(_ node: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        guard let change = Self.changes[path] else { return deeper(node, path) }
        switch change {
        case .fileMount: return wrapped(node, as: "source")
        case .include: return wrapped(node, as: "path")
        case .extends: return wrapped(node, as: "service")
        case .build: return node.text == nil ? deeper(node, path) : wrapped(node, as: "context")
        case .text: return node.scalarText.map { ComposeNode($0, at: node.place) } ?? node
        case .texts: return node.text == nil ? node : ComposeNode(.list([node]), at: node.place)
        case .pairs: return pairs(node, path)
        case .dependsOn: return dependsOn(node)
        case .envFile: return envFile(node)
        case .gpus: return gpus(node)
        case .names:
            guard let list = node.list else { return node }
            let pairs = list.compactMap { item in item.text.map { ($0, ComposeNode(.null, at: item.place)) } }
            return ComposeNode(.mapping(ComposeMapping(pairs)), at: node.place)
        case .mount: return mount(node, path)
        case .device: return device(node, path)
        case .ports: return ports(node, path)
        case .ssh: return ssh(node, path)
        case .ulimit: return ulimit(node, path)
        case .external: return external(deeper(node, path), path)
        }
    }

    private func deeper(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        switch node.content {
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { canonical($0.value, path.key($0.key)) }
            return ComposeNode(.mapping(changed), at: node.place)
        case .list(let items):
            let changed = items.enumerated().map { canonical($0.element, path.item($0.offset)) }
            return ComposeNode(.list(changed), at: node.place)
        default: return node
        }
    }

    private func wrapped(_ node: ComposeNode, as key: String) -> ComposeNode {
        guard node.text != nil else { return node }
        return ComposeNode(.mapping(ComposeMapping([(key, node)])), at: node.place)
    }

    private func pairs(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let list = node.list else { return node }
        var mapping = ComposeMapping()
        for (index, item) in list.enumerated() {
            guard let text = item.text, let sign = text.firstIndex(of: "=") else {
                problems.add(.value, on: item, path.item(index), "the entry is no `NAME=VALUE`")
                continue
            }
            mapping[String(text[..<sign])] = ComposeNode(String(text[text.index(after: sign)...]), at: item.place)
        }
        return ComposeNode(.mapping(mapping), at: node.place)
    }

    private func dependsOn(_ node: ComposeNode) -> ComposeNode {
        let place = node.place
        switch node.content {
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { entry in
                guard var value = entry.value.mapping else { return entry.value }
                if value["condition"] == nil {
                    value["condition"] = ComposeNode("service_started", at: entry.value.place)
                }
                if value["required"] == nil { value["required"] = ComposeNode(.bool(true), at: entry.value.place) }
                return ComposeNode(.mapping(value), at: entry.value.place)
            }
            return ComposeNode(.mapping(changed), at: place)
        case .list(let items):
            let pairs = items.compactMap { item in
                item.text.map { name in
                    let value = ComposeMapping([
                        ("condition", ComposeNode("service_started", at: item.place)),
                        ("required", ComposeNode(.bool(true), at: item.place)),
                    ])
                    return (name, ComposeNode(.mapping(value), at: item.place))
                }
            }
            return ComposeNode(.mapping(ComposeMapping(pairs)), at: place)
        default: return node
        }
    }

    private func envFile(_ node: ComposeNode) -> ComposeNode {
        let items = node.list ?? [node]
        let changed = items.map { item in
            var mapping = item.mapping ?? ComposeMapping([("path", item)])
            if mapping["required"] == nil { mapping["required"] = ComposeNode(.bool(true), at: item.place) }
            return ComposeNode(.mapping(mapping), at: item.place)
        }
        return ComposeNode(.list(changed), at: node.place)
    }

    private func gpus(_ node: ComposeNode) -> ComposeNode {
        guard node.text != nil else { return node }
        let all = ComposeMapping([("count", ComposeNode("all", at: node.place))])
        return ComposeNode(.list([ComposeNode(.mapping(all), at: node.place)]), at: node.place)
    }

    private func mount(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let text = node.text else { return node }
        do {
            let mount = try MountText(parsing: text)
            for option in mount.unknownOptions {
                problems.warn(
                    at: node.place,
                    path,
                    "the mount's option `\(Phrase.short(option))` is unknown and has no effect"
                )
            }
            if text.dropFirst().first == ":", text.first?.isLetter == true, !text.dropFirst(2).hasPrefix("\\") {
                problems.warn(
                    at: node.place,
                    path,
                    "one letter before a colon is a drive of Windows, not a volume; give the volume a longer name"
                )
            }
            return ComposeNode(.mapping(mount.mapping(at: node.place)), at: node.place)
        } catch {
            let advice = "Write `SOURCE:TARGET` or `SOURCE:TARGET:ro`; an empty variable leaves such a gap."
            problems.add(.value, on: node, path, error.phrase, advice)
            return node
        }
    }

    private func device(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let text = node.text else { return node }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3 else {
            problems.add(
                .value,
                on: node,
                path,
                "the device has too many colons",
                "Write `SOURCE:TARGET:rwm`, or `source:`, `target:` and `permissions:`."
            )
            return node
        }
        let target = parts.count > 1 && !parts[1].isEmpty ? parts[1] : parts[0]
        let mapping = ComposeMapping([
            ("source", ComposeNode(parts[0], at: node.place)), ("target", ComposeNode(target, at: node.place)),
            ("permissions", ComposeNode(parts.count > 2 ? parts[2] : "rwm", at: node.place)),
        ])
        return ComposeNode(.mapping(mapping), at: node.place)
    }

    private func ports(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let list = node.list else { return node }
        var result: [ComposeNode] = []
        for (index, item) in list.enumerated() {
            switch item.content {
            case .string, .int:
                do {
                    let ports = try PortText.parse(item.scalarText ?? "")
                    result += ports.map { ComposeNode(.mapping($0.mapping(at: item.place)), at: item.place) }
                } catch {
                    problems.add(.value, on: item, path.item(index), error.message, error.suggestion)
                }
            case .mapping: result.append(item)
            default:
                // What is no number has been reported by its shape.
                if item.scalarText != nil {
                    problems.add(.value, on: item, path.item(index), "a port must be a whole number")
                }
            }
        }
        return ComposeNode(.list(result), at: node.place)
    }

    private func ssh(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let list = node.list else { return node }
        var mapping = ComposeMapping()
        for (index, item) in list.enumerated() {
            guard let text = item.text else { continue }
            if let sign = text.firstIndex(of: "=") {
                mapping[String(text[..<sign])] = ComposeNode(String(text[text.index(after: sign)...]), at: item.place)
            } else if text == "default" {
                mapping[text] = ComposeNode(.null, at: item.place)
            } else {
                problems.add(
                    .value,
                    on: item,
                    path.item(index),
                    "the SSH key has no path",
                    "Write `default`, or `ID=PATH` of a key or of an agent's socket."
                )
            }
        }
        return ComposeNode(.mapping(mapping), at: node.place)
    }

    private func ulimit(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        switch node.content {
        case .mapping, .int: return node
        default:
            problems.add(.value, on: node, path, "the limit must be a whole number", "Remove the quotes.")
            return node
        }
    }

    private func external(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard var mapping = node.mapping, let external = mapping["external"], let old = external.mapping else {
            return node
        }
        mapping["external"] = ComposeNode(.bool(true), at: external.place)
        if let name = old["name"] {
            problems.warn(at: name.place, path, "`external.name` is old; write `name` beside `external: true`")
            if let other = mapping["name"], !other.isSame(as: name) {
                problems.add(.conflict, on: name, path, "`name` and `external.name` differ", "Write only `name`.")
            }
            if mapping["name"] == nil { mapping["name"] = name }
        }
        return ComposeNode(.mapping(mapping), at: node.place)
    }
}
