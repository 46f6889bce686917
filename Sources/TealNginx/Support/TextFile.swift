import Glibc

/// Files read and replaced as a whole.
enum TextFile {
    /// The largest file that is read, in bytes.
    static let bytesMax = 8 << 20
    /// What is kept allocated beside a file for the next time it is replaced, in bytes.
    private static let spareBytes = 256 << 10

    /// Why a file could not be read or replaced.
    enum Fault: Error, Hashable {
        case full(path: String)
        case failed(path: String, code: CInt)
        case tooLarge(path: String)

        /// One line, with the path.
        var text: String {
            switch self {
            case .full(let path): "the disk that holds \(path) is full"
            case .failed(let path, let code): "\(path): \(String(cString: strerror(code)))"
            case .tooLarge(let path): "\(path) is larger than \(TextFile.bytesMax >> 20) MiB"
            }
        }
    }

    /// The bytes of a file; nil when there is none.
    static func read(_ path: String, bytesMax: Int = bytesMax) throws(Fault) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .failed(path: path, code: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(path: path, code: errno)
            }
            bytes += buffer[..<count]
            if bytes.count > bytesMax { throw .tooLarge(path: path) }
        }
    }

    /// Replaces a file at once: written beside it, synced, renamed, and its directory synced.
    ///
    /// A file that was there passes its owner and mode on. What is written beside it takes up the blocks of a spare file
    /// that the time before has left, so that it also works when the disk has become full since.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(Fault) {
        let spare = sparePath(of: path)
        let descriptor = open(spare, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw fault(path) }
        do throws(Fault) {
            defer { close(descriptor) }
            var facts = stat()
            if stat(path, &facts) == 0 {
                // An owner that cannot be given is that of another user's file, which could not be replaced either.
                _ = fchown(descriptor, facts.st_uid, facts.st_gid)
                fchmod(descriptor, facts.st_mode & 0o7777)
            } else {
                fchmod(descriptor, mode)
            }
            try write(bytes, to: descriptor, path)
            guard ftruncate(descriptor, off_t(bytes.count)) == 0, fsync(descriptor) == 0 else { throw fault(path) }
        } catch {
            // Left as the spare: its blocks are what the next try needs.
            throw error
        }
        guard rename(spare, path) == 0 else { throw fault(path) }
        syncDirectory(of: path)
        keepSpare(of: path)
    }

    /// Removes a file; one that is not there is fine.
    static func remove(_ path: String) throws(Fault) {
        guard unlink(path) == 0 || errno == ENOENT else { throw fault(path) }
        syncDirectory(of: path)
    }

    /// The path that a link leads to; the path itself when nothing is there.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// A name that no `include *` of nginx takes in: patterns leave names with a leading dot out.
    static func sparePath(of path: String) -> String {
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return path[..<cut] + "." + path[cut...] + ".teal"
    }

    private static func keepSpare(of path: String) {
        let descriptor = open(sparePath(of: path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        // Only for a disk that is full later; now there was room.
        posix_fallocate(descriptor, 0, off_t(spareBytes))
        close(descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt, _ path: String) throws(Fault) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(done))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw fault(path)
            }
            done += count
        }
    }

    private static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func fault(_ path: String) -> Fault {
        let code = errno
        return code == ENOSPC || code == EDQUOT ? .full(path: path) : .failed(path: path, code: code)
    }
}
