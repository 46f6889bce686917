/// Makes relative paths begin at a directory.
struct PathResolution {
    /// Absolute, or relative to the directory of the file that includes this one.
    let directory: String
    /// The person's home directory; nil when it is not known.
    let home: String?
    let problems: ProblemList

    private enum Kind: Sendable { case context, mapped, path, watch, mount, driver }

    private static let kinds: PatternTable<Kind> = [
        "services.*.build.context": .context,
        "services.*.build.additional_contexts.*": .context,
        "services.*.build.ssh.*": .mapped,
        "services.*.env_file.*.path": .path,
        "services.*.label_file.*": .path,
        "services.*.extends.file": .path,
        "services.*.develop.watch.*.path": .watch,
        "services.*.volumes.*": .mount,
        "configs.*.file": .mapped,
        "secrets.*.file": .mapped,
        "volumes.*": .driver,
    ]

    func resolved(_ node: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        if let kind = Self.kinds[path] { return resolved(node, by: kind, path) }
        switch node.content {
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { resolved($0.value, path.key($0.key)) }
            return ComposeNode(.mapping(changed), at: node.place)
        case .list(let items):
            let changed = items.enumerated().map { resolved($0.element, path.item($0.offset)) }
            return ComposeNode(.list(changed), at: node.place)
        default: return node
        }
    }

    private func resolved(_ node: ComposeNode, by kind: Kind, _ path: NodePath) -> ComposeNode {
        func text(_ change: (String) -> String) -> ComposeNode {
            node.text.map { ComposeNode(change($0), at: node.place) } ?? node
        }
        switch kind {
        case .context: return text(context)
        case .mapped: return text(mapped)
        case .path: return text(self.path)
        case .watch: return text { LocalFile.withoutLink(self.path($0)) }
        case .mount: return mount(node, path)
        case .driver: return driver(node)
        }
    }

    /// A path of this machine; an empty one stays empty.
    func path(_ text: String) -> String {
        let text = expanded(text)
        return text.isEmpty || text.hasPrefix("/") ? text : PathText.join(directory, text)
    }

    /// A path that may be one of Windows.
    private func mapped(_ text: String) -> String {
        let text = expanded(text)
        return text.hasPrefix("/") || PathText.isWindowsAbsolute(text) ? text : PathText.join(directory, text)
    }

    private func context(_ text: String) -> String {
        let remote = ["https://", "http://", "git://", "ssh://", "github.com/", "git@", "service:"]
        if text.contains("://") || remote.contains(where: text.hasPrefix) { return text }
        return path(text)
    }

    private func expanded(_ text: String) -> String {
        guard text.hasPrefix("~"), let home else { return text }
        return PathText.join(home, String(text.dropFirst()))
    }

    private func mount(_ node: ComposeNode, _ path: NodePath) -> ComposeNode {
        guard var mapping = node.mapping, mapping["type"]?.text == "bind" else { return node }
        guard let source = mapping["source"], let text = source.text else {
            problems.add(
                .missing,
                at: node.place,
                path,
                "a mount of type bind needs a `source`",
                "Add `source:` with a path of the host."
            )
            return node
        }
        mapping["source"] = ComposeNode(mapped(text), at: source.place)
        return ComposeNode(.mapping(mapping), at: node.place)
    }

    /// A volume of the local driver that is a bind mount by another name.
    private func driver(_ node: ComposeNode) -> ComposeNode {
        guard var mapping = node.mapping, mapping["driver"]?.text == "local", let given = mapping["driver_opts"],
            var options = given.mapping, options["o"]?.text == "bind", let device = options["device"]
        else { return node }
        if let text = device.text { options["device"] = ComposeNode(mapped(text), at: device.place) }
        mapping["driver_opts"] = ComposeNode(.mapping(options), at: given.place)
        return ComposeNode(.mapping(mapping), at: node.place)
    }
}
