import Glibc

/// A small file that is written whole or not at all, and is there after a power cut.
struct DurableFile: Hashable, Sendable {
    /// The largest such file, in bytes.
    static let bytesMax = 1 << 20

    let path: String

    /// Why a file could not be read or written.
    struct Failure: Error, Hashable {
        let path: String
        let code: Int32

        var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
        var reason: String { "\(path): \(String(cString: strerror(code)))" }
    }

    var exists: Bool { access(path, F_OK) == 0 }

    /// The whole file; nil when it is not there.
    func read() throws(Failure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure()
        }
        defer { close(descriptor) }
        var whole: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while whole.count <= Self.bytesMax {
            let count = Glibc.read(descriptor, &part, part.count)
            if count == 0 { return whole }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw failure()
            }
            whole += part[..<count]
        }
        throw Failure(path: path, code: EFBIG)
    }

    /// Puts the file in place of what was there: written beside it, synced, renamed, directory synced.
    ///
    /// - Parameters:
    ///   - bytes: The whole new content.
    ///   - prepare: Gives the new file its owner and mode before anybody sees it; false for a failure, which `errno` tells.
    /// - Throws: What the system says; what was there before is still there then.
    func replace(with bytes: [UInt8], prepare: (Int32) -> Bool = { _ in true }) throws(Failure) {
        let beside = path + ".new"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        let written = Self.write(bytes, to: descriptor) && prepare(descriptor) && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard written else {
            unlink(beside)
            throw Failure(path: path, code: code)
        }
        guard rename(beside, path) == 0 else { throw failure() }
        try syncDirectory()
    }

    /// Takes the file away; succeeds when it is not there.
    func remove() throws(Failure) {
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw failure() }
        // A directory that is gone holds nothing.
        try? syncDirectory()
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    private func syncDirectory() throws(Failure) {
        let descriptor = open(Self.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> Failure { Failure(path: path, code: errno) }

    // MARK: Directories

    /// Makes a directory and those above it; succeeds when it is there.
    static func makeDirectory(_ path: String) throws(Failure) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != parent(of: path) else { throw Failure(path: path, code: errno) }
        try makeDirectory(parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(path: path, code: errno) }
    }

    /// The names in a directory, ascending; none when it is not there, or cannot be looked at.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), !name.hasSuffix(".new") { names.append(name) }
        }
        return names.sorted()
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
