import CTealSystem
import Glibc
import TealCore
import TealDriverKit

/// The table that nginx says it follows: what a fresh connection to its status address is answered.
struct ServedTable: Hashable, Codable {
    /// The place of the answer.
    static let path = "/.teal/table"
    private static let answerBytesMax = 4096

    let position: TablePosition
    /// Tells two tables of one position apart.
    let mark: String

    init(position: TablePosition, mark: String) {
        self.position = position
        self.mark = mark
    }

    /// What the answer for a table is.
    init(_ table: TrafficTable, text: String) {
        self.init(position: table.position, mark: String(Checksum(text.utf8).value, radix: 16))
    }

    /// `epoch.version mark`.
    var text: String { "\(position) \(mark)" }

    init?(parsing words: [Substring]) {
        guard words.count > 1, let position = TablePosition(parsing: words[0]) else { return nil }
        self.init(position: position, mark: String(words[1]))
    }

    enum Answer: Hashable {
        case table(ServedTable)
        /// Nothing listens there.
        case refused
        /// Something else answers, or nothing in time.
        case other(String)
    }

    /// Asks on a connection of its own (RFC 9112; an HTTP/1.0 request, which ends with the connection).
    static func ask(_ endpoint: Endpoint, within limit: Duration) -> Answer {
        askWorker(endpoint, within: limit).answer
    }

    /// Asks as ``ask(_:within:)``, and also tells the process that has answered; nil when it did not say.
    static func askWorker(_ endpoint: Endpoint, within limit: Duration) -> (answer: Answer, worker: pid_t?) {
        let (answer, words) = askWords(endpoint, within: limit)
        return (answer, words.count > 2 ? pid_t(words[2]) : nil)
    }

    private static func askWords(_ endpoint: Endpoint, within limit: Duration) -> (Answer, [Substring]) {
        switch exchange(endpoint, within: limit) {
        case .failure(let answer): return (answer.answer, [])
        case .success(let text): return judge(text)
        }
    }

    private struct Failure: Error {
        let answer: Answer
    }

    private static func exchange(_ endpoint: Endpoint, within limit: Duration) -> Result<String, Failure> {
        let end = ContinuousClock.now + limit
        let descriptor = teal_tcp_connect(endpoint.address, CInt(endpoint.port))
        guard descriptor >= 0 else {
            return failed(
                descriptor == -ECONNREFUSED ? .refused : .other(String(cString: teal_error_text(-descriptor)))
            )
        }
        defer { close(descriptor) }
        guard wait(descriptor, POLLOUT, until: end) else { return failed(.other("no connection within \(limit)")) }
        let failure = teal_socket_error(descriptor)
        guard failure == 0 else {
            return failed(failure == -ECONNREFUSED ? .refused : .other(String(cString: teal_error_text(-failure))))
        }
        let request = Array("GET \(path) HTTP/1.0\r\nHost: teal\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
            return failed(.other("the connection ended at once"))
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: answerBytesMax)
        while answer.count < answerBytesMax {
            guard wait(descriptor, POLLIN, until: end) else { return failed(.other("no answer within \(limit)")) }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return .success(String(decoding: answer, as: UTF8.self))
    }

    private static func failed(_ answer: Answer) -> Result<String, Failure> { .failure(Failure(answer: answer)) }

    private static func judge(_ text: String) -> (Answer, [Substring]) {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.hasPrefix("HTTP/1.") else {
            return (.other("an answer that is not HTTP"), [])
        }
        let words = (lines.last ?? "").split { $0 == " " || $0 == "\n" }
        guard first.split(separator: " ").dropFirst().first == "200", let table = ServedTable(parsing: words) else {
            return (.other("'\(first)', which is not Teal's"), [])
        }
        return (.table(table), words)
    }

    private static func wait(_ descriptor: CInt, _ event: Int32, until end: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return false }
            var ready = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            if poll(&ready, 1, CInt(left / .milliseconds(1)) + 1) > 0 { return true }
        }
    }
}

extension TablePosition {
    /// `epoch.version`.
    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let epoch = UInt64(parts[0]), let version = UInt64(parts[1]) else { return nil }
        self.init(epoch: epoch, version: version)
    }
}

/// FNV-1a of 64 bits: tells texts apart that nobody tries to make alike.
struct Checksum {
    let value: UInt64

    init(_ bytes: some Sequence<UInt8>) {
        value = bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
