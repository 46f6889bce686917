/// The first file of a tar archive (POSIX.1-1988 ustar, with the PAX records `uid` and `gid` of POSIX.1-2001).
struct TarEntry: Hashable, Sendable {
    static let blockBytes = 512

    let owner: Int
    let group: Int
    /// The rights, without the kind of file.
    let mode: Int
    let isDirectory: Bool
    /// What it holds, as far as it was there; empty for what is no file.
    let content: [UInt8]

    /// - Returns: Nil for what is no archive, or does not come to a file.
    init?(first bytes: [UInt8]) {
        var position = 0
        var extended: [String: Int] = [:]
        while position + Self.blockBytes <= bytes.count {
            let block = Array(bytes[position..<position + Self.blockBytes])
            guard let size = Self.number(block[124..<136]), block[0] != 0 else { return nil }
            position += Self.blockBytes
            let content = Array(bytes[min(position, bytes.count)..<min(position + size, bytes.count)])
            switch block[156] {
            case UInt8(ascii: "x"), UInt8(ascii: "g"):
                extended.merge(Self.records(content)) { $1 }
            case UInt8(ascii: "L"), UInt8(ascii: "K"): break  // a long name in GNU's manner
            case let kind:
                guard let owner = extended["uid"] ?? Self.number(block[108..<116]),
                    let group = extended["gid"] ?? Self.number(block[116..<124]),
                    let mode = Self.number(block[100..<108])
                else { return nil }
                self.owner = owner
                self.group = group
                self.mode = mode & 0o7777
                isDirectory = kind == UInt8(ascii: "5")
                self.content = kind == UInt8(ascii: "0") || kind == 0 ? content : []
                return
            }
            position += (size + Self.blockBytes - 1) / Self.blockBytes * Self.blockBytes
        }
        return nil
    }

    /// Octal digits, ended by a space or a zero; in GNU's manner, for what is larger, the bytes of the number itself.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            let bytes = field.dropFirst().suffix(7)
            return bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// The numbers among records of the form `20 uid=4000000000\n`.
    private static func records(_ content: [UInt8]) -> [String: Int] {
        var found: [String: Int] = [:]
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            let parts = line.drop { $0 != " " }.dropFirst().split(separator: "=", maxSplits: 1)
            if parts.count == 2, let value = Int(parts[1]) { found[String(parts[0])] = value }
        }
        return found
    }
}
