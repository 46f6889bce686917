import Glibc

/// The file that a proxy started by Teal writes its own messages to.
struct ProxyLog: Sendable {
    /// Beyond this the file is put aside, as `proxy.log.1`, before the next start; in bytes.
    private static let bytesMax: Int64 = 1 << 20
    /// How much of its end is read for people.
    private static let tailBytesMax: Int64 = 8 << 10
    private static let tailLinesMax = 10

    let path: String

    /// Opens the file for a new proxy and says where its part begins; a negative descriptor when that fails.
    func open() -> (descriptor: CInt, begin: Int64) {
        var status = stat()
        if stat(path, &status) == 0, Int64(status.st_size) > Self.bytesMax {
            // If it cannot be put aside it grows on, which hurts less than a proxy that does not start.
            rename(path, path + ".1")
        }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        return (descriptor, descriptor < 0 ? 0 : Int64(lseek(descriptor, 0, SEEK_END)))
    }

    /// The last lines written since a place in the file, oldest first.
    func tail(since begin: Int64) -> [String] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let end = Int64(lseek(descriptor, 0, SEEK_END))
        let first = max(begin, end - Self.tailBytesMax)
        guard first < end else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(end - first))
        let count = pread(descriptor, &bytes, bytes.count, off_t(first))
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return text.split(separator: "\n").suffix(Self.tailLinesMax).map(String.init)
    }
}
