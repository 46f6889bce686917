/// Numeric IP addresses as text, without a resolver (RFC 3986 section 3.2.2 for IPv4, RFC 4291 section 2.2 for IPv6).
package enum IPAddressText {
    /// The 4 or 16 bytes of an address; nil when the text is not one.
    ///
    /// Zone identifiers are refused.
    package static func bytes(of text: String) -> [UInt8]? {
        text.utf8.contains(UInt8(ascii: ":")) ? bytesV6(text) : bytesV4(text[...])
    }

    /// The text of an address of 4 or 16 bytes; IPv6 is written in full groups.
    package static func text(of bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: bytes.count - 1, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    private static func bytesV4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // A leading zero would be octal to some readers, so it is refused.
            guard let byte = UInt8(part), part == String(byte) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func bytesV6(_ text: String) -> [UInt8]? {
        var head: [UInt8] = []
        var tail: [UInt8] = []
        var seenGap = false
        var rest = text[...]
        if rest.hasPrefix("::") {
            seenGap = true
            rest = rest.dropFirst(2)
        } else if rest.hasPrefix(":") {
            return nil
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            let group = rest[..<end]
            let bytes: [UInt8]
            if end == rest.endIndex, group.contains(".") {
                guard let v4 = bytesV4(group) else { return nil }
                bytes = v4
            } else {
                guard (1...4).contains(group.utf8.count), !group.hasPrefix("+"), let value = UInt16(group, radix: 16)
                else {
                    return nil
                }
                bytes = [UInt8(value >> 8), UInt8(value & 0xff)]
            }
            if seenGap { tail += bytes } else { head += bytes }
            if end == rest.endIndex { break }
            rest = rest[rest.index(after: end)...]
            if rest.hasPrefix(":") {
                guard !seenGap else { return nil }
                seenGap = true
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        let count = head.count + tail.count
        guard seenGap ? count <= 14 : count == 16 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - count) + tail
    }
}
