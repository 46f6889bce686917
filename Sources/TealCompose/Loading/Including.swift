import TealCore

/// Adds the resources of files that a file includes.
struct Including {
    let loader: ComposeLoader
    let context: LoadContext

    private var problems: ProblemList { loader.problems }
    private static let kinds = ["services", "volumes", "networks", "secrets", "configs", "models"]

    func applied(to root: ComposeMapping) -> ComposeMapping {
        guard let node = root["include"], let list = node.list else { return root }
        var root = root
        for (index, item) in list.enumerated() {
            let path = NodePath(["include"]).item(index)
            guard let include = include(of: item, path), !include.paths.isEmpty else { continue }
            guard let model = read(include, at: item.place, path) else { continue }
            for kind in Self.kinds { add(kind, of: model, to: &root, at: item.place, path) }
        }
        root["include"] = nil
        return root
    }

    /// One entry of `include`.
    private struct Include {
        var paths: [String]
        var directory: String?
        var envFiles: [ComposeNode]
    }

    private func include(of node: ComposeNode, _ path: NodePath) -> Include? {
        if let text = node.text { return Include(paths: [text], directory: nil, envFiles: []) }
        let before = problems.problems.count
        let shape = Shape.fields(
            .init(["path": .textOrTexts, "env_file": .textOrTexts, "project_directory": .text], takesExtensions: false)
        )
        ShapeCheck(problems: problems).check(node, shape, path)
        guard problems.problems.count == before, let mapping = node.mapping else { return nil }
        func texts(_ key: String) -> [ComposeNode] { mapping[key].map { $0.list ?? [$0] } ?? [] }
        let directory = mapping["project_directory"]?.text
        return Include(
            paths: texts("path").compactMap(\.text),
            directory: directory?.isEmpty == true ? nil : directory,
            envFiles: texts("env_file")
        )
    }

    private func read(
        _ include: Include,
        at place: SourcePlace,
        _ path: NodePath
    ) -> ComposeMapping? {
        if let remote = include.paths.first(where: Self.isRemote) {
            Self.reportRemote(remote, at: place, problems)
            return nil
        }
        let paths = include.paths.map { PathText.absolute($0, from: context.directory) }
        guard !context.chain.contains(paths[0]) else {
            problems.add(
                .cycle,
                at: place,
                path,
                "files include each other in a circle: \((context.chain + [paths[0]]).joined(separator: " → "))",
                "Remove one of these `include`."
            )
            return nil
        }
        let directory: String
        let relative: String
        if let given = include.directory {
            directory = PathText.absolute(given, from: context.directory)
            relative = given.hasPrefix("/") ? given : context.relativeDirectory(of: given)
        } else {
            directory = PathText.directory(paths[0])
            relative = context.relativeDirectory(of: paths[0])
        }
        let inner = LoadContext(
            pathDirectory: relative,
            directory: directory,
            environment: environment(include, directory: directory, at: place, path),
            chain: context.chain
        )
        let missing = paths.filter { !LocalFile.exists($0) || LocalFile.isDirectory($0) }
        for path in missing {
            let fault = LocalFile.isDirectory(path) ? "is a directory" : "does not exist"
            problems.add(.unreadable, at: place, value: path, "the file that is included \(fault)", "Look at the path.")
        }
        guard missing.isEmpty else { return nil }
        return loader.model(of: paths.map { ComposeSource(path: $0, name: $0) }, in: inner)
    }

    /// The surroundings of the included files: those of this file, then `env_file`, or the `.env` beside them.
    private func environment(
        _ include: Include,
        directory: String,
        at place: SourcePlace,
        _ path: NodePath
    ) -> [String: String] {
        var values: [String: String] = [:]
        var files: [(path: String, place: SourcePlace)] = []
        if include.envFiles.isEmpty {
            let usual = PathText.join(directory, ".env")
            if LocalFile.exists(usual), !LocalFile.isDirectory(usual) { files.append((usual, place)) }
        } else {
            files = include.envFiles.compactMap { node in
                node.text.map { (PathText.absolute($0, from: context.directory), node.place) }
            }
        }
        let reading = EnvFileReading(problems: problems)
        for file in files {
            reading.read(file.path, into: &values, namedAt: file.place, path.key("env_file")) {
                context.environment[$0]
            }
        }
        return values.merging(context.environment) { $1 }
    }

    private func add(
        _ kind: String,
        of model: ComposeMapping,
        to root: inout ComposeMapping,
        at place: SourcePlace,
        _ path: NodePath
    ) {
        guard let node = model[kind], let added = node.mapping else { return }
        var known = root[kind]?.mapping ?? ComposeMapping()
        for entry in added.entries {
            if let other = known[entry.key] {
                guard !other.isSame(as: entry.value) else { continue }
                problems.add(
                    .conflict,
                    at: place,
                    path,
                    "`\(kind).\(entry.key)` of the included file (\(entry.keyPlace)) is also in \(other.place)",
                    "Rename one, or write the changes into a file of their own below `path` of this `include`."
                )
                continue
            }
            known.add(entry)
        }
        root[kind] = ComposeNode(.mapping(known), at: root[kind]?.place ?? node.place)
    }

    /// Whether a path names a repository or a registry.
    static func isRemote(_ path: String) -> Bool {
        ["oci://", "git://", "ssh://", "https://", "http://", "git@", "github.com/"].contains(where: path.hasPrefix)
    }

    static func reportRemote(_ path: String, at place: SourcePlace, _ problems: ProblemList) {
        problems.add(
            .remote,
            at: place,
            value: Phrase.short(path),
            "the Compose file is not on this machine",
            "Fetch it first, and name the local copy."
        )
    }
}
