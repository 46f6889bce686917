import TealImport

/// What an import tells.
struct ImportResult: Encodable {
    let source: String
    let file: String
    /// How the source was read.
    let read: String
    let keys: [ImportEntry]
    let warnings: [String]
    let assumed: [String]
    /// What `teal validate` says against the file; empty when it is fine.
    let complaints: [String]

    init(source: String, file: String, made: ForeignImport, complaints: [String]) {
        self.source = source
        self.file = file
        read = made.remark
        keys = made.report.entries
        warnings = made.report.warnings
        assumed = made.report.assumptions
        self.complaints = complaints
    }
}

/// The report of an import in words.
struct ImportText {
    let style: Style

    func lines(_ result: ImportResult) -> [String] {
        var lines = ["\(style.green("wrote \(result.file)")) from \(result.source) (\(result.read))"]
        for (fate, title) in [
            (Fate.carried, "carried over"), (.changed, "carried over differently"), (.dropped, "not carried over"),
        ] {
            let entries = result.keys.filter { $0.fate == fate }
            guard !entries.isEmpty else { continue }
            lines += ["", style.bold("\(title) (\(entries.count))")]
            if fate == .carried {
                var table = TextTable()
                for entry in entries { table.add(place(entry), entry.became ?? "") }
                lines += table.lines(indent: 2)
            } else {
                lines += entries.flatMap { told($0) }
            }
        }
        if !result.warnings.isEmpty { lines.append("") }
        lines += result.warnings.map { "\(style.yellow("warning:")) \($0)" }
        if !result.assumed.isEmpty { lines.append("") }
        lines += result.assumed.map { "assumed: \($0)" }
        lines.append("")
        if result.complaints.isEmpty {
            lines.append("next: look through \(result.file), then `teal validate` and `teal plan`")
        } else {
            lines.append(
                "`teal validate` has \(result.complaints.count == 1 ? "a complaint" : "\(result.complaints.count) complaints"):"
            )
            lines += result.complaints.map { "  \($0)" }
            lines.append("next: mend that in \(result.file), then `teal validate` and `teal plan`")
        }
        return lines
    }

    private func place(_ entry: ImportEntry) -> String {
        let file = entry.file.map { "\($0) " } ?? ""
        return file + entry.key + (entry.line.map { style.dim(" :\($0)") } ?? "")
    }

    private func told(_ entry: ImportEntry) -> [String] {
        let became = entry.became.map { " → \($0)" } ?? ""
        var lines = ["  \(place(entry))\(became)"]
        if !entry.text.isEmpty { lines.append("    \(entry.text)") }
        if !entry.next.isEmpty { lines.append("    next: \(entry.next)") }
        return lines
    }
}
