import Foundation

/// Makes a `teal.yml` out of another tool's file, and says what became of every key of it.
package struct ForeignImport: Sendable {
    /// The text of the `teal.yml`.
    package let text: String
    /// How the file was read, a sentence.
    package let remark: String
    package let report: ImportReport

    /// How a file is read.
    package struct Options: Sendable {
        /// The absolute path of the directory that the `teal.yml` will be in; its paths begin there.
        package var target: String
        /// The process's variables; only `PATH`, `HOME`, `TMPDIR` and `LANG` are used.
        package var variables: [String: String]
        /// The cores of this machine.
        package var cores: Int
        /// Whether a file of JavaScript may be run.
        package var runsNode: Bool
        /// How long such a file may run.
        package var nodeLimit: Duration = .seconds(10)

        package init(
            target: String? = nil,
            variables: [String: String] = [:],
            cores: Int = ProcessInfo.processInfo.activeProcessorCount,
            runsNode: Bool = true
        ) {
            self.target = ForeignFile.absolute(target ?? ".", from: ForeignFile.workingDirectory)
            self.variables = variables
            self.cores = cores
            self.runsNode = runsNode
        }
    }

    /// Reads an ecosystem file of PM2: `.js`, `.cjs`, `.mjs`, `.json`, `.yml` or `.yaml`.
    package static func pm2(_ path: String, _ options: Options) throws(ImportFailure) -> ForeignImport {
        let absolute = ForeignFile.absolute(path, from: ForeignFile.workingDirectory)
        let notes = ImportNotes()
        let reading = PM2Reading(path: absolute, shown: path)
        let (root, remark, machine) = try reading.read(options, notes: notes)
        let surroundings = PM2App.Surroundings(
            directory: ForeignFile.directory(of: absolute),
            target: options.target,
            cores: options.cores,
            notes: notes,
            machine: machine
        )
        let draft = try PM2Import(path: path, surroundings: surroundings, remark: remark, root: root).draft()
        return ForeignImport(text: draft.render(), remark: remark, report: notes.report)
    }

    /// Reads Kamal's `deploy.yml`, the destinations beside it, and the names of secrets; never their values.
    package static func kamal(_ path: String, _ options: Options) throws(ImportFailure) -> ForeignImport {
        let absolute = ForeignFile.absolute(path, from: ForeignFile.workingDirectory)
        let notes = ImportNotes()
        let draft = try KamalImport(path: path, absolutePath: absolute, notes: notes).draft()
        return ForeignImport(text: draft.render(), remark: "read as YAML, Ruby left alone", report: notes.report)
    }

    /// Reads a Procfile, and an app.json: the one that is named, or the one beside it.
    package static func procfile(
        _ path: String,
        app: String? = nil,
        _ options: Options
    ) throws(ImportFailure) -> ForeignImport {
        let absolute = ForeignFile.absolute(path, from: ForeignFile.workingDirectory)
        let beside = "\(ForeignFile.directory(of: absolute))/app.json"
        let notes = ImportNotes()
        let draft = try ProcfileImport(
            path: path,
            absolutePath: absolute,
            appPath: app.map { ForeignFile.absolute($0, from: ForeignFile.workingDirectory) }
                ?? (ForeignFile.exists(beside) ? beside : nil),
            target: options.target,
            notes: notes
        ).draft()
        return ForeignImport(text: draft.render(), remark: "read line by line", report: notes.report)
    }
}
