package import Glibc

/// A file descriptor that is closed when nothing refers to it any more.
package final class Descriptor: Sendable {
    package let raw: Int32

    /// Takes over `raw`, which nothing else may close.
    package init(owning raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// Opens a file; it is closed on exec.
    package convenience init(
        opening path: String,
        _ flags: Int32,
        mode: mode_t = 0o600
    ) throws(SystemError) {
        let raw = open(path, flags | O_CLOEXEC, mode)
        guard raw >= 0 else { throw SystemError.last("open", on: path) }
        self.init(owning: raw)
    }

    /// Writes all bytes, waiting as often as needed.
    package func writeAll(_ bytes: [UInt8], for path: String) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(raw, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError.last("write", on: path)
            }
            sent += count
        }
    }

    /// Reads at most `bytesMax` bytes from where the descriptor stands; empty at the end.
    package func readSome(_ bytesMax: Int, from path: String) throws(SystemError) -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, initialized in
                count = read(raw, buffer.baseAddress, bytesMax)
                initialized = max(count, 0)
            }
            if count >= 0 { return bytes }
            if errno != EINTR { throw SystemError.last("read", on: path) }
        }
    }
}
