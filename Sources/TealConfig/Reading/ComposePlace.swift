import TealCompose

/// Compose files that stand in the place of a configuration file.
struct ComposePlace {
    /// The files, absolute paths; empty for those that `COMPOSE_FILE` names.
    let files: [String]
    let directory: String
    /// What messages call them.
    let shown: String

    /// Nil when the file at `path` is read as what it is.
    ///
    /// - Parameters:
    ///   - path: Where the configuration file would be.
    ///   - variables: May name Compose files, as `COMPOSE_FILE`.
    init?(insteadOf path: String, _ variables: [String: String]) {
        directory = LocalFile.directory(of: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if Self.isCompose(name) {
            files = [LocalFile.absolute(path, from: LocalFile.workingDirectory)]
            shown = path
            return
        }
        guard name == ConfigurationFile.name, LocalFile.kind(path) == nil else { return nil }
        if let named = variables["COMPOSE_FILE"], !named.isEmpty {
            files = []
            shown = named
            return
        }
        let beside = directory
        func first(of names: [String]) -> String? { names.first { LocalFile.kind("\(beside)/\($0)") == .file } }
        guard let found = first(of: ComposeFiles.usualNames) else { return nil }
        files = [found, first(of: ComposeFiles.overrideNames)].compactMap { $0.map { "\(beside)/\($0)" } }
        shown = "\(path.dropLast(name.count))\(found)"
    }

    /// `compose.yml`, `docker-compose.yaml`, `docker-compose.prod.yml` and the like.
    private static func isCompose(_ name: String) -> Bool {
        ["compose.", "docker-compose."].contains { name.hasPrefix($0) }
            && [".yml", ".yaml"].contains { name.hasSuffix($0) }
    }

    /// Reads them; nil with findings.
    func read(_ findings: Findings, _ variables: [String: String]) -> ComposeFiles.Answer? {
        let settings = ComposeSettings(
            files: files,
            environment: variables,
            workingDirectory: files.isEmpty ? directory : nil
        )
        do {
            return try ComposeFiles(settings).read()
        } catch {
            for problem in error.findings { findings.add(problem) }
            return nil
        }
    }
}
