import Foundation

/// A blocking TCP or Unix socket with deadlines, for tests on both sides of the proxy.
final class RawSocket: @unchecked Sendable {
    // Unchecked: each socket is used by one thread at a time; `close` from another only makes its calls fail.
    enum Failure: Error {
        case connect(Int32)
        case timedOut(soFar: String)
        case closed(soFar: String)
    }

    let descriptor: Int32
    private var pending: [UInt8] = []
    private var isClosed = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    init(port: Int, at host: String = "127.0.0.1", from source: String? = nil, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if let source {
            var own = sockaddr_in()
            own.sin_family = sa_family_t(AF_INET)
            own.sin_addr.s_addr = inet_addr(source)
            let result = withUnsafePointer(to: &own) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result != 0 { throw Failure.connect(errno) }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr(host)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw Failure.connect(errno) }
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result != 0 { throw Failure.connect(errno) }
    }

    deinit {
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        shutdown(descriptor, Int32(SHUT_RDWR))
        _ = Foundation.close(descriptor)
    }

    func closeSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { throw Failure.closed(soFar: "") }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a piece again and again until the other side has taken nothing for a while.
    ///
    /// - Returns: How many bytes were taken; `bytesMax` or a little more when it never stopped.
    func sendUntilStuck(_ piece: [UInt8], bytesMax: Int, patienceMilliseconds: Int32 = 2000) throws -> Int {
        var sent = 0
        while sent < bytesMax {
            var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&poller, 1, patienceMilliseconds) == 0 { return sent }
            let from = sent % piece.count
            let count = piece.withUnsafeBytes {
                Foundation.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: from),
                    piece.count - from,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                )
            }
            if count <= 0 { throw Failure.closed(soFar: "") }
            sent += count
        }
        return sent
    }

    /// Reads bytes and forgets them.
    func skip(_ count: Int, within seconds: Double = 20) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var left = count - pending.count
        pending.removeAll()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while left > 0 {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let wait = Int32(max(0, deadline.timeIntervalSinceNow * 1000))
            if poll(&poller, 1, wait) == 0 { throw Failure.timedOut(soFar: "\(left) bytes are missing") }
            let read = recv(descriptor, &buffer, min(left, buffer.count), 0)
            if read <= 0 { throw Failure.closed(soFar: "\(left) bytes are missing") }
            left -= read
        }
    }

    /// Reads more bytes; false at the end of the stream.
    private func fill(_ deadline: Date) throws -> Bool {
        let left = deadline.timeIntervalSinceNow
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&poller, 1, Int32(max(0, left * 1000)))
        if ready == 0 { throw Failure.timedOut(soFar: String(decoding: pending.prefix(300), as: UTF8.self)) }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count <= 0 { return false }
        pending += buffer[..<count]
        return true
    }

    /// Bytes up to and with a mark.
    func read(through mark: String, within seconds: Double = 10) throws -> String {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let bytes = Array(mark.utf8)
        var searched = 0
        while true {
            if let found = find(bytes, from: searched) {
                let text = String(decoding: pending[..<(found + bytes.count)], as: UTF8.self)
                pending.removeFirst(found + bytes.count)
                return text
            }
            searched = max(0, pending.count - bytes.count)
            guard try fill(deadline) else {
                throw Failure.closed(soFar: String(decoding: pending.prefix(300), as: UTF8.self))
            }
        }
    }

    func read(_ count: Int, within seconds: Double = 10) throws -> [UInt8] {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while pending.count < count {
            guard try fill(deadline) else {
                throw Failure.closed(soFar: String(decoding: pending.prefix(300), as: UTF8.self))
            }
        }
        let bytes = Array(pending[..<count])
        pending.removeFirst(count)
        return bytes
    }

    /// Everything up to the end of the stream.
    func readToEnd(within seconds: Double = 10) throws -> [UInt8] {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try fill(deadline) {}
        defer { pending = [] }
        return pending
    }

    private func find(_ mark: [UInt8], from start: Int) -> Int? {
        guard pending.count >= mark.count else { return nil }
        var index = start
        while index <= pending.count - mark.count {
            if pending[index] == mark[0], pending[index..<(index + mark.count)].elementsEqual(mark) { return index }
            index += 1
        }
        return nil
    }
}
