import ArgumentParser
import TealAPI
import TealCore

/// `teal validate`.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check the project's file, and name everything that is wrong at once.",
        discussion: "Needs no daemon."
    )

    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @Option(name: [.short, .long], help: .init("The environment.", valueName: "name"))
    var environment: EnvironmentName?
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let file = file
        let result = try ProjectFile(path: file, environment: environment).summary
        output.report.write(result) { style in
            let services = Words.count(result.services.count, "service")
            return [style.green("\(file) is fine") + ": \(result.project) (\(result.environment)), \(services)"]
                + result.assumed.map { "  assumed: \($0)" }
                + result.warnings.map { "  \(style.yellow("warning:")) \($0)" }
        }
    }
}

/// `teal completions`.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a script that completes commands in a shell.",
        discussion: """
            bash: teal completions bash > /etc/bash_completion.d/teal
            zsh:  teal completions zsh > "${fpath[1]}/_teal"
            fish: teal completions fish > ~/.config/fish/completions/teal.fish
            """
    )

    @Argument(help: .init("The shell.", valueName: "bash|zsh|fish"))
    var shell: Shell

    /// The shells that scripts are made for.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish

        var parserShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    func run() { Console.current.out(TealCommand.completionScript(for: shell.parserShell)) }
}
