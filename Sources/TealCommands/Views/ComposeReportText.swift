import TealCompose

/// What became of every key of Compose files, as it is written out.
struct ComposeReportResult: Hashable, Encodable {
    struct Key: Hashable, Encodable {
        let key: String
        let file: String
        /// 0 where it was written in no file.
        let line: Int
        /// `honoured`, `honoured differently` or `refused`.
        let verdict: String
        /// How, or why; nil where there is nothing to tell.
        let text: String?
    }

    let keys: [Key]
    /// What is allowed and may surprise.
    let warnings: [String]

    init(_ report: ComposeReport, _ warnings: [String]) {
        keys = report.entries.map { entry in
            Key(
                key: entry.key,
                file: entry.place.file,
                line: entry.place.line,
                verdict: entry.verdict.name,
                text: entry.verdict.text
            )
        }
        self.warnings = warnings
    }

    init(_ report: (ComposeReport, [String])) { self.init(report.0, report.1) }
}

/// The same in words.
struct ComposeReportText {
    let style: Style

    func lines(_ result: ComposeReportResult) -> [String] {
        var lines: [String] = []
        for verdict in ["honoured", "honoured differently", "refused"] {
            let keys = result.keys.filter { $0.verdict == verdict }
            guard !keys.isEmpty else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(style.bold("\(verdict) (\(keys.count))"))
            if verdict == "honoured" {
                var table = TextTable()
                for key in keys { table.add(key.key, place(key)) }
                lines += table.lines(indent: 2)
            } else {
                lines += keys.flatMap { ["  \($0.key)  \(place($0))", "    \($0.text ?? "")"] }
            }
        }
        if lines.isEmpty { lines.append("the Compose files have no key that a release could do something with") }
        if !result.warnings.isEmpty { lines.append("") }
        return lines + result.warnings.map { "\(style.yellow("warning:")) \($0)" }
    }

    private func place(_ key: ComposeReportResult.Key) -> String {
        style.dim(key.line > 0 ? "\(key.file):\(key.line)" : key.file)
    }
}
