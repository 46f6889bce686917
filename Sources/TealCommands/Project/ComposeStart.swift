import TealAPI
import TealCompose
import TealConfig
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `teal init --from` does: writes the file, and tells what was decided.
struct ComposeStart {
    /// The Compose files, as they were given.
    let files: [String]
    /// The file that is written.
    let target: String

    func run(project: ProjectName?, service: String?, host: String?) throws {
        let console = Console.current
        let answer: ComposeFiles.Answer
        do {
            answer = try ComposeFiles(ComposeSettings(files: files, environment: console.environment)).read()
        } catch {
            throw CommandFailure(error.problems.map { ProblemBody($0) }, exit: .refused)
        }
        let template = try ComposeTemplate(
            answer.project,
            files: files.map(seenFromTarget),
            project: project,
            service: service,
            host: host
        )
        try InitCommand.write(template.text, to: target)
        let style = console.outputStyle
        var lines = [
            "\(style.green("wrote \(target)")) for the project \(template.project), from \(files.joined(separator: ", "))"
        ]
        do {
            let spec = try ConfigurationFile.load(path: target, variables: console.environment)
            lines += StartText(style: style).lines(template, spec)
        } catch {
            lines += template.remarks.map { "  \(style.yellow("look:")) \($0)" }
            lines.append("`teal validate` has complaints:")
            lines += error.complaints.map { "  \($0)" }
            lines.append("  next: mend that, then `teal validate` and `teal plan`")
        }
        console.out(ControlText.escaped(lines.joined(separator: "\n"), keeping: style.isOn ? .colours : .nothing))
    }

    /// A path as the written file has to name it.
    private func seenFromTarget(_ file: String) -> String {
        let slash = target.lastIndex(of: "/")
        guard let slash else { return file }
        let directory = URL(filePath: String(target[...slash])).standardized.path
        let absolute = URL(filePath: file).standardized.path
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return absolute.hasPrefix(prefix) ? String(absolute.dropFirst(prefix.count)) : absolute
    }
}

/// What was decided for a first file, in words.
struct StartText {
    let style: Style

    func lines(_ template: ComposeTemplate, _ spec: ProjectSpec) -> [String] {
        var table = TextTable()
        for service in spec.services {
            table.add("\(service.name)", service.kind.rawValue, service.strategy.rawValue, why(service, template, spec))
        }
        var lines = table.lines(indent: 2)
        if template.web.isEmpty {
            lines.append(
                "  \(style.yellow("look:")) no service was taken for one that takes requests; `--service NAME` says which"
            )
        }
        lines += template.remarks.map { "  \(style.yellow("look:")) \($0)" }
        let refused = (spec.compose?.report.entries ?? []).filter { $0.verdict.name == "refused" }
        if !refused.isEmpty {
            lines.append(style.bold("not carried over (\(refused.count))"))
            lines += refused.map { "  \($0.key)  \(style.dim("\($0.place)"))\n    \($0.verdict.text ?? "")" }
        }
        lines += spec.warnings.map { "\(style.yellow("warning:")) \($0)" }
        lines.append(
            "  next: look through it, then `teal validate`, `teal compose report`, `teal plan` and `teal deploy`"
        )
        return lines
    }

    private func why(_ service: ServiceSpec, _ template: ComposeTemplate, _ spec: ProjectSpec) -> String {
        var reasons = template.web[service.name].map { [$0] } ?? []
        let prefix = "\(service.name): "
        reasons += spec.assumptions.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        return reasons.joined(separator: "; ")
    }
}
