import ArgumentParser
import TealCore
import TealImport

/// `teal import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a project's file out of another tool's, and say what became of every key.",
        discussion: "Needs no daemon, and releases nothing. An existing file is never changed.",
        subcommands: [Pm2.self, Kamal.self, Procfile.self]
    )

    /// `teal import pm2`.
    struct Pm2: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pm2",
            abstract: "Read an ecosystem file of PM2.",
            discussion: """
                A script is run by node if it is there, in its own folder, without your variables and for at most 10 \
                seconds; otherwise it is read as data.
                """
        )

        @Argument(
            help: .init("The ecosystem file: .js, .cjs, .mjs, .json or .yml.", valueName: "file"),
            completion: .file()
        )
        var source: String
        @Flag(name: .customLong("no-node"), help: "Read a script as data, without running it.")
        var noNode = false
        @OptionGroup var target: ImportTarget
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            var options = target.options
            options.runsNode = !noNode
            try target.write(output.report, source: source) { () throws(ImportFailure) in
                try ForeignImport.pm2(source, options)
            }
        }
    }

    /// `teal import kamal`.
    struct Kamal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "kamal",
            abstract: "Read Kamal's deploy.yml and the destinations beside it.",
            discussion: "Ruby in it is not run, and no value of a secret is read."
        )

        @Argument(help: .init("The file, such as config/deploy.yml.", valueName: "file"), completion: .file())
        var source: String
        @OptionGroup var target: ImportTarget
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            try target.write(output.report, source: source) { () throws(ImportFailure) in
                try ForeignImport.kamal(source, target.options)
            }
        }
    }

    /// `teal import procfile`.
    struct Procfile: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "procfile",
            abstract: "Read a Procfile, and the app.json of Heroku or Dokku."
        )

        @Argument(help: .init("The Procfile.", valueName: "file"), completion: .file())
        var source: String
        @Argument(help: .init("The app.json; the one beside it without.", valueName: "app.json"), completion: .file())
        var app: String?
        @OptionGroup var target: ImportTarget
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            try target.write(output.report, source: source) { () throws(ImportFailure) in
                try ForeignImport.procfile(source, app: app, target.options)
            }
        }
    }
}

/// Where an import is written.
struct ImportTarget: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: .init("The file to write.", valueName: "path"),
        completion: .file()
    )
    var file: String = ProjectFile.usualName

    /// How the foreign file is read, with paths from the directory of what is written.
    var options: ForeignImport.Options {
        let slash = file.lastIndex(of: "/")
        let directory = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        return ForeignImport.Options(target: directory, variables: Console.current.environment)
    }

    /// Imports, writes the file, and reports.
    func write(
        _ report: Report,
        source: String,
        _ work: () throws(ImportFailure) -> ForeignImport
    ) throws(Problem) {
        // Nothing is run for a file that could not be written.
        try NewFile(path: file, command: "teal import").refuseExisting()
        let made: ForeignImport
        do {
            made = try work()
        } catch {
            throw error.problem
        }
        try NewFile(path: file, command: "teal import").write(made.text)
        let result = ImportResult(
            source: source,
            file: file,
            made: made,
            complaints: ProjectFile.complaints(path: file)
        )
        report.write(result) { ImportText(style: $0).lines(result) }
    }
}
