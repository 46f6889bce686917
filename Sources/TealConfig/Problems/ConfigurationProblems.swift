package import TealCompose
package import TealCore

/// Everything that is wrong with a configuration, at once; never empty.
package struct ConfigurationProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// The configuration file's path as it was given.
    package let file: String
    /// By file, then by line.
    package let findings: [ConfigurationProblem]
    /// What is wrong with the Compose files that it names, in their order.
    package let compose: [ComposeProblem]

    init(file: String, findings: [ConfigurationProblem], compose: [ComposeProblem] = []) {
        self.file = file
        self.compose = compose
        self.findings = findings.sorted {
            ($0.file == file ? "" : $0.file, $0.place, $0.key, $0.message)
                < ($1.file == file ? "" : $1.file, $1.place, $1.key, $1.message)
        }
    }

    /// One problem for each finding, in the same order, those of Compose files last.
    package var problems: [Problem] { findings.map(\.problem) + compose.map(\.problem) }

    /// A line each: where and what.
    package var complaints: [String] {
        findings.map { "\($0.location): \($0.message)" } + compose.map { "\($0.location): \($0.message)" }
    }

    /// `3 problems in teal.yml; nothing has been changed`.
    package var summary: String {
        let count = findings.count + compose.count
        var files = findings.isEmpty ? [] : [file]
        for name in compose.map(\.place.file) where !name.isEmpty && !files.contains(name) { files.append(name) }
        if files.isEmpty { files = [file] }
        return "\(count == 1 ? "1 problem" : "\(count) problems") in \(Phrase.all(files)); nothing has been changed"
    }

    /// All problems and the summary, for a terminal, without a line end at the end.
    package var description: String {
        (problems.map(\.description) + [summary]).joined(separator: "\n\n")
    }
}
