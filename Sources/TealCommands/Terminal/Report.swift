import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How results are written.
package enum OutputFormat: String, Hashable, Sendable, CaseIterable {
    /// For people.
    case text
    /// JSON, one value a line.
    case json

    /// The format that a command line asks for, for problems that end it before it was understood.
    static func asked(in arguments: [String]) -> Self {
        for (index, argument) in arguments.enumerated() {
            if argument == "--" { break }
            if argument == "--output=json" { return .json }
            if argument == "--output", arguments.dropFirst(index + 1).first == "json" { return .json }
        }
        return .text
    }
}

/// A result whose text is another program's own output, which a pipe gets as it was written.
protocol ForeignText {}

extension ExecAnswer: ForeignText {}

/// Writes a command's results and problems in the format that was asked for.
struct Report {
    let console: Console
    let format: OutputFormat

    init(console: Console = .current, format: OutputFormat) {
        self.console = console
        self.format = format
    }

    /// Writes a result: as JSON, or as the lines that a person reads.
    func write(_ value: some Encodable, _ lines: (Style) -> [String]) {
        switch format {
        case .json: json(value, to: .output)
        case .text:
            let style = console.outputStyle
            let text = lines(style).joined(separator: "\n")
            guard !text.isEmpty else { return }
            // What another program wrote goes on as it is, as far as the console lets it.
            let isForeign = value is any ForeignText
            console.out(isForeign ? text : ControlText.escaped(text, keeping: style.isOn ? .colours : .nothing))
        }
    }

    /// Writes problems, to the errors.
    func write(_ problems: [ProblemBody]) {
        for problem in problems {
            switch format {
            case .json: json(problem, to: .errors)
            case .text: console.error(Self.text(problem.problem, console.errorStyle))
            }
        }
    }

    /// Writes a remark for people, to the errors; left out of JSON.
    func remark(_ text: String) { if format == .text { console.error(text) } }

    /// Writes one line of JSON to the results.
    func line(_ value: some Encodable) { json(value, to: .output) }

    private func json(_ value: some Encodable, to stream: Console.Stream) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Values of the API are made of texts and finite numbers, which JSON always takes.
        guard let data = try? encoder.encode(value) else { return }
        let text = ControlText.escaped(String(decoding: data, as: UTF8.self))
        if stream == .output { console.out(text) } else { console.error(text) }
    }

    /// A problem as people see it: the word `error` in red, the rest as it is everywhere.
    static func text(_ problem: Problem, _ style: Style) -> String {
        let text = ControlText.escaped(problem.description)
        guard style.isOn, text.hasPrefix("error:") else { return text }
        return style.red(style.bold("error:")) + text.dropFirst("error:".count)
    }
}
