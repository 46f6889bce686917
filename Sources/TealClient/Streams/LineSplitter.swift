/// Cuts bytes that arrive in any pieces into lines, without their ends (LF or CRLF).
struct LineSplitter {
    /// A line was longer than the limit.
    struct TooLong: Error {}

    private let bytesMax: Int
    private var rest: [UInt8] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes in a piece.
    ///
    /// - Parameter piece: The next bytes.
    /// - Returns: The lines that it completed, in order.
    /// - Throws: ``TooLong`` when a line does not end within the limit.
    mutating func add(_ piece: some Sequence<UInt8>) throws(TooLong) -> [String] {
        var lines: [String] = []
        for byte in piece {
            if byte == UInt8(ascii: "\n") {
                if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
                lines.append(String(decoding: rest, as: UTF8.self))
                rest.removeAll(keepingCapacity: true)
            } else {
                guard rest.count < bytesMax else { throw TooLong() }
                rest.append(byte)
            }
        }
        return lines
    }
}
