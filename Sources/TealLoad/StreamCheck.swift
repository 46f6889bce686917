import NIOCore

/// Checks that the numbered lines of a stream come in order, from one release, up to `end`.
///
/// A line is `<prefix><release> <number>`; the numbers grow, since a server may leave out lines that a slow reader has
/// no room for. Lines with another beginning are passed over.
struct StreamCheck {
    /// The longest line, 4 KiB.
    static let lineBytesMax = 4096

    private let prefix: String
    private var rest: [UInt8] = []
    private var release: String?
    private(set) var number = 0
    private(set) var hasEnded = false

    init(prefix: String) {
        self.prefix = prefix
    }

    /// Takes a piece of the body; answers with what is wrong, if anything.
    mutating func take(_ piece: ByteBuffer) -> String? {
        for byte in piece.readableBytesView {
            guard byte == UInt8(ascii: "\n") else {
                rest.append(byte)
                if rest.count > Self.lineBytesMax { return "a line too long" }
                continue
            }
            let line = String(decoding: rest, as: UTF8.self)
            rest.removeAll(keepingCapacity: true)
            if let complaint = takeLine(line) { return complaint }
        }
        return nil
    }

    private mutating func takeLine(_ line: String) -> String? {
        guard !line.isEmpty, line.hasPrefix(prefix) else { return nil }
        let content = line.dropFirst(prefix.count)
        if hasEnded { return "a line after the last one" }
        if content == "end" {
            hasEnded = true
            return nil
        }
        let parts = content.split(separator: " ")
        guard parts.count == 2, let next = Int(parts[1]), next > number else {
            return "unexpected line \(line.prefix(80))"
        }
        if let release, release != parts[0] { return "changed from \(release) to \(parts[0])" }
        release = String(parts[0])
        number = next
        return nil
    }
}
