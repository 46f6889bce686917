import Foundation
import Synchronization

/// A small service on a loopback port; what it does with a request is up to the test.
final class Upstream: Sendable {
    typealias Handler = @Sendable (Message, RawSocket) throws -> Bool

    let port: Int
    let name: String
    private let descriptor: Int32
    private let open = Mutex<[RawSocket]>([])
    private let counts = Mutex<(connections: Int, requests: Int)>((0, 0))

    /// - Parameters:
    ///   - name: What `/who` answers.
    ///   - host: Where it listens.
    ///   - wanted: The port; zero lets the system choose.
    ///   - idleMilliseconds: Closes a connection that is unused for so long.
    ///   - readsBodies: Whether bodies are read before the handler is asked.
    ///   - handler: Deals with a request; false ends the connection. Nil: ``standard(_:_:name:)``.
    /// - Throws: ``RawSocket/Failure/connect(_:)`` when no port can be listened at.
    init(
        _ name: String,
        at host: String = "127.0.0.1",
        port wanted: Int = 0,
        idleMilliseconds: Int? = nil,
        readsBodies: Bool = true,
        handler: Handler? = nil
    ) throws {
        self.name = name
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        address.sin_port = in_port_t(UInt16(wanted).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(descriptor, address, length)
                _ = listen(descriptor, 512)
                _ = getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        if port == 0 { throw RawSocket.Failure.connect(errno) }
        let idle = idleMilliseconds.map { Double($0) / 1000 } ?? 60
        Thread.detachNewThread { [self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                if accepted < 0 { return }
                var one: Int32 = 1
                setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                let connection = RawSocket(descriptor: accepted)
                counts.withLock { $0.connections += 1 }
                open.withLock { $0.append(connection) }
                Thread.detachNewThread { self.serve(connection, idle, readsBodies, handler) }
            }
        }
    }

    private func serve(_ connection: RawSocket, _ idle: Double, _ readsBodies: Bool, _ handler: Handler?) {
        while let request = connection.request(within: idle, withBody: readsBodies) {
            counts.withLock { $0.requests += 1 }
            // A client that has gone ends the connection, as `false` does.
            let goesOn =
                (try? handler?(request, connection) ?? Self.standard(request, connection, name: name)) ?? false
            if !goesOn { break }
        }
        connection.close()
        open.withLock { $0.removeAll { $0 === connection } }
    }

    var connections: Int { counts.withLock(\.connections) }
    var requests: Int { counts.withLock(\.requests) }

    /// Stops listening and ends all connections.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Foundation.close(descriptor)
        for connection in open.withLock({ $0 }) { connection.close() }
    }

    /// Stops listening only: new connections are refused.
    func stopListening() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Foundation.close(descriptor)
    }

    /// The answers most tests need.
    static func standard(_ request: Message, _ connection: RawSocket, name: String) throws -> Bool {
        let path = request.target.prefix { $0 != "?" }
        switch path {
        case "/echo": try reply(connection, body: request.body)
        case "/head":
            let lines = [request.line] + request.fields.map { "\($0.name): \($0.value)" }
            try reply(connection, body: Array(lines.joined(separator: "\n").utf8))
        case "/chunked":
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
            for index in 0..<50 {
                let size = index * 97 + 1
                try connection.send(
                    String(size, radix: 16) + ";note=x\r\n" + String(repeating: "x", count: size) + "\r\n"
                )
            }
            try connection.send("0\r\nX-Sum: 50\r\n\r\n")
        case "/until-close":
            try connection.send("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "y", count: 300_000))
            return false
        case "/close":
            try connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye")
            return false
        case "/nocontent": try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
        case "/unmodified": try connection.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n")
        default:
            let body = Array(name.utf8)
            if request.method == "HEAD" {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            } else {
                try reply(connection, body: body)
            }
        }
        return true
    }

    static func reply(_ connection: RawSocket, body: [UInt8], fields: String = "") throws {
        try connection.send(Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\(fields)\r\n".utf8) + body)
    }
}
