package import TealCore

/// Everything that is wrong with a set of Compose files, at once; never empty.
package struct ComposeProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the order of the files, then of their lines.
    package let findings: [ComposeProblem]

    /// One problem for each finding, in the same order.
    package var problems: [Problem] { findings.map(\.problem) }

    /// All problems, for a terminal, without a line end at the end.
    package var description: String { problems.map(\.description).joined(separator: "\n\n") }
}
