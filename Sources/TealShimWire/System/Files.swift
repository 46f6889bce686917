package import Glibc

/// Reading and writing of small files, so that what was written is there after a power cut.
package enum Files {
    /// The largest file that ``read(_:bytesMax:)`` takes by default.
    package static let smallBytesMax = 4 << 20

    /// The whole of a small file; nil when it is not there.
    package static func read(_ path: String, bytesMax: Int = smallBytesMax) throws(SystemError) -> [UInt8]? {
        let file: Descriptor
        do throws(SystemError) {
            file = try Descriptor(opening: path, O_RDONLY)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
        var whole: [UInt8] = []
        while whole.count <= bytesMax {
            let part = try file.readSome(min(64 << 10, bytesMax + 1), from: path)
            if part.isEmpty { return whole }
            whole += part
        }
        throw SystemError("read", on: path, code: EFBIG)
    }

    /// The whole of a small text file; nil when it is not there.
    package static func text(_ path: String, bytesMax: Int = smallBytesMax) throws(SystemError) -> String? {
        guard let bytes = try read(path, bytesMax: bytesMax) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Puts a file in place of another in one step, durably: written beside it, synced, renamed, directory synced.
    package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(SystemError) {
        let beside = path + ".new"
        do throws(SystemError) {
            let file = try Descriptor(opening: beside, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
            try file.writeAll(bytes, for: beside)
            guard fsync(file.raw) == 0 else { throw SystemError.last("fsync", on: beside) }
        } catch {
            unlink(beside)
            throw error
        }
        guard rename(beside, path) == 0 else { throw SystemError.last("rename", on: path) }
        try syncDirectory(parent(of: path))
    }

    /// Writes over a file where it lies.
    ///
    /// For a full disk, where ``replace(_:with:mode:)`` cannot make a second file.
    ///
    /// A power cut between may leave a mixture; readers take such a file for unreadable.
    package static func overwrite(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let file = try Descriptor(opening: path, O_WRONLY)
        try file.writeAll(bytes, for: path)
        guard ftruncate(file.raw, off_t(bytes.count)) == 0, fsync(file.raw) == 0 else {
            throw SystemError.last("fsync", on: path)
        }
    }

    /// Makes names in a directory durable.
    package static func syncDirectory(_ path: String) throws(SystemError) {
        let directory = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.raw) == 0 else { throw SystemError.last("fsync", on: path) }
    }

    /// Makes a directory and those above it; succeeds when it is there.
    package static func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(SystemError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != parent(of: path) else { throw SystemError.last("mkdir", on: path) }
        try makeDirectory(parent(of: path), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError.last("mkdir", on: path) }
    }

    /// The names in a directory, in no order, without `.` and `..`; none when it is not there.
    package static func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw SystemError.last("opendir", on: path)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Where a symbolic link leads, as it is written; nil for what is no link.
    package static func linkTarget(_ path: String) -> String? {
        let target = [CChar](unsafeUninitializedCapacity: 4096) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            initialized = max(readlink(path, start, buffer.count), 0)
        }
        return target.isEmpty ? nil : String(decoding: target.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether something lies at a path; a symbolic link counts by itself.
    package static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Removes a file or a whole tree, read-only directories too; succeeds when it is not there.
    package static func removeTree(_ path: String) throws(SystemError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw SystemError.last("lstat", on: path)
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            guard unlink(path) == 0 || errno == ENOENT else { throw SystemError.last("unlink", on: path) }
            return
        }
        chmod(path, 0o700)
        for name in try names(in: path) { try removeTree(path + "/" + name) }
        guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError.last("rmdir", on: path) }
    }

    /// The directory that a path lies in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
