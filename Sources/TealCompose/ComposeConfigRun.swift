package import TealCore

/// What `teal compose config` does: reads Compose files and prints what they come to.
package struct ComposeConfigRun {
    /// What is printed.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// The whole project in the form of the reference implementation's JSON.
        case json
    }

    /// What the run came to.
    package struct Outcome: Hashable, Sendable {
        /// For standard output, without a line end at the end; empty when there is nothing to print.
        package let output: String
        /// What is allowed and yet most likely not meant, for standard error.
        package let warnings: [ComposeWarning]
        /// Everything that is wrong; empty when the files are fine.
        package let problems: [Problem]
    }

    package let settings: ComposeSettings
    package let format: Format
    /// Whether only problems and warnings are wanted.
    package let isQuiet: Bool

    package init(settings: ComposeSettings, format: Format = .json, isQuiet: Bool = false) {
        self.settings = settings
        self.format = format
        self.isQuiet = isQuiet
    }

    package func outcome() -> Outcome {
        do {
            let answer = try ComposeFiles(settings).read()
            return Outcome(output: isQuiet ? "" : text(of: answer.project), warnings: answer.warnings, problems: [])
        } catch {
            return Outcome(output: "", warnings: [], problems: error.problems)
        }
    }

    /// The project as it can be read as a Compose file again, so that every dollar is doubled.
    private func text(of project: ComposeProject) -> String {
        switch format {
        case .json: project.json.pretty.replacing("$", with: "$$")
        }
    }
}
