/// Turns places of data into volumes.
struct KamalVolumes {
    /// The home directory of the user that Kamal reaches hosts as; what is relative begins there.
    let home: String
    /// Whether two releases run at the same time.
    let isShared: Bool

    /// A text `source:target[:options]`, or a mapping with `local` and `remote`; nil for what is neither.
    ///
    /// `below` is the directory that relative sources are in; without one they are names of volumes.
    func volume(
        _ value: ForeignValue,
        below directory: String?,
        readOnly: Bool = false
    ) -> (text: String, target: String)? {
        var source = value["local"]?.text ?? ""
        var target = value["remote"]?.text ?? ""
        var options = value["options"]?.text ?? ""
        if let text = value.text {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard (2...3).contains(parts.count) else { return nil }
            (source, target) = (parts[0], parts[1])
            options = parts.count == 3 ? parts[2] : ""
        }
        guard target.hasPrefix("/"), target != "/", isPlain(target), !source.isEmpty else { return nil }
        if !source.hasPrefix("/"), let directory { source = "\(home)/\(directory)/\(source)" }
        if source.hasPrefix("./") { source = "\(home)/\(source.dropFirst(2))" }
        if source.hasPrefix("~/") { source = "\(home)/\(source.dropFirst(2))" }
        guard source.hasPrefix("/") ? isPlain(source) : isName(source) else { return nil }
        let isReadOnly = readOnly || options.split(separator: ",").contains("ro")
        let mark = isReadOnly ? ":ro" : isShared ? ":shared" : ""
        return ("\(source):\(target)\(mark)", target)
    }

    private func isPlain(_ path: String) -> Bool {
        !path.contains(":") && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && !path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }

    private func isName(_ text: String) -> Bool {
        guard text.utf8.count > 1, let first = text.first, first.isASCII, first.isLetter || first.isNumber else {
            return false
        }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
    }
}
