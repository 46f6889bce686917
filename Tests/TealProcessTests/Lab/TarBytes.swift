/// Writes archives that no `tar` would write.
enum TarBytes {
    struct Entry {
        var name: String
        var type: Character
        var target = ""
        var body: [UInt8] = []

        static func file(_ name: String) -> Entry { .init(name: name, type: "0", body: Array("text".utf8)) }
        static func directory(_ name: String) -> Entry { .init(name: name, type: "5") }
        static func link(_ name: String, to target: String) -> Entry { .init(name: name, type: "2", target: target) }
        /// An extended header with these records.
        static func pax(_ records: [String]) -> Entry {
            .init(name: "pax", type: "x", body: Array(records.joined().utf8))
        }
        static func hard(_ name: String, to target: String) -> Entry { .init(name: name, type: "1", target: target) }
    }

    static func archive(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var header = [UInt8](repeating: 0, count: 512)
            put(&header, 0, entry.name)
            put(&header, 100, "0000644")
            put(&header, 124, octal(entry.body.count, 11))
            put(&header, 136, octal(0, 11))
            put(&header, 156, String(entry.type))
            put(&header, 157, entry.target)
            put(&header, 257, "ustar")
            put(&header, 263, "00")
            bytes += header + entry.body + [UInt8](repeating: 0, count: (512 - entry.body.count % 512) % 512)
        }
        bytes += [UInt8](repeating: 0, count: 1024)
        repairSums(&bytes)
        return bytes
    }

    /// A record of an extended header, whose length counts its own digits.
    static func record(_ name: String, _ value: String) -> String {
        let rest = " \(name)=\(value)\n".utf8.count
        var length = rest + 1
        while "\(length)".utf8.count + rest != length { length = "\(length)".utf8.count + rest }
        return "\(length) \(name)=\(value)\n"
    }

    /// Writes the right sum into every block that looks like a header.
    static func repairSums(_ bytes: inout [UInt8]) {
        for start in stride(from: 0, through: bytes.count - 512, by: 512) {
            guard bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) else { continue }
            for index in 148..<156 { bytes[start + index] = 32 }
            let sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
            var field = Array(octal(sum, 6).utf8) + [0, 32]
            field = Array(field.prefix(8))
            bytes.replaceSubrange((start + 148)..<(start + 156), with: field)
        }
    }

    private static func put(_ header: inout [UInt8], _ offset: Int, _ text: String) {
        for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }

    private static func octal(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 8)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
