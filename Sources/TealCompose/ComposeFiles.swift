import TealCore

/// Reads a person's Compose files into a project.
package struct ComposeFiles {
    /// The project, with what is allowed in it and yet most likely not meant.
    package struct Answer: Sendable {
        package let project: ComposeProject
        package let warnings: [ComposeWarning]
        /// Where the values of variables in the files come from, absolute paths.
        package let envFiles: [String]
    }

    package static let usualNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    package static let overrideNames = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    let settings: ComposeSettings
    let standardInput: () -> Result<String, ComposeInputFailure>
    private let problems = ProblemList()

    /// - Parameters:
    ///   - settings: Which files, and how.
    ///   - standardInput: The text for the file `-`; the process's own to its end when nothing is given.
    package init(
        _ settings: ComposeSettings,
        standardInput: @escaping () -> Result<String, ComposeInputFailure> = ComposeInputFailure.processInput
    ) {
        self.settings = settings
        self.standardInput = standardInput
    }

    /// The project.
    ///
    /// - Throws: Everything that is wrong with the files, as far as it can be seen at once.
    package func read() throws(ComposeProblems) -> Answer {
        var environment = settings.environment
        if environment["PWD"] == nil { environment["PWD"] = settings.workingDirectory }
        let (paths, directory, envFiles) = try discover(&environment)
        var sources: [ComposeSource] = []
        for path in paths {
            problems.begin(shown(path))
            sources.append(ComposeSource(path: path, name: shown(path), text: text(path)))
        }
        try problems.check()
        let name = try name(of: sources, directory: directory, environment: environment)
        environment["COMPOSE_PROJECT_NAME"] = name
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let context = LoadContext(pathDirectory: directory, directory: directory, environment: environment)
        let loader = ComposeLoader(problems: problems, home: home)
        let model = loader.model(of: sources, in: context)
        if model.isEmpty {
            if problems.isEmpty {
                problems.add(.missing, at: .start(of: sources[0].name), "the file is empty", "Begin with `services:`.")
            }
            try problems.check()
        }
        problems.beginStep()
        let profiles = profiles(environment)
        let normalized = Normalization(projectName: name, environment: environment).normalized(model)
        let reading = ProjectReading(problems: problems, environment: environment, profiles: profiles)
        let project = try reading.project(normalized, name: name, directory: directory, files: sources)
        return Answer(project: project, warnings: problems.warnings, envFiles: envFiles)
    }

    private func profiles(_ environment: [String: String]) -> [String] {
        guard settings.profiles.isEmpty else { return settings.profiles }
        return (environment["COMPOSE_PROFILES"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
    }

    /// A path as the person would write it: below the working directory without it.
    private func shown(_ path: String) -> String {
        let prefix =
            settings.workingDirectory.hasSuffix("/") ? settings.workingDirectory : settings.workingDirectory + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    private func text(_ path: String) -> String? {
        if path == "-" {
            switch standardInput() {
            case .success(let text): return text
            case .failure(let failure): reportUnreadable(path, failure.phrase)
            }
            return nil
        }
        do {
            return try LocalFile.text(path)
        } catch {
            reportUnreadable(path, error.phrase, error.advice)
            return nil
        }
    }

    private func reportUnreadable(_ path: String, _ fault: String, _ advice: String? = nil) {
        problems.add(
            .unreadable,
            at: SourcePlace(file: shown(path), line: 0, column: 0),
            "the Compose file \(fault)",
            advice ?? "Name another one with `-f`, or go to its directory."
        )
    }
}

extension ComposeFiles {
    /// Finds the files and the project's directory, and adds variables of env files to the surroundings.
    private func discover(
        _ environment: inout [String: String]
    ) throws(ComposeProblems) -> (paths: [String], directory: String, envFiles: [String]) {
        var files = settings.files.map(absolute)
        var envFiles = readEnvFiles(directory(of: files), &environment)
        if files.isEmpty, let list = environment["COMPOSE_FILE"] {
            let separator = environment["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
            files = list.split(separator: separator, omittingEmptySubsequences: false).map { absolute(String($0)) }
        }
        if files.isEmpty { files = usualFiles(directory(of: [])) }
        envFiles += readEnvFiles(directory(of: files), &environment)
        guard !files.isEmpty else {
            problems.add(
                .unreadable,
                at: .nowhere,
                "there is no Compose file in \(directory(of: [])) or above it",
                "Go to the project's directory, or name the file with `-f`."
            )
            try problems.check()
            return ([], "", [])
        }
        try problems.check()
        return (files, directory(of: files), envFiles)
    }

    private func absolute(_ path: String) -> String {
        path == "-" ? path : PathText.absolute(path, from: settings.workingDirectory)
    }

    private func directory(of files: [String]) -> String {
        if let directory = settings.projectDirectory, !directory.isEmpty { return absolute(directory) }
        return files.first { $0 != "-" }.map(PathText.directory) ?? settings.workingDirectory
    }

    /// Adds the variables of env files to the surroundings.
    ///
    /// - Returns: The files, absolute paths.
    private func readEnvFiles(_ directory: String, _ environment: inout [String: String]) -> [String] {
        var paths = settings.envFiles
        if paths.isEmpty {
            paths = (settings.environment["COMPOSE_ENV_FILES"] ?? "").split(separator: ",").map(String.init)
        }
        if paths.isEmpty {
            let usual = PathText.join(directory, ".env")
            let isDisabled = ["1", "t", "T", "true", "TRUE", "True"]
                .contains(settings.environment["COMPOSE_DISABLE_ENV_FILE"] ?? "")
            guard !isDisabled, LocalFile.exists(usual), !LocalFile.isDirectory(usual) else { return [] }
            paths = [usual]
        }
        var values: [String: String] = [:]
        let known = environment
        paths = paths.map(absolute)
        for path in paths {
            EnvFileReading(problems: problems)
                .read(path, into: &values, namedAt: SourcePlace(file: shown(path), line: 0, column: 0), NodePath()) {
                    known[$0]
                }
        }
        environment.merge(values) { own, _ in own }
        return paths
    }

    /// The first usual file in the directory or one above it, with its override.
    private func usualFiles(_ start: String) -> [String] {
        var directory = start
        while true {
            let found = Self.usualNames.map { PathText.join(directory, $0) }.filter(LocalFile.exists)
            if let first = found.first {
                if found.count > 1 {
                    problems.warn(at: .nowhere, "there are several Compose files; \(shown(first)) is read")
                }
                let overrides = Self.overrideNames.map { PathText.join(directory, $0) }.filter(LocalFile.exists)
                return [first] + overrides.prefix(1)
            }
            let parent = PathText.directory(directory)
            guard parent != directory, directory != "/" else { return [] }
            directory = parent
        }
    }

    private func name(
        of sources: [ComposeSource],
        directory: String,
        environment: [String: String]
    ) throws(ComposeProblems) -> String {
        if let given = settings.projectName.flatMap({ $0.isEmpty ? nil : $0 }) {
            return try checked(given, "--project-name")
        }
        if let given = environment["COMPOSE_PROJECT_NAME"], !given.isEmpty {
            return try checked(given, "COMPOSE_PROJECT_NAME")
        }
        var written: ComposeNode?
        // What is wrong with the files is found when they are read in full.
        for source in sources {
            var reading = YAMLReading(file: source.name, problems: ProblemList())
            for document in reading.documents(source.text ?? "") {
                guard let node = document.root.mapping?["name"], let text = node.scalarText, !text.isEmpty else {
                    continue
                }
                written = ComposeNode(text, at: node.place)
            }
        }
        guard let written else {
            let name = ProjectName.normalized(PathText.last(directory))
            if name.isEmpty { reportName(.nowhere, value: directory, "the directory's name gives the project no name") }
            try problems.check()
            return name
        }
        let filled = Interpolation(environment: environment, problems: problems).filled(written, NodePath(["name"]))
        let name = ProjectName.normalized(filled.text ?? "")
        if name.isEmpty, problems.isEmpty {
            reportName(written.place, value: written.text, "nothing is left of the project's name")
        }
        return name
    }

    private func checked(_ name: String, _ origin: String) throws(ComposeProblems) -> String {
        if ProjectName.normalized(name) != name {
            reportName(.nowhere, value: name, "\(origin) gives a name that projects cannot have")
        }
        try problems.check()
        return name
    }

    private func reportName(_ place: SourcePlace, value: String?, _ message: String) {
        let path = place == .nowhere ? NodePath() : NodePath(["name"])
        problems.add(
            .value,
            at: place,
            path,
            value: value.map(Phrase.short),
            message,
            "Use a-z, 0-9, `-` and `_`, with a letter or a digit first; `--project-name` gives one."
        )
    }
}
