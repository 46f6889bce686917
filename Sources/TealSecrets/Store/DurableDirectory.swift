import Glibc

/// A directory whose files are there as a whole or not at all, also after a crash.
///
/// A file is written under a temporary name, synced, renamed, and then the directory is synced. Only one process may
/// write under one root at a time; the daemon's own lock sees to that.
struct DurableDirectory: Sendable {
    /// The longest file that is read, in bytes.
    static let fileBytesMax = 8 << 20
    private static let temporaryPrefix = ".tmp-"

    let path: String

    /// Makes the directory, and those above it, with access for the owner only; one that is there must be like that.
    func create() throws(SecretStoreError) {
        guard mkdir(path, 0o700) != 0 else { return try Self.sync(Self.parent(of: path)) }
        switch errno {
        case EEXIST: try checkOwn()
        case ENOENT:
            let parent = Self.parent(of: path)
            guard parent != path else { throw Self.failure(path) }
            try DurableDirectory(path: parent).create()
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure(path) }
            try Self.sync(parent)
        default: throw Self.failure(path)
        }
    }

    private func checkOwn() throws(SecretStoreError) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw Self.failure(path) }
        guard facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid() else {
            throw .notWritten(path: path, reason: "it is no directory of this user")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw .notWritten(path: path, reason: "others may use it; do `chmod 0700 \(path)`")
        }
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// The names of the files and directories, without temporary ones, in no order; empty when there is no directory.
    func names() throws(SecretStoreError) -> [String] {
        try allNames().filter { !$0.hasPrefix(Self.temporaryPrefix) }
    }

    /// The bytes of a file; nil when there is none.
    func read(_ name: String) throws(SecretStoreError) -> [UInt8]? {
        let file = path(of: name)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable(path: file, reason: Self.reason())
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .unreadable(path: file, reason: Self.reason())
            }
            bytes += chunk[..<count]
            guard bytes.count <= Self.fileBytesMax else { throw .unreadable(path: file, reason: "too long") }
        }
    }

    /// Puts a file in place and returns when that outlives a crash.
    ///
    /// A file that is there is replaced, or stays when `exclusively` is asked for; then the answer is false.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], exclusively: Bool = false) throws(SecretStoreError) -> Bool {
        let file = path(of: name)
        let temporary = path(of: Self.temporaryPrefix + String(UInt64.random(in: 0 ... .max), radix: 36))
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(temporary) }
        do {
            defer { close(descriptor) }
            try Self.fill(descriptor, with: bytes, file)
        } catch {
            unlink(temporary)
            throw error
        }
        if exclusively {
            let isNew = link(temporary, file) == 0
            let code = errno
            unlink(temporary)
            guard isNew || code == EEXIST else {
                errno = code
                throw Self.failure(file)
            }
            try Self.sync(path)
            return isNew
        }
        guard rename(temporary, file) == 0 else {
            let failure = Self.failure(file)
            unlink(temporary)
            throw failure
        }
        try Self.sync(path)
        return true
    }

    /// Removes a file; one that is not there is fine.
    func remove(_ name: String) throws(SecretStoreError) {
        guard unlink(path(of: name)) == 0 else {
            if errno == ENOENT { return }
            throw Self.failure(path(of: name))
        }
        try Self.sync(path)
    }

    /// Removes what a crash left half-written, here and below; symbolic links are not followed.
    func removeLeftovers(depthMax: Int = 4) throws(SecretStoreError) {
        for name in try allNames() {
            if name.hasPrefix(Self.temporaryPrefix) {
                try remove(name)
            } else if depthMax > 0, Self.isDirectory(path(of: name)) {
                try DurableDirectory(path: path(of: name)).removeLeftovers(depthMax: depthMax - 1)
            }
        }
    }

    private func allNames() throws(SecretStoreError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .unreadable(path: path, reason: Self.reason())
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func fill(_ descriptor: CInt, with bytes: [UInt8], _ file: String) throws(SecretStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw failure(file)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure(file) }
    }

    private static func sync(_ path: String) throws(SecretStoreError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ path: String) -> SecretStoreError {
        errno == ENOSPC || errno == EDQUOT ? .diskFull(path: path) : .notWritten(path: path, reason: reason())
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
