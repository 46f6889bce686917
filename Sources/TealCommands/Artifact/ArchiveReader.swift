import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads an archive's stream piece by piece.
struct ArchiveReader {
    /// The largest piece, in bytes.
    static let pieceBytesMax = 256 << 10

    private enum State {
        /// The header of the entry comes next.
        case header(Int)
        /// Content of the entry comes next, `left` bytes of it.
        case content(Int, OpenFile, left: Int)
        /// The end of the archive comes next.
        case end
        /// A tarball's bytes come next.
        case tarball(OpenFile, left: Int)
        case done
    }

    private let path: String
    private let entries: [ArchiveEntry]
    private let lengthBytes: Int
    private var state: State?

    init(path: String, entries: [ArchiveEntry]?, lengthBytes: Int) {
        self.path = path
        self.entries = entries ?? []
        self.lengthBytes = lengthBytes
        state = entries == nil ? nil : .header(0)
    }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: A ``Problem`` when a file cannot be read, or is not as long as it was.
    mutating func next() throws(Problem) -> [UInt8]? {
        switch state {
        case nil:
            state = .tarball(try OpenFile(path, followsLinks: true), left: lengthBytes)
            return try next()
        case .header(let index) where index == entries.count:
            state = .end
            return try next()
        case .header(let index):
            let entry = entries[index]
            if entry.contentBytes > 0 {
                state = .content(
                    index,
                    try OpenFile("\(path)/\(entry.path)", followsLinks: false),
                    left: entry.contentBytes
                )
            } else {
                state = .header(index + 1)
            }
            return TarHeader.blocks(of: entry)
        case .content(let index, let file, let left):
            let piece = try file.read(upTo: min(left, Self.pieceBytesMax))
            guard left == piece.count else {
                state = .content(index, file, left: left - piece.count)
                return piece
            }
            try file.expectEnd()
            state = .header(index + 1)
            return piece + TarHeader.padding(after: entries[index].contentBytes)
        case .tarball(_, let left) where left == 0:
            state = .done
            return nil
        case .tarball(let file, let left):
            let piece = try file.read(upTo: min(left, Self.pieceBytesMax))
            state = .tarball(file, left: left - piece.count)
            return piece
        case .end:
            state = .done
            return TarHeader.end
        case .done: return nil
        }
    }
}

/// A file that is open for reading, closed when it is let go of.
final class OpenFile {
    private let path: String
    private let descriptor: Int32

    /// Opens a regular file.
    ///
    /// Nothing else is opened even if it has come there since it was looked at: neither a link that leads outside nor a
    /// pipe that nobody writes to.
    init(_ path: String, followsLinks: Bool) throws(Problem) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            throw ArtifactArchive.unreadable(path, errno == ELOOP ? Self.changed : String(cString: strerror(errno)))
        }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ArtifactArchive.unreadable(path, Self.changed)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next bytes, at least one.
    func read(upTo count: Int) throws(Problem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
        guard got >= 0 else { throw ArtifactArchive.unreadable(path, String(cString: strerror(errno))) }
        guard got > 0 else { throw changed }
        bytes.removeLast(count - got)
        return bytes
    }

    /// Checks that nothing follows.
    func expectEnd() throws(Problem) {
        var byte: UInt8 = 0
        guard systemRead(descriptor, &byte, 1) == 0 else { throw changed }
    }

    private static let changed = "it changed while it was read"
    private var changed: Problem { ArtifactArchive.unreadable(path, Self.changed) }

    private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.read(descriptor, bytes, count)
        #else
            Darwin.read(descriptor, bytes, count)
        #endif
    }
}
