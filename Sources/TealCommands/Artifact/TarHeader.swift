/// Headers of POSIX tar archives (pax interchange format, POSIX.1-2017 `pax`), the same for the same entry everywhere.
///
/// Times, owners and the file mode mask of the person's machine are left out, so that equal content has an equal hash.
enum TarHeader {
    /// Everything in an archive is padded to multiples of this.
    static let blockBytes = 512
    /// The end of an archive: two empty blocks.
    static let end = [UInt8](repeating: 0, count: 2 * blockBytes)

    /// The blocks that come before an entry's content.
    static func blocks(of entry: ArchiveEntry) -> [UInt8] {
        let name = entry.kind == .directory ? entry.path + "/" : entry.path
        let target = if case .link(let target) = entry.kind { target } else { "" }
        var records: [UInt8] = []
        if name.utf8.count > 100 { records += record("path", name) }
        if target.utf8.count > 100 { records += record("linkpath", target) }
        var blocks: [UInt8] = []
        if !records.isEmpty {
            blocks += header(name: "PaxHeader", mode: 0o644, size: records.count, type: "x", target: "")
            blocks += records + padding(after: records.count)
        }
        return blocks
            + header(name: name, mode: mode(of: entry), size: entry.contentBytes, type: type(of: entry), target: target)
    }

    /// What follows `count` bytes of content.
    static func padding(after count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (blockBytes - count % blockBytes) % blockBytes)
    }

    private static func mode(of entry: ArchiveEntry) -> Int {
        switch entry.kind {
        case .directory: 0o755
        case .file(_, let isExecutable): isExecutable ? 0o755 : 0o644
        case .link: 0o777
        }
    }

    private static func type(of entry: ArchiveEntry) -> Character {
        switch entry.kind {
        case .directory: "5"
        case .file: "0"
        case .link: "2"
        }
    }

    /// A pax record: its own length in decimal, a blank, key, `=`, value, line end.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest
        while String(length).utf8.count + rest != length { length = String(length).utf8.count + rest }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }

    private static func header(name: String, mode: Int, size: Int, type: Character, target: String) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: some Sequence<UInt8>, at offset: Int, bytesMax: Int) {
            for (index, byte) in text.prefix(bytesMax).enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8) + [0]
        }
        put(name.utf8, at: 0, bytesMax: 100)
        put(octal(mode, 7), at: 100, bytesMax: 8)
        put(octal(0, 7), at: 108, bytesMax: 8)
        put(octal(0, 7), at: 116, bytesMax: 8)
        put(octal(size, 11), at: 124, bytesMax: 12)
        put(octal(0, 11), at: 136, bytesMax: 12)
        put("        ".utf8, at: 148, bytesMax: 8)
        put(String(type).utf8, at: 156, bytesMax: 1)
        put(target.utf8, at: 157, bytesMax: 100)
        put("ustar\0".utf8, at: 257, bytesMax: 6)
        put("00".utf8, at: 263, bytesMax: 2)
        // The checksum is taken with its own field as blanks.
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6) + [UInt8(ascii: " ")], at: 148, bytesMax: 8)
        return block
    }
}
