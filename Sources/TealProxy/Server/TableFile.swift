import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The table in force, on disk, so that a proxy that starts again serves at once and alone.
///
/// The file is a mark of eight bytes, the length of the table and its FNV-1a hash (eight bytes each, most significant
/// first), then the table as it goes over the wire.
struct TableFile: Sendable {
    /// What was found at start.
    enum Found: Hashable {
        case table(RouteTable)
        case nothing
        /// The file cannot be read as a table; it was put aside as `table.bad`.
        case damaged(reason: String)
    }

    private static let mark = Array("TEALTBL1".utf8)
    /// The longest file, in bytes.
    private static let bytesMax = ControlFrame.bytesMax

    let directory: String
    private var path: String { directory + "/table" }

    // MARK: Reading

    /// Reads the table.
    ///
    /// A damaged file is put aside and said so, never half used.
    func load() -> Found {
        guard let bytes = read() else { return .nothing }
        do throws(WireError) {
            return .table(try Self.decode(bytes))
        } catch {
            // If putting aside fails, the next publish overwrites the file anyway.
            _ = rename(path, path + ".bad")
            return .damaged(reason: "\(error)")
        }
    }

    /// Reads a table from a file's bytes.
    static func decode(_ bytes: [UInt8]) throws(WireError) -> RouteTable {
        guard bytes.count >= 24, Array(bytes[..<8]) == mark else { throw .unfit("mark") }
        let length = number(bytes[8..<16])
        let hash = number(bytes[16..<24])
        let body = bytes[24...]
        guard length == UInt64(body.count) else { throw .truncated }
        guard hash == fnv1a(body) else { throw .unfit("hash") }
        let table = try RouteTable(wireBytes: Array(body))
        guard table.complaint() == nil else { throw .unfit("table") }
        return table
    }

    /// The bytes of a file for a table.
    static func encode(_ table: RouteTable) -> [UInt8] {
        let body = table.wireBytes
        return mark + bytes(UInt64(body.count)) + bytes(fnv1a(body[...])) + body
    }

    private func read() -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while all.count <= Self.bytesMax {
            let count = systemRead(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            all += buffer[..<count]
        }
        return all
    }

    private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer, count)
        #else
            Darwin.read(descriptor, buffer, count)
        #endif
    }

    // MARK: Writing

    /// Stores a table: written beside, synced, renamed, and the directory synced.
    ///
    /// Blocks; not for an event loop.
    ///
    /// - Throws: ``PublishRefusal/diskFull(path:)`` or ``PublishRefusal/notStored(_:)``; the file in place is then the
    ///   one before, unless only the last sync failed.
    func store(_ table: RouteTable) throws(PublishRefusal) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refusal("open", temporary, errno) }
        var problem: PublishRefusal?
        if let code = Self.writeAll(descriptor, Self.encode(table)) {
            problem = refusal("write", temporary, code)
        } else if fsync(descriptor) != 0 {
            problem = refusal("fsync", temporary, errno)
        }
        _ = close(descriptor)
        if problem == nil, rename(temporary, path) != 0 { problem = refusal("rename", temporary, errno) }
        if let problem {
            _ = unlink(temporary)
            throw problem
        }
        let directoryDescriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directoryDescriptor >= 0 else { throw refusal("open", directory, errno) }
        defer { _ = close(directoryDescriptor) }
        if fsync(directoryDescriptor) != 0 { throw refusal("fsync", directory, errno) }
    }

    private func refusal(_ call: String, _ object: String, _ code: Int32) -> PublishRefusal {
        code == ENOSPC || code == EDQUOT
            ? .diskFull(path: path) : .notStored("\(call) \(object): \(SystemError.text(code))")
    }

    /// Writes all bytes; answers with the system's error, nil when there was none.
    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count == 0 ? EIO : errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    private static func fnv1a(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }
}
