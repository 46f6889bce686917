import TealCompose
package import TealCore

/// Reads `teal.yml` into checked values, or into everything that is wrong with it.
package enum ConfigurationFile {
    /// The file's usual name.
    package static let name = "teal.yml"
    /// The file beside it whose variables are known to `${NAME}`, below those of the caller.
    package static let variablesName = ".env"
    /// The file of secrets that is used when none is named and it exists, from the file's directory.
    package static let secretsName = ".teal/secrets.env"
    /// The same while services are worked on, which never get those of a release.
    package static let developmentSecretsName = ".teal/development.env"

    /// Reads and checks the file at `path`, and the env files, Compose files and artifacts that it names.
    ///
    /// A Compose file in the place of the configuration file, or beside one of the usual name that is not there, is read for
    /// its `x-teal`.
    ///
    /// - Parameters:
    ///   - path: Absolute, or from the process's working directory; messages repeat it as it is.
    ///   - environment: The environment whose values apply. Without one: the only one that the file declares, else
    ///     `production` if it is declared or none is, else the first; the choice is among the assumptions.
    ///   - variables: What `${NAME}` may stand for, usually the process's environment.
    ///   - images: Images for services, instead of those that the files name.
    ///   - development: How the services are worked on; nil for a release. The environment is then `development`, declared or
    ///     not.
    /// - Returns: The project with the values of that environment.
    /// - Throws: All findings at once. The other environments are checked too, but not the files and variables that
    ///   only they need.
    package static func load(
        path: String,
        environment: EnvironmentName? = nil,
        variables: [String: String] = [:],
        images: [ServiceName: String] = [:],
        development: Development? = nil
    ) throws(ConfigurationProblems) -> ProjectSpec {
        let variables = development?.adding(to: variables) ?? variables
        if let place = ComposePlace(insteadOf: path, variables) {
            let surroundings = Surroundings(
                directory: place.directory,
                findings: Findings(file: place.shown),
                variables: variables,
                images: images,
                development: development
            )
            return try read(place, surroundings, environment: environment)
        }
        let findings = Findings(file: path)
        let text: String
        do {
            text = try LocalFile.text(path, bytesMax: YAMLReading.bytesMax)
        } catch {
            let isMissing = if case .missing = error { true } else { false }
            findings.add(
                { if case .tooLarge = error { .limit } else { .unreadable } }(),
                at: .start,
                key: "",
                "\(path) \(error.phrase(bytesMax: YAMLReading.bytesMax))",
                isMissing ? "Write a first one with `teal init`, or name another with `--file`." : ""
            )
            throw findings.problems
        }
        let surroundings = Surroundings(
            directory: LocalFile.directory(of: path),
            findings: findings,
            variables: variables,
            images: images,
            development: development
        )
        return try read(text, surroundings, environment: environment)
    }

    /// Reads and checks a text as if it were the file `file` in `directory`.
    package static func read(
        _ text: String,
        file: String = name,
        directory: String,
        environment: EnvironmentName? = nil,
        variables: [String: String] = [:],
        images: [ServiceName: String] = [:],
        development: Development? = nil
    ) throws(ConfigurationProblems) -> ProjectSpec {
        let surroundings = Surroundings(
            directory: directory,
            findings: Findings(file: file),
            variables: development?.adding(to: variables) ?? variables,
            images: images,
            development: development
        )
        return try read(text, surroundings, environment: environment)
    }

    /// The name of the project whose Compose files stand in the place of the file at `path`; nil where none do, or where they
    /// cannot be read, since then they are as good as none.
    ///
    /// - Throws: What is wrong with the name.
    package static func composeProjectName(
        insteadOf path: String,
        variables: [String: String]
    ) throws(ConfigurationProblems) -> ProjectName? {
        guard let place = ComposePlace(insteadOf: path, variables) else { return nil }
        guard let project = place.read(Findings(file: place.shown), variables)?.project else { return nil }
        let tree = ExtensionTree(project: project)
        guard tree.isThere else { return nil }
        // What is wrong with the rest is told when it is released.
        let root = tree.root(Findings(file: place.shown))
        if let entry = root.entries?.first(where: { $0.name == "project" }) {
            let findings = Findings(file: place.shown)
            let alone = ConfigurationNode(
                key: root.key,
                keyPlace: root.keyPlace,
                place: root.place,
                content: .mapping([entry])
            )
            let name: ProjectName? = Section(alone, scope: .file, findings: findings)?.checkedName("project")
            guard let name else { throw findings.problems }
            return name
        }
        // What comes out of the advice is a name.
        return NameAdvice.name(from: project.name).flatMap { try? ProjectName(parsing: $0) }
    }

    /// Whether a project's services come from Compose files: its file says `compose`, or Compose files with `x-teal` stand in
    /// its place.
    ///
    /// What cannot be read names nothing here; whoever reads it says why.
    package static func namesCompose(path: String, variables: [String: String]) -> Bool {
        if let place = ComposePlace(insteadOf: path, variables) {
            guard let project = place.read(Findings(file: place.shown), variables)?.project else { return false }
            return ExtensionTree(project: project).isThere
        }
        guard let text = try? LocalFile.text(path, bytesMax: YAMLReading.bytesMax) else { return false }
        return namesCompose(text)
    }

    private static func namesCompose(_ text: String) -> Bool {
        var reading = YAMLReading(findings: Findings(file: name), variables: VariableText(values: [:]))
        return reading.read(text)?.entries?.contains { $0.name == "compose" } ?? false
    }

    /// The variables of the `.env` that a project shares with its Compose files, by the rules of Compose: a file that was good
    /// for them is good here.
    ///
    /// - Returns: The variables before the first line that is wrong, and that line.
    private static func composeVariables(
        _ path: String,
        _ surroundings: Surroundings
    ) -> (values: [String: String], failure: DotEnv.Failure?) {
        var values: [String: String] = [:]
        // Compose does without one that is a directory.
        guard LocalFile.kind(path) != .directory else { return (values, nil) }
        let text: String
        do {
            text = try LocalFile.text(path, bytesMax: EnvFile.bytesMax)
        } catch {
            let message = "the env file \(error.phrase(bytesMax: EnvFile.bytesMax))"
            return (values, DotEnv.Failure(line: 1, message: message, suggestion: "Name a readable file."))
        }
        do {
            try DotEnv.read(text, into: &values, lookup: { surroundings.variables[$0] })
            return (values, nil)
        } catch {
            return (values, error)
        }
    }

    private static func read(
        _ text: String,
        _ surroundings: Surroundings,
        environment: EnvironmentName?
    ) throws(ConfigurationProblems) -> ProjectSpec {
        let findings = surroundings.findings
        var values: [String: String] = [:]
        let variablesPath = LocalFile.absolute(variablesName, from: surroundings.directory)
        var failure: DotEnv.Failure?
        if LocalFile.kind(variablesPath) != nil {
            if namesCompose(text) {
                (values, failure) = composeVariables(variablesPath, surroundings)
            } else {
                for entry in EnvFile.entries(path: variablesPath, findings: findings) {
                    values[entry.key] = entry.value.reveal()
                }
            }
        }
        values.merge(surroundings.variables) { _, given in given }
        var reading = YAMLReading(findings: findings, variables: VariableText(values: values))
        var spec: ProjectSpec?
        if let root = reading.read(text) {
            var decoding = ProjectDecoding(root: root, surroundings: surroundings, wanted: environment)
            spec = decoding.decode()
        }
        // The Compose files mostly read the same file, and have said it then.
        if let failure,
            !findings.compose.contains(where: { $0.place.file == variablesPath && $0.place.line == failure.line })
        {
            let place = Place(line: failure.line, column: 1)
            findings.add(.envFile, at: place, key: "", failure.message, failure.suggestion, file: variablesPath)
        }
        guard findings.isEmpty, let spec else { throw findings.problems }
        return spec
    }

    /// A project whose Compose files say everything themselves.
    private static func read(
        _ place: ComposePlace,
        _ outer: Surroundings,
        environment: EnvironmentName?
    ) throws(ConfigurationProblems) -> ProjectSpec {
        let findings = outer.findings
        guard let answer = place.read(findings, outer.variables) else { throw findings.problems }
        let tree = ExtensionTree(project: answer.project)
        guard tree.isThere || outer.isDevelopment else {
            findings.add(
                .missing,
                at: .start,
                key: ExtensionTree.name,
                "there is no \(name), and \(place.shown) has no `x-teal` that says which service takes requests",
                """
                Write a \(name) with `teal init --from \(place.shown)`, or `x-teal: {host: shop.example.com}` at the service \
                that takes requests.
                """
            )
            throw findings.problems
        }
        let surroundings = Surroundings(
            directory: answer.project.directory,
            findings: findings,
            variables: outer.variables,
            images: outer.images,
            development: outer.development
        )
        surroundings.notePrivateFiles(of: answer)
        let notes = Notes(assumptions: [], warnings: surroundings.told(answer.warnings))
        var decoding = ProjectDecoding(
            root: tree.root(findings),
            surroundings: surroundings,
            wanted: environment,
            home: ReadCompose(answer.project),
            notes: notes
        )
        let spec = decoding.decode()
        guard findings.isEmpty, let spec else { throw findings.problems }
        return spec
    }
}
