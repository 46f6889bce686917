import TealCore

/// Lays services over those that they extend.
struct Extending {
    /// The most services that extend one another in a row.
    static let chainMax = 100

    let loader: ComposeLoader
    let context: LoadContext
    /// The name of the file whose services these are.
    let file: String

    private var problems: ProblemList { loader.problems }

    /// One service of one file, with the place of its `extends`.
    private struct Link {
        let file: String
        let service: String
        let place: SourcePlace

        func isSame(as other: Link) -> Bool { file == other.file && service == other.service }
    }

    /// Where a service that is extended comes from.
    private struct Base {
        let services: ComposeMapping
        let file: String
        let resets: [PathPattern]
    }

    func applied(to root: ComposeMapping, resets: [PathPattern]) -> ComposeMapping {
        guard let node = root["services"] else { return root }
        guard let services = node.mapping else {
            // Laid over another file's services it would pass for nothing, and nobody writes it to mean that.
            if node.isNull {
                problems.add(
                    .value,
                    on: node,
                    NodePath(["services"]),
                    "`services` must be a mapping, and is nothing",
                    "Write a service below it, or remove the key."
                )
            }
            return root
        }
        var changed = ComposeMapping()
        for entry in services.entries {
            let base = Base(services: services, file: file, resets: resets)
            let value = extended(entry.key, in: base, chain: []) ?? entry.value
            changed.add(.init(key: entry.key, keyPlace: entry.keyPlace, value: value))
        }
        var root = root
        root["services"] = ComposeNode(.mapping(changed), at: node.place)
        return root
    }

    /// The service laid over what it extends; nil when it is no mapping, which its shape reports.
    private func extended(_ name: String, in base: Base, chain: [Link]) -> ComposeNode? {
        guard let node = base.services[name], var service = node.mapping else { return nil }
        guard let extends = service["extends"] else { return node }
        let path = NodePath(["services", name, "extends"])
        guard let target = extends.text ?? extends.mapping?["service"]?.text else { return node }
        let link = Link(file: base.file, service: name, place: extends.place)
        if let first = chain.firstIndex(where: link.isSame) {
            reportCycle(Array(chain[first...]))
            return nil
        }
        service["extends"] = nil
        guard chain.count < Self.chainMax else {
            problems.add(
                .limit,
                at: extends.place,
                path,
                "more than \(Self.chainMax) services extend one another in a row",
                "Move what they share into one service that all extend."
            )
            return nil
        }
        let alone = ComposeNode(.mapping(service), at: node.place)
        guard let parent = parent(of: extends, target: target, in: base, path) else { return alone }
        guard let below = extended(target, in: parent, chain: chain + [link]), let mapping = below.mapping else {
            return alone
        }
        let kept = Resets.applied(base.resets, to: mapping, NodePath(["services", name]))
        let merged = Merge(problems: problems).merged(
            ComposeNode(.mapping(kept), at: below.place),
            alone,
            NodePath(["services", name])
        )
        return ComposeNode(merged.content, at: node.place)
    }

    private func parent(
        of extends: ComposeNode,
        target: String,
        in base: Base,
        _ path: NodePath
    ) -> Base? {
        var parent = base
        if let file = extends.mapping?["file"] {
            guard let path = file.text, let other = read(path, at: file.place) else { return nil }
            parent = other
        }
        guard parent.services[target] == nil else { return parent }
        let place = parent.file == base.file ? "" : " in \(parent.file)"
        problems.add(
            .reference,
            at: extends.place,
            path,
            "there is no service `\(Phrase.short(target))`\(place) to extend",
            NearestWord.to(target, in: parent.services.keys).map { "Did you mean `\($0)`?" } ?? ""
        )
        return nil
    }

    /// The services of another file; nil with a problem when it cannot be read.
    private func read(_ name: String, at place: SourcePlace) -> Base? {
        guard !Including.isRemote(name) else {
            Including.reportRemote(name, at: place, problems)
            return nil
        }
        let path = PathText.absolute(name, from: context.directory)
        let source: ComposeSource
        do {
            source = ComposeSource(path: path, name: path, text: try LocalFile.text(path))
        } catch {
            problems.add(
                .unreadable,
                at: place,
                value: Phrase.short(name),
                "the file that is extended \(error.phrase)",
                "It is looked for at \(path)."
            )
            return nil
        }
        let directory = context.relativeDirectory(of: name)
        let (root, resets) = loader.read(source, over: ComposeMapping(), in: context, parts: [])
        let resolution = PathResolution(directory: directory, home: loader.home, problems: problems)
        let resolved = resolution.resolved(ComposeNode(.mapping(root), at: .start(of: path))).mapping
        guard let services = resolved?["services"]?.mapping else {
            problems.add(.missing, at: place, "\(path) has no `services` to extend")
            return nil
        }
        return Base(services: services, file: path, resets: resets)
    }

    /// Reports a circle, told from its first name on, so that it is one problem wherever it was entered.
    private func reportCycle(_ circle: [Link]) {
        func order(_ link: Link) -> (String, String) { (link.file == file ? "" : link.file, link.service) }
        guard let start = circle.indices.min(by: { order(circle[$0]) < order(circle[$1]) }) else { return }
        let links = circle[start...] + circle[..<start] + [circle[start]]
        let names = links.map { $0.file == file ? $0.service : "\($0.service) (\($0.file))" }
        problems.add(
            .cycle,
            at: circle[start].place,
            NodePath(["services", circle[start].service, "extends"]),
            "services extend each other in a circle: \(names.joined(separator: " → "))",
            "Move what they share into a service that extends none."
        )
    }
}
