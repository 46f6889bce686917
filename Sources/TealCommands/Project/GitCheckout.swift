#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The commit that a directory is checked out at, read from git's own files (gitrepository-layout(5)).
enum GitCheckout {
    /// The most directories that are looked through upwards.
    private static let depthMax = 64

    /// The commit's hash, or nil where there is no checkout or it has no commit yet.
    static func commit(of directory: String) -> String? {
        var path = directory
        for _ in 0..<depthMax {
            if let git = gitDirectory(in: path) { return commit(gitDirectory: git) }
            guard let slash = path.lastIndex(of: "/") else { return nil }
            path = String(path[..<slash])
            if path.isEmpty { return nil }
        }
        return nil
    }

    /// `.git`, or where it points to in a worktree.
    private static func gitDirectory(in directory: String) -> String? {
        let path = directory + "/.git"
        if let text = line(of: path), text.hasPrefix("gitdir: ") {
            let target = String(text.dropFirst("gitdir: ".count))
            return target.hasPrefix("/") ? target : directory + "/" + target
        }
        return line(of: path + "/HEAD") == nil ? nil : path
    }

    private static func commit(gitDirectory: String) -> String? {
        guard let head = line(of: gitDirectory + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return hash(head) }
        let reference = String(head.dropFirst("ref: ".count))
        // A worktree keeps its branches in the repository that it belongs to.
        let common = line(of: gitDirectory + "/commondir").map { $0.hasPrefix("/") ? $0 : gitDirectory + "/" + $0 }
        for directory in [gitDirectory, common].compactMap({ $0 }) {
            if let found = line(of: directory + "/" + reference).flatMap(hash) { return found }
            let packed = contents(of: directory + "/packed-refs")?.split(separator: "\n") ?? []
            for entry in packed where entry.hasSuffix(" " + reference) {
                return hash(String(entry.prefix { $0 != " " }))
            }
        }
        return nil
    }

    private static func hash(_ text: String) -> String? {
        (text.count == 40 || text.count == 64) && text.allSatisfy(\.isHexDigit) ? text : nil
    }

    private static func line(of path: String) -> String? {
        contents(of: path)?.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init)
    }

    private static func contents(of path: String) -> String? {
        // A file that is not there means that the answer is elsewhere; the commit is only a note.
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count < 16 << 20 else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
