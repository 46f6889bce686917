import Crypto
import TealAPI
import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An artifact as it is handed over: a tarball that a person made, or a directory as a tar stream.
///
/// A directory's stream is the same for the same content, whoever packs it and when.
struct ArtifactArchive: Sendable {
    /// The directory or tarball, as the person named it.
    let path: String
    let hash: ArtifactHash
    /// Of the whole stream.
    let lengthBytes: Int
    /// Entries of a directory; nil for a tarball, which is handed over as it is.
    private let entries: [ArchiveEntry]?

    /// An artifact that is no project's, with nothing left out but what always is.
    init(path: String) throws(Problem) {
        try self.init(path: ArtifactSource(path: path, rules: IgnoreRules(artifact: path)))
    }

    /// Reads everything once to hash it.
    ///
    /// - Throws: A ``Problem`` with the file that cannot be handed over.
    init(path source: ArtifactSource) throws(Problem) {
        let path = source.path
        self.path = path
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR:
            let entries = try DirectoryWalk(root: path, rules: source.rules).find().entries
            guard !entries.isEmpty else { throw Self.unreadable(path, "there is nothing in it to run") }
            self.entries = entries
            lengthBytes = entries.reduce(TarHeader.end.count) { sum, entry in
                sum + TarHeader.blocks(of: entry).count + entry.contentBytes
                    + TarHeader.padding(after: entry.contentBytes).count
            }
        case S_IFREG:
            entries = nil
            lengthBytes = Int(facts.st_size)
        default: throw Self.unreadable(path, "it is neither a directory nor a tarball")
        }
        guard lengthBytes <= APILimits.artifactBytesMax else {
            throw Self.unreadable(path, "it is larger than \(Words.bytes(APILimits.artifactBytesMax))")
        }
        var reader = ArchiveReader(path: path, entries: entries, lengthBytes: lengthBytes)
        var sum = SHA256()
        while let piece = try reader.next() { sum.update(data: piece) }
        let digits = Array("0123456789abcdef")
        let text = sum.finalize().reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        guard let hash = ArtifactHash(parsing: text) else { throw Self.unreadable(path, "it cannot be hashed") }
        self.hash = hash
    }

    /// The stream from its beginning, read as it is asked for.
    func pieces(_ progress: @escaping @Sendable (Int) -> Void = { _ in }) -> AsyncThrowingStream<[UInt8], any Error> {
        // A stream has one reader, which awaits each piece before it asks for the next.
        nonisolated(unsafe) var reader = ArchiveReader(path: path, entries: entries, lengthBytes: lengthBytes)
        return AsyncThrowingStream(unfolding: {
            let piece = try reader.next()
            progress(piece?.count ?? 0)
            return piece
        })
    }

    static func unreadable(_ path: String, _ why: String) -> Problem {
        problem(path, why, next: ["Build it, or change `artifact` in the project's file"])
    }

    static func problem(_ path: String, _ why: String, next: [String]) -> Problem {
        Problem("cli.artifact", "nothing has been changed: the artifact cannot be read: \(why)", at: [path], next: next)
    }
}
