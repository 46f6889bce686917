import Yams

extension YAMLReading {
    /// Words what the parser refuses.
    func report(_ error: any Error, in text: String) {
        guard let error = error as? YamlError else {
            problems.add(.syntax, at: .start(of: file), "the file cannot be read as YAML: \(error)")
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // The parser's own limit, far above that of the reading.
            if problem.contains("nesting level") { return reportLimit() }
            let detail = context.map { ", \($0.text) in line \($0.mark.line)" } ?? ""
            problems.add(
                .syntax,
                at: SourcePlace(file: file, line: mark.line, column: mark.column),
                "the file is not YAML: \(problem)\(detail)",
                Self.advice(problem, line: Self.line(mark.line, of: text))
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            let start = SourcePlace(file: file, line: context.mark.line, column: context.mark.column)
            for name in duplicates.sorted() {
                problems.add(
                    .syntax,
                    at: second(name, in: text, mapping: start) ?? start,
                    NodePath([name]),
                    "the key `\(name)` is written twice in one mapping",
                    name == "<<" ? "Write `<<: [*first, *second]`." : "Keep one of the two."
                )
            }
        default: problems.add(.syntax, at: .start(of: file), "the file is not YAML: \(error)")
        }
    }

    /// What usually went wrong when the scanner reports `problem`.
    private static func advice(_ problem: String, line: Substring) -> String {
        if line.contains("\t") { return "Indent with spaces; YAML does not allow tabs." }
        if problem.contains("cannot start any token") || problem.contains("mapping values are not allowed") {
            return "Put the value in quotes, or check the indentation of this line and the one before."
        }
        if problem.contains("undefined alias") { return "Write the value out, or define it before with `&name`." }
        return "Check the indentation and the quotes of this line and the one before."
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }

    /// The place of the second `name:` of the block mapping that begins at `start`; nil when it is not in sight.
    private func second(_ name: String, in text: String, mapping start: SourcePlace) -> SourcePlace? {
        var found = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where index + 1 >= start.line {
            let before = line.prefix(start.column - 1)
            guard index + 1 == start.line || before.allSatisfy({ $0 == " " }) else { return nil }
            guard line.dropFirst(start.column - 1).hasPrefix(name + ":") else { continue }
            found += 1
            if found == 2 { return SourcePlace(file: file, line: index + 1, column: start.column) }
        }
        return nil
    }
}
