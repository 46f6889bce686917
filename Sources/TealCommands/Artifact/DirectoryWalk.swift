import TealAPI
import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Everything below a directory that belongs to the artifact, in the order of the bytes of the paths.
struct DirectoryWalk {
    /// The deepest directory below the root.
    static let depthMax = 100
    /// The most entries of a directory.
    static let entriesMax = 200_000
    /// The longest path below the root, in bytes, the same as the daemon's.
    static let pathBytesMax = 4096

    /// What was found.
    struct Finding: Sendable {
        /// Directories come before what is in them; the root itself is left out.
        var entries: [ArchiveEntry] = []
        /// What was left out by itself as it may hold secrets, by path; directories with a slash.
        var leftOut: [String] = []
        /// What is packed although its name looks secret, by path.
        var suspicious: [String] = []
        fileprivate var bytes = 0
    }

    let root: String
    let rules: IgnoreRules

    /// Looks at everything, but opens no file.
    ///
    /// - Throws: A ``Problem`` with what cannot be part of an artifact.
    func find() throws(Problem) -> Finding {
        var finding = Finding()
        try walk("", depth: 0, into: &finding)
        finding.entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        finding.leftOut.sort()
        finding.suspicious.sort()
        return finding
    }

    private func walk(_ relative: String, depth: Int, into finding: inout Finding) throws(Problem) {
        guard depth <= Self.depthMax else {
            throw unfit(relative, "it is more than \(Self.depthMax) directories deep")
        }
        for name in try names(in: relative.isEmpty ? root : "\(root)/\(relative)") {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            var facts = stat()
            guard lstat("\(root)/\(path)", &facts) == 0 else {
                throw unfit(path, String(cString: strerror(errno)))
            }
            let isDirectory = facts.st_mode & S_IFMT == S_IFDIR
            switch rules.verdict(path, facts) {
            case .packed: break
            case .packedThoughSecret: finding.suspicious.append(path)
            case .leftOut: continue
            case .leftOutAsSecret:
                finding.leftOut.append(isDirectory ? path + "/" : path)
                continue
            }
            guard path.utf8.count <= Self.pathBytesMax else {
                throw unfit(path, "its path is longer than \(Self.pathBytesMax) bytes")
            }
            let kind = try kind(of: path, facts)
            finding.entries.append(ArchiveEntry(path: path, kind: kind))
            guard finding.entries.count <= Self.entriesMax else {
                throw unfit("", "it has more than \(Self.entriesMax) files and directories")
            }
            if case .file(let bytes, _) = kind {
                // Sparse files say any number, so each is looked at before it is added.
                guard bytes <= APILimits.artifactBytesMax else {
                    throw unfit(path, "it is larger than \(Words.bytes(APILimits.artifactBytesMax))")
                }
                finding.bytes += bytes
                guard finding.bytes <= APILimits.artifactBytesMax else {
                    throw unfit("", "its files are larger than \(Words.bytes(APILimits.artifactBytesMax)) together")
                }
            }
            if isDirectory { try walk(path, depth: depth + 1, into: &finding) }
        }
    }

    private func names(in directory: String) throws(Problem) -> [String] {
        guard let stream = opendir(directory) else {
            throw ArtifactArchive.unreadable(directory, String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(validating: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name else {
                throw unfit(directory, "it has a file whose name is not UTF-8 text", isWhole: true)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func kind(of path: String, _ facts: stat) throws(Problem) -> ArchiveEntry.Kind {
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .file(bytes: Int(facts.st_size), isExecutable: facts.st_mode & 0o111 != 0)
        case S_IFLNK:
            let target = try target(of: path)
            try checkLink(to: target, at: path)
            return .link(target: target)
        case S_IFIFO: throw unfit(path, "it is a pipe")
        case S_IFSOCK: throw unfit(path, "it is a socket")
        default: throw unfit(path, "it is a device")
        }
    }

    private func target(of path: String) throws(Problem) -> String {
        let bytesMax = 4096
        var bytes = [CChar](repeating: 0, count: bytesMax)
        let count = readlink("\(root)/\(path)", &bytes, bytesMax)
        guard count >= 0 else { throw unfit(path, String(cString: strerror(errno))) }
        guard let text = String(validating: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw unfit(path, "it is a link to a name that is not UTF-8 text")
        }
        return text
    }

    /// Refuses a link that the daemon would refuse: one that leads outside, or has `..` behind a name, which another
    /// link could bend outwards.
    private func checkLink(to target: String, at path: String) throws(Problem) {
        let slash = UInt8(ascii: "/")
        let parts = target.utf8.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "." }
        let ups = parts.prefix { $0 == ".." }.count
        let depth = path.utf8.split(separator: slash).count
        guard target.utf8.first != slash, ups < depth, !parts.dropFirst(ups).contains("..") else {
            throw unfit(path, "it is a link to '\(target)', which is outside of the artifact")
        }
    }

    private func unfit(_ path: String, _ why: String, isWhole: Bool = false) -> Problem {
        ArtifactArchive.problem(isWhole ? path : path.isEmpty ? root : "\(root)/\(path)", why, next: Self.next)
    }

    private static let next = [
        "Name in `\(IgnoreRules.fileName)` what does not belong to it, or build it into a directory of its own"
    ]
}
