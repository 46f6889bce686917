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
/// The file is a mark of eight bytes, the length of what follows and its FNV-1a hash (eight bytes each, most significant
/// first), then the name of the boot, with its length in one byte before it, and the table as it goes over the wire.
/// The mark ends in the version: 4 for a table with ports of the host, 3 for one with other scopes, 2 for any other, so that
/// the build before this one reads all that it can serve.
struct TableFile: Sendable {
    /// What was found at start.
    enum Found: Hashable {
        /// One of an earlier boot comes without targets: nothing that it names can be running, and other processes may
        /// have its ports. Its routes answer 503 until the next publish.
        case table(RouteTable)
        case nothing
        /// The file cannot be read as a table; it was put aside as `table.bad`.
        case damaged(reason: String)
        /// The file is there, and the system does not let it be read; it was left as it is.
        case unreadable(reason: String)
    }

    /// Why a table was not stored.
    struct StoreFailure: Error, Hashable {
        let refusal: PublishRefusal
        /// The file has the new table already, but may lose it when the machine fails.
        let isInPlace: Bool
    }

    private static let mark = Array("TEALTBL2".utf8)
    private static let markOfScopes = Array("TEALTBL3".utf8)
    private static let markOfPorts = Array("TEALTBL4".utf8)
    private static let marks = [mark, markOfScopes, markOfPorts]
    /// The longest file, in bytes.
    private static let bytesMax = ControlFrame.bytesMax

    let directory: String
    /// See ``ProxyConfiguration/boot``.
    let boot: [UInt8]
    /// See ``ProxyConfiguration/syncDirectory``.
    let syncDirectory: @Sendable (Int32) -> Int32
    private var path: String { directory + "/table" }

    // MARK: Reading

    /// Reads the table.
    ///
    /// A damaged file is put aside and said so, never half used. Only a file that is not there is no table.
    func load() -> Found {
        let bytes: [UInt8]
        switch read() {
        case .bytes(let all): bytes = all
        case .failed(ENOENT): return .nothing
        case .failed(let code): return .unreadable(reason: "\(path) cannot be read: \(SystemError.text(code))")
        }
        do throws(WireError) {
            let stored = try Self.decode(bytes)
            return .table(stored.boot == boot ? stored.table : Self.vacated(stored.table))
        } catch {
            // If putting aside fails, the next publish overwrites the file anyway.
            _ = rename(path, path + ".bad")
            return .damaged(reason: "\(error)")
        }
    }

    /// A table whose services have no targets.
    private static func vacated(_ table: RouteTable) -> RouteTable {
        var vacated = table
        for index in vacated.services.indices { vacated.services[index].targets = [] }
        return vacated
    }

    /// Reads a table, and the boot that it is of, from a file's bytes.
    static func decode(_ bytes: [UInt8]) throws(WireError) -> (boot: [UInt8], table: RouteTable) {
        guard bytes.count >= 24, marks.contains(Array(bytes[..<8])) else { throw .unfit("mark") }
        let length = number(bytes[8..<16])
        let hash = number(bytes[16..<24])
        let body = bytes[24...]
        guard length == UInt64(body.count) else { throw .truncated }
        guard hash == fnv1a(body) else { throw .unfit("hash") }
        guard let bootLength = body.first, body.count > Int(bootLength) else { throw .truncated }
        let boot = body.dropFirst().prefix(Int(bootLength))
        let table = try RouteTable(wireBytes: Array(body.dropFirst(1 + boot.count)))
        guard table.complaint() == nil else { throw .unfit("table") }
        return (Array(boot), table)
    }

    /// The bytes of a file for a table.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - boot: The boot in which its targets run, at most 255 bytes.
    /// - Returns: The whole file.
    static func encode(_ table: RouteTable, boot: [UInt8]) -> [UInt8] {
        let body = [UInt8(boot.count)] + boot + table.wireBytes
        let mark = table.namesPorts ? markOfPorts : table.namesScopes ? markOfScopes : mark
        return mark + bytes(UInt64(body.count)) + bytes(fnv1a(body[...])) + body
    }

    private enum Reading {
        case bytes([UInt8])
        case failed(Int32)
    }

    private func read() -> Reading {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failed(errno) }
        defer { _ = close(descriptor) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while all.count <= Self.bytesMax {
            let count = systemRead(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .failed(errno)
            }
            if count == 0 { break }
            all += buffer[..<count]
        }
        return .bytes(all)
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
    /// - Throws: ``StoreFailure``; the file in place is then the one before, unless only the last sync failed, and it
    ///   says which.
    func store(_ table: RouteTable) throws(StoreFailure) {
        // Opened first, so that after the rename nothing but the sync itself can fail.
        let directoryDescriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directoryDescriptor >= 0 else {
            throw StoreFailure(refusal: refusal("open", directory, errno), isInPlace: false)
        }
        defer { _ = close(directoryDescriptor) }
        do throws(PublishRefusal) {
            try replace(table)
        } catch {
            throw StoreFailure(refusal: error, isInPlace: false)
        }
        if syncDirectory(directoryDescriptor) != 0 {
            throw StoreFailure(refusal: refusal("fsync", directory, errno), isInPlace: true)
        }
    }

    /// Writes a table beside the file and renames it.
    private func replace(_ table: RouteTable) throws(PublishRefusal) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refusal("open", temporary, errno) }
        var problem: PublishRefusal?
        if let code = Self.writeAll(descriptor, Self.encode(table, boot: boot)) {
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
