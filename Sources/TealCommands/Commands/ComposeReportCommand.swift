import ArgumentParser
import TealAPI
import TealCompose
import TealConfig
import TealCore

/// `teal compose report`.
struct ComposeReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Say of every key of Compose files what a release of them does with it.",
        discussion: """
            Needs no daemon. Without `-f` it tells of the Compose files of the project, with what its file says of them; \
            without a project of the files that Docker Compose would read. Ends with 1 when something cannot be released as \
            it is written.
            """
    )

    @OptionGroup var compose: ComposeOptions
    @Option(
        help: .init("The project's file, where no Compose file is named.", valueName: "path"),
        completion: .file(extensions: ["yml", "yaml"])
    )
    var projectFile: String = ProjectFile.usualName
    @Option(name: [.short, .long], help: .init("The project's environment.", valueName: "name"))
    var environment: EnvironmentName?
    @OptionGroup var output: OutputOptions

    func run() throws {
        if compose.file.isEmpty, let report = try projectReport() { return write(ComposeReportResult(report)) }
        let answer: ComposeFiles.Answer
        do {
            answer = try ComposeFiles(compose.settings).read()
        } catch {
            throw CommandFailure(error.problems.map { ProblemBody($0) }, exit: .refused)
        }
        let (translated, problems) = ComposeTranslation(answer.project, files: .local).outcome()
        write(ComposeReportResult(translated.report, answer.warnings.map(\.description) + translated.warnings))
        if let problems { throw CommandFailure(problems.problems.map { ProblemBody($0) }, exit: .refused) }
    }

    /// The report of a project that names Compose files; nil where there is none.
    private func projectReport() throws -> (ComposeReport, [String])? {
        guard ProjectFile.namesCompose(path: projectFile) else { return nil }
        let project = try ProjectFile(path: projectFile, environment: environment)
        return project.composeReport.map { ($0, project.warnings) }
    }

    private func write(_ result: ComposeReportResult) {
        output.report.write(result) { ComposeReportText(style: $0).lines(result) }
    }
}
