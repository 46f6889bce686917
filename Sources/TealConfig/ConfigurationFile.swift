package import TealCore

/// Reads `teal.yml` into checked values, or into everything that is wrong with it.
package enum ConfigurationFile {
    /// The file's usual name.
    package static let name = "teal.yml"
    /// The file beside it whose variables are known to `${NAME}`, below those of the caller.
    package static let variablesName = ".env"
    /// The file of secrets that is used when none is named and it exists, from the file's directory.
    package static let secretsName = ".teal/secrets.env"

    /// Reads and checks the file at `path`, and the env files and artifacts that it names.
    ///
    /// - Parameters:
    ///   - path: Absolute, or from the process's working directory; messages repeat it as it is.
    ///   - environment: The environment whose values apply. Without one: the only one that the file declares, else
    ///     `production` if it is declared or none is, else the first; the choice is among the assumptions.
    ///   - variables: What `${NAME}` may stand for, usually the process's environment.
    /// - Returns: The project with the values of that environment.
    /// - Throws: All findings at once. The other environments are checked too, but not the files and variables that
    ///   only they need.
    package static func load(
        path: String,
        environment: EnvironmentName? = nil,
        variables: [String: String] = [:]
    ) throws(ConfigurationProblems) -> ProjectSpec {
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
            throw ConfigurationProblems(file: path, findings: findings.list)
        }
        let workingDirectory = LocalFile.absolute(".", from: LocalFile.workingDirectory)
        let absolute = LocalFile.absolute(path, from: workingDirectory)
        let directory = String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.startIndex)])
        return try read(text, directory: directory, environment: environment, variables: variables, findings: findings)
    }

    /// Reads and checks a text as if it were the file `file` in `directory`.
    package static func read(
        _ text: String,
        file: String = name,
        directory: String,
        environment: EnvironmentName? = nil,
        variables: [String: String] = [:]
    ) throws(ConfigurationProblems) -> ProjectSpec {
        try read(
            text,
            directory: directory,
            environment: environment,
            variables: variables,
            findings: Findings(file: file)
        )
    }

    private static func read(
        _ text: String,
        directory: String,
        environment: EnvironmentName?,
        variables: [String: String],
        findings: Findings
    ) throws(ConfigurationProblems) -> ProjectSpec {
        var values: [String: String] = [:]
        let variablesPath = LocalFile.absolute(variablesName, from: directory)
        if LocalFile.kind(variablesPath) != nil {
            for entry in EnvFile.entries(path: variablesPath, findings: findings) {
                values[entry.key] = entry.value.reveal()
            }
        }
        values.merge(variables) { _, given in given }
        var reading = YAMLReading(findings: findings, variables: VariableText(values: values))
        var spec: ProjectSpec?
        if let root = reading.read(text) {
            let surroundings = Surroundings(directory: directory, findings: findings)
            var decoding = ProjectDecoding(root: root, surroundings: surroundings, wanted: environment)
            spec = decoding.decode()
        }
        guard findings.list.isEmpty, let spec else {
            throw ConfigurationProblems(file: findings.file, findings: findings.list)
        }
        return spec
    }
}
