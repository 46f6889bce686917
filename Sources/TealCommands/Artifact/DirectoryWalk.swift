import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Everything below a directory, in the order of the bytes of the paths.
struct DirectoryWalk {
    /// The deepest directory below the root.
    static let depthMax = 100

    let root: String

    /// Directories come before what is in them; the root itself is left out.
    func entries() throws(Problem) -> [ArchiveEntry] {
        var found: [ArchiveEntry] = []
        try walk("", depth: 0, into: &found)
        return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func walk(_ relative: String, depth: Int, into found: inout [ArchiveEntry]) throws(Problem) {
        guard depth <= Self.depthMax else {
            throw ArtifactArchive.unreadable("\(root)/\(relative)", "it is more than \(Self.depthMax) directories deep")
        }
        let directory = relative.isEmpty ? root : "\(root)/\(relative)"
        for name in try names(in: directory) {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            let kind = try kind(of: "\(root)/\(path)")
            found.append(ArchiveEntry(path: path, kind: kind))
            guard found.count <= ArtifactArchive.entriesMax else {
                throw ArtifactArchive.unreadable(root, "it has more than \(ArtifactArchive.entriesMax) files")
            }
            if kind == .directory { try walk(path, depth: depth + 1, into: &found) }
        }
    }

    private func names(in directory: String) throws(Problem) -> [String] {
        guard let stream = opendir(directory) else {
            throw ArtifactArchive.unreadable(directory, String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func kind(of path: String) throws(Problem) -> ArchiveEntry.Kind {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw ArtifactArchive.unreadable(path, String(cString: strerror(errno))) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .file(bytes: Int(facts.st_size), isExecutable: facts.st_mode & 0o111 != 0)
        case S_IFLNK: return .link(target: try target(of: path))
        default: throw ArtifactArchive.unreadable(path, "it is a device, a pipe or a socket")
        }
    }

    private func target(of path: String) throws(Problem) -> String {
        let bytesMax = 4096
        var bytes = [CChar](repeating: 0, count: bytesMax)
        let count = readlink(path, &bytes, bytesMax)
        guard count >= 0 else { throw ArtifactArchive.unreadable(path, String(cString: strerror(errno))) }
        return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
