import CTealSystem
import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// One `POST` to a replica that tells it to begin or to end its background work (RFC 9112).
struct ActivityRequest {
    /// The most that is read of the answer's head, in bytes.
    private static let headBytesMax = 16 << 10

    let path: String
    let active: Bool
    let endpoint: Endpoint

    /// Sends it and waits for the answer's status.
    ///
    /// Blocks until `deadline` at most.
    ///
    /// - Throws: ``RuntimeError/activityRefused(_:)`` for everything but a 2xx.
    func send(until deadline: Timestamp) throws(RuntimeError) {
        guard path.hasPrefix("/"), !path.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw .activityRefused("'\(path)' is no path")
        }
        let raw = teal_tcp_connect(endpoint.address, Int32(endpoint.port))
        guard raw >= 0 else { throw refused(-raw) }
        let socket = Descriptor(owning: raw)
        try wait(socket, Int16(POLLOUT), until: deadline)
        let failure = teal_socket_error(socket.raw)
        guard failure == 0 else { throw refused(-failure) }
        try write(
            socket,
            """
            POST \(path) HTTP/1.1\r\nHost: \(endpoint)\r\nUser-Agent: teal\r\nTeal-Active: \(active ? 1 : 0)\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n
            """,
            until: deadline
        )
        let status = try status(socket, until: deadline)
        guard (200...299).contains(status) else { throw .activityRefused("POST \(path) was answered with \(status)") }
    }

    private func write(_ socket: Descriptor, _ text: String, until deadline: Timestamp) throws(RuntimeError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try wait(socket, Int16(POLLOUT), until: deadline)
            let count = rest.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EAGAIN, errno != EINTR {
                throw refused(errno)
            }
        }
    }

    /// The final status; interim ones (1xx) are passed over.
    private func status(_ socket: Descriptor, until deadline: Timestamp) throws(RuntimeError) -> Int {
        var bytes: [UInt8] = []
        while bytes.count < Self.headBytesMax {
            try wait(socket, Int16(POLLIN), until: deadline)
            let part: [UInt8]
            do throws(SystemError) {
                part = try socket.readSome(4096, from: "\(endpoint)")
            } catch {
                if error.code == EAGAIN { continue }
                throw refused(error.code)
            }
            guard !part.isEmpty else { break }
            bytes += part
            if let status = try Self.finalStatus(String(decoding: bytes, as: UTF8.self)) { return status }
        }
        throw .activityRefused("POST \(path) got no whole answer")
    }

    /// Reads heads up to the first that is no interim one; nil while it is not whole.
    static func finalStatus(_ text: String) throws(RuntimeError) -> Int? {
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        while lines.count > 1, let line = lines.popFirst() {
            let parts = line.split(separator: " ")
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
                throw .activityRefused("the answer is no HTTP")
            }
            guard let end = lines.firstIndex(of: "") else { return nil }
            if status >= 200 || status == 101 { return end < lines.endIndex ? status : nil }
            lines = lines[(end + 1)...]
        }
        return nil
    }

    private func wait(_ socket: Descriptor, _ events: Int16, until deadline: Timestamp) throws(RuntimeError) {
        while true {
            let left = deadline.since(ProcessRuntime.now)
            guard left > .zero else { throw .activityRefused("POST \(path) was not answered in time") }
            var polled = pollfd(fd: socket.raw, events: events, revents: 0)
            poll(&polled, 1, Int32(min(left.nanoseconds / 1_000_000 + 1, 60_000)))
            if polled.revents != 0 { return }
        }
    }

    private func refused(_ code: Int32) -> RuntimeError {
        .activityRefused("POST \(path) at \(endpoint): \(SystemError("connect", on: "", code: code).reason)")
    }
}
