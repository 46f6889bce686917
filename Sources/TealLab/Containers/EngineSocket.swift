package import Foundation

/// Asks a Docker Engine by its socket, one connection a request (HTTP/1.0, RFC 1945), and waits for the whole answer.
///
/// The lab looks at containers with eyes of its own, not with those of the driver that is under test.
package struct EngineSocket: Hashable, Sendable {
    package let path: String

    /// The most bytes of an answer.
    private static let answerBytesMax = 16 << 20

    package init(path: String) { self.path = path }

    /// Whether an engine answers.
    package var answers: Bool { (try? request("GET", "/_ping", limitSeconds: 5).status) == 200 }

    /// An answer.
    package struct Answer: Sendable {
        package let status: Int
        package let body: Data

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - method: Such as `GET`.
    ///   - target: Path and query, percent-encoded; no version goes before it.
    ///   - body: What is sent with it.
    ///   - type: Its media type.
    ///   - fields: Further fields of the head.
    ///   - limitSeconds: How long each read may take.
    /// - Returns: The status and the whole body.
    /// - Throws: ``LabFailure`` when there is no whole answer.
    package func request(
        _ method: String,
        _ target: String,
        body: Data = Data(),
        type: String = "application/json",
        fields: [String: String] = [:],
        limitSeconds: Int = 60
    ) throws -> Answer {
        let descriptor = try connected(limitSeconds)
        defer { close(descriptor) }
        let more = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        let head =
            "\(method) \(target) HTTP/1.0\r\nHost: docker\r\n\(more)Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
        try write(Data(head.utf8) + body, to: descriptor)
        let bytes = try read(descriptor)
        guard let border = bytes.range(of: Data("\r\n\r\n".utf8)),
            let status = Int(String(decoding: bytes.prefix(12).suffix(3), as: UTF8.self))
        else { throw LabFailure("\(path) gave no whole answer to \(method) \(target)") }
        return Answer(status: status, body: Data(bytes[border.upperBound...]))
    }

    private func connected(_ limitSeconds: Int) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw LabFailure("no socket: \(String(cString: strerror(errno)))") }
        var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw LabFailure("no engine answers at \(path): \(reason)")
        }
        return descriptor
    }

    private func write(_ data: Data, to descriptor: Int32) throws {
        try data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
            var sent = 0
            while sent < bytes.count {
                let count = send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { throw LabFailure("\(path) takes no more: \(String(cString: strerror(errno)))") }
                sent += count
            }
        }
    }

    private func read(_ descriptor: Int32) throws -> Data {
        var all = Data()
        var room = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &room, room.count, 0)
            guard count >= 0 else { throw LabFailure("\(path) gave no answer: \(String(cString: strerror(errno)))") }
            if count == 0 { return all }
            all.append(contentsOf: room.prefix(count))
            guard all.count < Self.answerBytesMax else { throw LabFailure("\(path) answers without an end") }
        }
    }
}
