/// Command lines of other tools, which a shell runs, as commands of Teal, which none does.
enum CommandLine {
    /// Whether only a shell can make words of the line.
    static func needsShell(_ line: String) -> Bool {
        if line.contains(where: { "$`|;<>&*?~(){}\n#\\".contains($0) }) { return true }
        let quotes = line.count { $0 == "'" || $0 == "\"" }
        let first = line.prefix { $0 != " " }
        return quotes > 0 || first.contains("=") || line.allSatisfy { $0 == " " }
    }

    /// The command's words; for a line that needs one, a shell that becomes the program.
    static func draft(_ line: String) -> DraftValue {
        let trimmed = String(line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        guard needsShell(trimmed) else { return .texts(trimmed.split(separator: " ").map(String.init)) }
        return .texts(PM2Command.shell(trimmed))
    }
}
