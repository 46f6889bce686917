package import TealCore

/// Everything that is wrong with a configuration, at once; never empty.
package struct ConfigurationProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// The configuration file's path as it was given.
    package let file: String
    /// By file, then by line.
    package let findings: [ConfigurationProblem]

    init(file: String, findings: [ConfigurationProblem]) {
        self.file = file
        self.findings = findings.sorted {
            ($0.file == file ? "" : $0.file, $0.place, $0.key, $0.message)
                < ($1.file == file ? "" : $1.file, $1.place, $1.key, $1.message)
        }
    }

    /// One problem for each finding, in the same order.
    package var problems: [Problem] { findings.map(\.problem) }

    /// `3 problems in teal.yml; nothing has been changed`.
    package var summary: String {
        "\(findings.count == 1 ? "1 problem" : "\(findings.count) problems") in \(file); nothing has been changed"
    }

    /// All problems and the summary, for a terminal, without a line end at the end.
    package var description: String {
        (problems.map(\.description) + [summary]).joined(separator: "\n\n")
    }
}
