/// Works with paths as texts, without a look at the disk.
enum PathText {
    /// The shortest equal path: no `.`, no `//`, `..` taken back where it can be; `.` when nothing is left.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                if let last = parts.last, last != ".." {
                    parts.removeLast()
                    continue
                }
                if isAbsolute { continue }
            }
            parts.append(part)
        }
        let text = parts.joined(separator: "/")
        if isAbsolute { return "/" + text }
        return text.isEmpty ? "." : text
    }

    static func join(_ one: String, _ other: String) -> String {
        if one.isEmpty { return other.isEmpty ? "" : clean(other) }
        return clean(other.isEmpty ? one : "\(one)/\(other)")
    }

    /// Everything before the last part.
    static func directory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(String(path[...slash]))
    }

    static func last(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? (path.hasPrefix("/") ? "/" : ".")
    }

    static func absolute(_ path: String, from directory: String) -> String {
        path.hasPrefix("/") ? clean(path) : join(directory, path)
    }

    /// `path` as seen from `base`; nil when both are not of one kind.
    static func relative(_ path: String, to base: String) -> String? {
        let path = clean(path)
        let base = clean(base)
        if path == base { return "." }
        guard path.hasPrefix("/") == base.hasPrefix("/") else { return nil }
        var from = base == "." ? [] : base.split(separator: "/")
        var to = path.split(separator: "/")
        while let one = from.first, let two = to.first, one == two {
            from.removeFirst()
            to.removeFirst()
        }
        guard !from.contains("..") else { return nil }
        return (from.map { _ in ".." } + to).joined(separator: "/")
    }

    /// A Windows path with a drive or a share: `C:\data`, `\\host\share`.
    static func isWindowsAbsolute(_ path: String) -> Bool {
        if path.hasPrefix("\\\\") || path.hasPrefix("//") { return true }
        return path.wholeMatch(of: #/[A-Za-z]:[\\\/].*/#.dotMatchesNewlines()) != nil
    }
}
