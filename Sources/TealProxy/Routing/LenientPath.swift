/// A path as the most lenient server might read it, used only to see whether that would change the match.
///
/// Everything percent-encoded is decoded once, a backslash is a slash, empty and `.` segments are left out, `..` takes
/// the segment before it away, and what follows `;` in a dot segment does not count. `/a/%2e%2e/b` → `/b`,
/// `//a/./b` → `/a/b`, `/a%2Fb` → `/a/b`, `/a/..;x/b` → `/b`.
enum LenientPath {
    static func read(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var segments: [[UInt8]] = []
        var segment: [UInt8] = []
        func close() {
            let bare = segment.prefix { $0 != UInt8(ascii: ";") }
            switch bare.count {
            case 0 where segment.isEmpty: break
            case 1 where bare.first == UInt8(ascii: "."): break
            case 2 where bare.allSatisfy { $0 == UInt8(ascii: ".") }: _ = segments.popLast()
            default: segments.append(segment)
            }
            segment.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < path.count {
            var byte = path[index]
            index += 1
            if byte == UInt8(ascii: "%"), index + 1 < path.count, let high = hex(path[index]),
                let low = hex(path[index + 1])
            {
                byte = high << 4 | low
                index += 2
            }
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") { close() } else { segment.append(byte) }
        }
        let isDirectory = segment.isEmpty
        close()
        var read: [UInt8] = []
        for segment in segments { read += [UInt8(ascii: "/")] + segment }
        if isDirectory || read.isEmpty { read.append(UInt8(ascii: "/")) }
        return read
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) &- 0x57
        default: nil
        }
    }
}
