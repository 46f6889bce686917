import TealCore

/// Makes names of Teal's out of other tools' names.
enum Naming {
    /// The text with everything made fit that a name cannot have; `fallback` where nothing is left of it.
    static func name(_ text: String, fallback: String) -> String {
        let mapped = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let parts = String(mapped.drop { !$0.isLetter }).split(separator: "-").joined(separator: "-")
        // Cutting may leave a dash at the end.
        let cut = parts.prefix(ServiceName.bytesMax).split(separator: "-").joined(separator: "-")
        return cut.isEmpty ? fallback : cut
    }

    /// The name, with a number behind it where it is taken.
    static func free(_ name: String, among taken: some Collection<String>) -> String {
        guard taken.contains(name) else { return name }
        for number in 2... {
            let candidate = "\(name.prefix(ServiceName.bytesMax - 4))-\(number)"
            if !taken.contains(candidate) { return candidate }
        }
        return name
    }

    /// The name of a directory as that of a project.
    static func project(of directory: String) -> String {
        name(directory.split(separator: "/").last.map(String.init) ?? "", fallback: "project")
    }

    /// Whether Teal takes the text as a host name: labels of letters, digits and `-`.
    static func isHost(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }

    /// Whether Teal takes the text as a path prefix.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.count <= 1024
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#*\\".utf8.contains($0) }
            && !text.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." }
    }
}
