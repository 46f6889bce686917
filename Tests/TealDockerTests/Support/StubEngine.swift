import Glibc
import Synchronization

/// A server on a Unix socket that answers as a test says, and remembers what it was asked.
final class StubEngine: Sendable {
    /// What it does with a request.
    enum Answer: Sendable {
        /// A whole answer.
        case json(String, status: Int = 200)
        /// A head, then these parts, then the end.
        case stream([String], status: Int = 200)
        /// A head that promises more than comes, then the connection ends.
        case cut(String)
        /// A head and these parts, then silence.
        case stalled([String])
        /// Nothing at all, until the stub is taken away.
        case silence
        /// The connection ends without a word.
        case hangUp
    }

    struct Request: Hashable, Sendable {
        let method: String
        let target: String
        /// By lower-case name.
        let headers: [String: String]
        let body: String
    }

    let path: String
    private let listener: Int32
    private let answer: @Sendable (Request) -> Answer
    private let state = Mutex<(requests: [Request], open: [Int32], isOver: Bool)>(([], [], false))

    init(path: String, _ answer: @escaping @Sendable (Request) -> Answer) {
        self.path = path
        self.answer = answer
        listener = UnixSocket.listen(path)
        let thread = Detached { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                Detached { [weak self] in self?.serve(connection) }.start()
            }
        }
        thread.start()
    }

    /// Ends every connection and the listener.
    func close() {
        let open = state.withLock { state in
            state.isOver = true
            defer { state.open = [] }
            return state.open
        }
        for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        unlink(path)
    }

    var requests: [Request] { state.withLock { $0.requests } }

    private func serve(_ connection: Int32) {
        defer { Glibc.close(connection) }
        // A client that only looks whether somebody listens says nothing.
        guard let request = Self.read(connection) else { return }
        let isOver = state.withLock { state in
            state.requests.append(request)
            state.open.append(connection)
            return state.isOver
        }
        guard !isOver else { return }
        defer { state.withLock { $0.open.removeAll { $0 == connection } } }
        switch answer(request) {
        case .json(let text, let status):
            Self.write(
                "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)",
                connection
            )
        case .stream(let parts, let status):
            Self.write("HTTP/1.1 \(status) X\r\nTransfer-Encoding: chunked\r\n\r\n", connection)
            for part in parts { Self.write("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n", connection) }
            Self.write("0\r\n\r\n", connection)
        case .cut(let text):
            Self.write("HTTP/1.1 200 X\r\nContent-Length: \(text.utf8.count + 10)\r\n\r\n\(text)", connection)
        case .stalled(let parts):
            Self.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", connection)
            for part in parts { Self.write("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n", connection) }
            Self.waitForEnd(connection)
        case .silence: Self.waitForEnd(connection)
        case .hangUp: return
        }
    }

    private static func waitForEnd(_ connection: Int32) {
        var byte: UInt8 = 0
        while Glibc.read(connection, &byte, 1) > 0 {}
    }

    private static func read(_ connection: Int32) -> Request? {
        var text = ""
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            if let request = parse(text) { return request }
            let count = Glibc.read(connection, &part, part.count)
            guard count > 0 else { return nil }
            text += String(decoding: part[..<count], as: UTF8.self)
        }
    }

    /// - Returns: Nil while it is not whole.
    private static func parse(_ text: String) -> Request? {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let body = String(text[end.upperBound...])
        guard body.utf8.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Request(method: String(start[0]), target: String(start[1]), headers: headers, body: body)
    }

    private static func write(_ text: String, _ connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Unix sockets of the tests.
enum UnixSocket {
    static func listen(_ path: String) -> Int32 {
        let descriptor = make()
        unlink(path)
        let bound = withAddress(path) { bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 64) == 0 else { return -1 }
        return descriptor
    }

    /// A socket file that nobody listens on.
    static func dead(_ path: String) { close(listen(path)) }

    /// Connects; a negative number when nobody listens.
    static func connect(_ path: String) -> Int32 {
        let descriptor = make()
        guard withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private static func make() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(_ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// A thread of the system that nobody waits for.
struct Detached: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        guard result == 0 else { return box.release() }
        pthread_detach(thread)
    }
}
