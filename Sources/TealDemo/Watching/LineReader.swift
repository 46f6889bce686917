import Glibc

/// Lines from a descriptor, with a tick while none comes.
struct LineReader {
    enum Input: Hashable {
        case line(String)
        /// Nothing came for ``tickMilliseconds``.
        case tick
        case end
    }

    static let tickMilliseconds: Int32 = 100
    /// The longest line, in bytes; what is longer is the end.
    private static let lineBytesMax = 1 << 20

    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var isAtEnd = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    mutating func next() -> Input {
        while true {
            if let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: bytes[..<newline], as: UTF8.self)
                bytes.removeSubrange(...newline)
                return .line(line)
            }
            guard !isAtEnd, bytes.count < Self.lineBytesMax else { return .end }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Self.tickMilliseconds) > 0 else { return .tick }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 { bytes += chunk[..<count] } else { isAtEnd = true }
        }
    }
}
