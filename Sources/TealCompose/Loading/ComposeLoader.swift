/// Reads Compose files into one tree in which every form is the long one.
///
/// The order of the steps is that of the reference implementation, since each sees what those before it left: variables,
/// `extends`, `include`, merging, the shapes, the long forms; then for all files together defaults, checks and paths.
struct ComposeLoader {
    let problems: ProblemList
    /// The person's home directory, for paths that begin with `~`.
    let home: String?

    /// The parts of the reading that a file takes part in.
    struct Parts: OptionSet {
        let rawValue: Int
        static let extends = Parts(rawValue: 1)
        static let include = Parts(rawValue: 2)
        static let shapes = Parts(rawValue: 4)
        static let all: Parts = [.extends, .include, .shapes]
    }

    /// Several files as one tree.
    ///
    /// Goes on behind a mistake, so that later steps find what is wrong elsewhere; whoever calls asks `problems`.
    func model(of sources: [ComposeSource], in context: LoadContext) -> ComposeMapping {
        var root = ComposeMapping()
        for source in sources { root = read(source, over: root, in: context, parts: .all).root }
        problems.beginStep()
        let filled = Defaults.filled(ComposeNode(.mapping(root), at: .start(of: sources[0].name)))
        FileChecks(problems: problems).check(filled)
        let paths = PathResolution(directory: context.pathDirectory, home: home, problems: problems)
        let resolved = paths.resolved(filled).mapping ?? ComposeMapping()
        return EnvironmentValues(environment: context.environment).resolved(resolved)
    }

    /// One file laid over what earlier files said, with where its last document drops things.
    func read(
        _ source: ComposeSource,
        over base: ComposeMapping,
        in context: LoadContext,
        parts: Parts
    ) -> (root: ComposeMapping, resets: [PathPattern]) {
        problems.begin(source.name)
        var context = context
        context.chain.append(source.path)
        var reading = YAMLReading(file: source.name, problems: problems)
        guard let text = text(of: source) else { return (base, []) }
        var root = base
        var resets: [PathPattern] = []
        for document in reading.documents(text) {
            root = read(document, of: source, over: root, in: context, parts: parts)
            resets = document.resets
        }
        return (root, resets)
    }

    private func read(
        _ document: ComposeDocument,
        of source: ComposeSource,
        over base: ComposeMapping,
        in context: LoadContext,
        parts: Parts
    ) -> ComposeMapping {
        let interpolation = Interpolation(environment: context.environment, problems: problems)
        guard var own = interpolation.filled(document.root).mapping else {
            problems.add(
                .syntax,
                at: document.root.place,
                "the file must be a mapping, and is \(document.root.kindName)",
                "Begin with `services:`."
            )
            return base
        }
        if parts.contains(.extends) {
            let extending = Extending(loader: self, context: context, file: source.name)
            own = extending.applied(to: own, resets: document.resets)
        }
        var root = Resets.applied(document.resets, to: base)
        if parts.contains(.include) { own = Including(loader: self, context: context).applied(to: own) }
        root = Merge(problems: problems).merged(root, own, NodePath())
        var node = Unicity(problems: problems).enforced(ComposeNode(.mapping(root), at: document.root.place))
        if parts.contains(.shapes) {
            problems.beginStep()
            ShapeCheck(problems: problems).checkFile(node)
            problems.beginStep()
            if var mapping = node.mapping, let version = mapping.keyPlace(of: "version") {
                problems.warn(at: version, NodePath(["version"]), "`version` has no meaning any more; remove it")
                mapping["version"] = nil
                node.content = .mapping(mapping)
            }
        }
        node = Self.withoutEmptyServers(CanonicalForm(problems: problems).canonical(node))
        return Unicity(problems: problems).enforced(node).mapping ?? ComposeMapping()
    }

    private func text(of source: ComposeSource) -> String? {
        if let text = source.text { return text }
        do {
            return try LocalFile.text(source.path)
        } catch {
            problems.add(
                .unreadable,
                at: SourcePlace(file: source.name, line: 0, column: 0),
                "the Compose file \(error.phrase)",
                error.advice ?? "Name another one, or look at its path and its rights."
            )
            return nil
        }
    }

    /// Name servers that came out empty are as if they had not been written.
    private static func withoutEmptyServers(_ root: ComposeNode) -> ComposeNode {
        guard var mapping = root.mapping, let services = mapping["services"], let list = services.mapping else {
            return root
        }
        let changed = list.compactMapValues { entry in
            guard var service = entry.value.mapping, let dns = service["dns"], let servers = dns.list else {
                return entry.value
            }
            service["dns"] = ComposeNode(.list(servers.filter { !$0.isNull && $0.text != "" }), at: dns.place)
            return ComposeNode(.mapping(service), at: entry.value.place)
        }
        mapping["services"] = ComposeNode(.mapping(changed), at: services.place)
        return ComposeNode(.mapping(mapping), at: root.place)
    }
}
