/// Lays one tree over another by the specification's rules (section 13, merge).
///
/// Mappings are merged key by key, lists are appended, single values are replaced; the keys of `rules` differ.
struct Merge {
    let problems: ProblemList

    private enum Rule: Sendable {
        case replace
        case append
        case hosts
        case build
        case dependsOn
        case names
        case logging
        case subnets
    }

    private static let rules: PatternTable<Rule> = [
        "networks.*.ipam.config": .subnets,
        "networks.*.labels": .append,
        "volumes.*.labels": .append,
        "services.*.annotations": .append,
        "services.*.build": .build,
        "services.*.build.args": .append,
        "services.*.build.additional_contexts": .append,
        "services.*.build.extra_hosts": .hosts,
        "services.*.build.labels": .append,
        "services.*.command": .replace,
        "services.*.depends_on": .dependsOn,
        "services.*.deploy.labels": .append,
        "services.*.dns": .append,
        "services.*.dns_opt": .append,
        "services.*.dns_search": .append,
        "services.*.entrypoint": .replace,
        "services.*.env_file": .append,
        "services.*.label_file": .append,
        "services.*.environment": .append,
        "services.*.extra_hosts": .hosts,
        "services.*.healthcheck.test": .replace,
        "services.*.labels": .append,
        "services.*.volumes.*.volume.labels": .append,
        "services.*.logging": .logging,
        "services.*.models": .names,
        "services.*.networks": .names,
        "services.*.sysctls": .append,
        "services.*.tmpfs": .append,
        "services.*.ulimits.*": .replace,
    ]

    /// `over` laid over `base`.
    func merged(_ base: ComposeNode, _ over: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        if let rule = Self.rules[path] { return merged(base, over, path, rule) }
        if over.isNull { return base }
        switch base.content {
        case .mapping(let one):
            guard let two = over.mapping else { return mismatch(base, over, path) }
            return ComposeNode(.mapping(merged(one, two, path)), at: over.place)
        case .list(let one):
            guard let two = over.list else { return mismatch(base, over, path) }
            return ComposeNode(.list(one + two), at: over.place)
        default: return over
        }
    }

    func merged(_ base: ComposeMapping, _ over: ComposeMapping, _ path: NodePath) -> ComposeMapping {
        var result = base
        for entry in over.entries {
            guard let value = base[entry.key] else {
                result.add(entry)
                continue
            }
            result[entry.key] = merged(value, entry.value, path.key(entry.key))
        }
        return result
    }

    private func merged(_ base: ComposeNode, _ over: ComposeNode, _ path: NodePath, _ rule: Rule) -> ComposeNode {
        switch rule {
        case .replace: return over
        case .append: return ComposeNode(.list(Self.sequence(base) + Self.sequence(over)), at: over.place)
        case .hosts:
            let known = Self.sequence(base)
            let added = Self.sequence(over).filter { item in !known.contains { $0.isSame(as: item) } }
            return ComposeNode(.list(known + added), at: over.place)
        case .build: return both(Self.build(base), Self.build(over), base, over, path)
        case .dependsOn:
            let value = ComposeMapping([
                ("condition", ComposeNode("service_started", at: over.place)),
                ("required", ComposeNode(.bool(true), at: over.place)),
            ])
            return both(
                Self.mapping(base, each: .mapping(value)),
                Self.mapping(over, each: .mapping(value)),
                base,
                over,
                path
            )
        case .names: return both(Self.mapping(base, each: .null), Self.mapping(over, each: .null), base, over, path)
        case .logging:
            guard let one = base.mapping, let two = over.mapping else { return mismatch(base, over, path) }
            guard let first = one["driver"], let second = two["driver"], !first.isSame(as: second) else {
                return ComposeNode(.mapping(merged(one, two, path)), at: over.place)
            }
            return over
        case .subnets: return subnets(base, over, path)
        }
    }

    private func both(
        _ one: ComposeMapping?,
        _ two: ComposeMapping?,
        _ base: ComposeNode,
        _ over: ComposeNode,
        _ path: NodePath
    ) -> ComposeNode {
        guard let one else { return two == nil ? base : over }
        guard let two else { return base }
        return ComposeNode(.mapping(merged(one, two, path)), at: over.place)
    }

    private func subnets(_ base: ComposeNode, _ over: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard let one = base.list, let two = over.list else { return mismatch(base, over, path) }
        var result: [ComposeNode] = []
        func subnet(_ node: ComposeNode) -> String? { node.mapping?["subnet"]?.scalarText }
        for original in one {
            for added in two {
                if subnet(original) != subnet(added), !result.contains(where: { subnet($0) == subnet(added) }) {
                    result.append(added)
                    continue
                }
                guard let left = original.mapping, let right = added.mapping else { continue }
                let node = ComposeNode(.mapping(merged(left, right, path)), at: added.place)
                if let index = result.firstIndex(where: { subnet($0) == subnet(node) }) {
                    result[index] = node
                } else {
                    result.append(node)
                }
            }
        }
        return ComposeNode(.list(result), at: over.place)
    }

    private func mismatch(_ base: ComposeNode, _ over: ComposeNode, _ path: NodePath) -> ComposeNode {
        problems.add(
            .merge,
            on: over,
            path,
            "`\(path)` is \(over.kindName) here and \(base.kindName) at \(base.place), and the two cannot be merged",
            "Write both in the same form, or put `!override` before this one."
        )
        return base
    }

    /// A mapping as `key=value` texts in the order of the keys, so that a list can be laid over it.
    static func sequence(_ node: ComposeNode) -> [ComposeNode] {
        switch node.content {
        case .list(let items): return items
        case .string: return [node]
        case .mapping(let mapping):
            var items: [ComposeNode] = []
            for entry in mapping.entries {
                switch entry.value.content {
                case .null: items.append(ComposeNode(entry.key, at: entry.keyPlace))
                case .list(let values):
                    for value in values {
                        items.append(ComposeNode("\(entry.key)=\(value.scalarText ?? "<nil>")", at: entry.keyPlace))
                    }
                default: items.append(ComposeNode("\(entry.key)=\(entry.value.scalarText ?? "")", at: entry.keyPlace))
                }
            }
            return items.sorted { Array(($0.text ?? "").utf8).lexicographicallyPrecedes(Array(($1.text ?? "").utf8)) }
        default: return []
        }
    }

    private static func build(_ node: ComposeNode) -> ComposeMapping? {
        if node.text != nil { return ComposeMapping([("context", node)]) }
        return node.mapping
    }

    private static func mapping(_ node: ComposeNode, each content: ComposeNode.Content) -> ComposeMapping? {
        if let mapping = node.mapping { return mapping }
        guard let list = node.list else { return nil }
        return ComposeMapping(list.compactMap { item in item.text.map { ($0, ComposeNode(content, at: item.place)) } })
    }
}
