/// A `deploy.yml`, with what one of its destinations lays over it.
struct KamalFile {
    /// Merges as Kamal does: mappings key by key, everything else is replaced.
    static func merged(_ base: ForeignValue, _ over: ForeignValue) -> ForeignValue {
        guard case .object(let old) = base, case .object(let new) = over else { return over }
        var fields = old
        for field in new {
            if let index = fields.firstIndex(where: { $0.name == field.name }) {
                fields[index] = ForeignField(
                    name: field.name,
                    value: merged(fields[index].value, field.value),
                    line: field.line
                )
            } else {
                fields.append(field)
            }
        }
        return .object(fields)
    }

    /// Words of Ruby that decide about the lines below, or write something.
    private static let blockWords: Set<Substring> = [
        "begin", "case", "concat", "def", "do", "each", "else", "elsif", "end", "for", "if", "print", "puts", "unless",
        "until", "when", "while",
    ]

    /// Whether a line is Ruby that leaves nothing in the file and no line out of it, such as `<% require "dotenv" %>`.
    static func givesNothing(_ line: Substring) -> Bool {
        let line = line.reversed().drop { $0.isWhitespace }.reversed()
        let text = String(line)
        guard text.hasPrefix("<%"), !text.hasPrefix("<%="), text.hasSuffix("%>"), text.count > 4 else { return false }
        let code = text.dropFirst(2).dropLast(2)
        guard !code.contains("%>"), !code.contains("{"), !code.contains("}") else { return false }
        return code.split { !$0.isLetter && $0 != "_" }.allSatisfy { !blockWords.contains($0) }
    }

    /// The value with every text that Ruby would have to calculate taken out, each noted.
    static func withoutRuby(_ value: ForeignValue, path: String, notes: ImportNotes, file: String?) -> ForeignValue {
        switch value {
        case .object(let fields):
            return .object(
                fields.compactMap { field in
                    let path = path.isEmpty ? field.name : "\(path).\(field.name)"
                    guard field.value.text?.contains("<%") == true else {
                        let inner = withoutRuby(field.value, path: path, notes: notes, file: file)
                        return ForeignField(name: field.name, value: inner, line: field.line)
                    }
                    notes.add(
                        ImportEntry(
                            key: path,
                            file: file,
                            line: field.line,
                            fate: .dropped,
                            became: nil,
                            text: "Ruby (`<% … %>`) is not run",
                            next: "Write what it gives in its place, or `${NAME}` for a variable, and import again."
                        )
                    )
                    return nil
                }
            )
        case .list(let items):
            var kept: [ForeignValue] = []
            for (index, item) in items.enumerated() {
                if item.text?.contains("<%") == true {
                    notes.add(
                        ImportEntry(
                            key: "\(path)[\(index)]",
                            file: file,
                            line: nil,
                            fate: .dropped,
                            became: nil,
                            text: "Ruby (`<% … %>`) is not run",
                            next: "Write what it gives in its place, and import again."
                        )
                    )
                } else {
                    kept.append(withoutRuby(item, path: "\(path)[\(index)]", notes: notes, file: file))
                }
            }
            return .list(kept)
        default: return value
        }
    }

    /// The destinations beside a file, by name: `deploy.staging.yml` beside `deploy.yml`.
    static func destinations(beside path: String) -> [(name: String, path: String)] {
        let directory = ForeignFile.directory(of: path)
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        guard let dot = file.lastIndex(of: ".") else { return [] }
        let (stem, ending) = (file[..<dot], file[dot...])
        return ForeignFile.names(in: directory).compactMap { name in
            guard name != file, name.hasPrefix("\(stem)."), name.hasSuffix(ending) else { return nil }
            let inner = name.dropFirst(stem.count + 1).dropLast(ending.count)
            return inner.isEmpty || inner.contains(".") ? nil : (String(inner), "\(directory)/\(name)")
        }
    }
}
