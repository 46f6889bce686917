package import TealCore

/// Why a foreign file cannot be imported at all.
package enum ImportFailure: Error, Hashable, Sendable {
    case unreadable(path: String, reason: String)
    /// It is not written as such a file is; the line begins at 1.
    case syntax(path: String, line: Int, column: Int, String)
    /// It is a program, and nothing here may run it.
    case notData(path: String, line: Int, column: Int, String)
    /// Node ran it, and it did not come to an end that can be read.
    case evaluation(path: String, String)
    /// It can be read, but says nothing that a project could be made of.
    case empty(path: String, String, next: String)

    /// The same for every surface of Teal.
    package var problem: Problem {
        switch self {
        case .unreadable(let path, let reason):
            Problem(
                "import.unreadable",
                "nothing has been changed: \(path) \(reason)",
                next: ["Name the file to import"]
            )
        case .syntax(let path, let line, let column, let what):
            Problem(
                "import.syntax",
                "nothing has been changed: \(what)",
                at: ["\(path):\(line):\(column)"],
                next: ["Mend that line"]
            )
        case .notData(let path, let line, let column, let what):
            Problem(
                "import.not-data",
                "nothing has been changed: \(what), and code is not run here",
                at: ["\(path):\(line):\(column)"],
                next: [
                    "Install node and import the file again without `--no-node`",
                    "Or write it as JSON where it runs: `node -p 'JSON.stringify(require(\"./FILE\"))' > ecosystem.json`",
                ]
            )
        case .evaluation(let path, let what):
            Problem(
                "import.evaluation",
                "nothing has been changed: \(what)",
                at: [path],
                next: [
                    "See that `node \(path)` ends by itself, with the modules that it needs installed",
                    "Or read it without running it: `--no-node`",
                ]
            )
        case .empty(let path, let what, let next):
            Problem("import.empty", "nothing has been changed: \(what)", at: [path], next: [next])
        }
    }
}
