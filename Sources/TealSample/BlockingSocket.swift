import Glibc

/// A TCP connection with blocking calls, each bounded by a time limit.
///
/// For threads that may block.
struct BlockingSocket: ~Copyable {
    private let descriptor: Int32

    /// Connects to the first address that answers.
    ///
    /// Connecting, each read and each write may take `limit` whole seconds.
    init(host: String, port: Int, limit: Int) throws(JobError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &first) == 0 else { throw .connection("no address for \(host)") }
        defer { freeaddrinfo(first) }
        var lastError: Int32 = 0
        var next = first
        while let address = next?.pointee {
            let candidate = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            Self.limitWaits(candidate, seconds: limit)
            if candidate >= 0, connect(candidate, address.ai_addr, address.ai_addrlen) == 0 {
                descriptor = candidate
                return
            }
            lastError = errno
            if candidate >= 0 { close(candidate) }
            next = address.ai_next
        }
        throw .connection("\(host):\(port): \(String(cString: strerror(lastError)))")
    }

    deinit {
        close(descriptor)
    }

    func write(_ text: String) throws(JobError) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { pointer in
                send(descriptor, pointer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .connection("writing: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// What has arrived, at most 4 KiB; empty at the end of the stream.
    func read() throws(JobError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .connection("reading: \(String(cString: strerror(errno)))") }
        return Array(bytes.prefix(count))
    }

    private static func limitWaits(_ descriptor: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        // On Linux the send limit bounds connecting as well.
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }
}
