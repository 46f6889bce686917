/// Checks IP addresses in text form.
enum IPAddress {
    /// Whether the text is an IPv4 address in dotted form or an IPv6 address (RFC 4291 section 2.2), without a zone.
    static func isOne(_ text: String) -> Bool { text.contains(":") ? isVersion6(text) : isVersion4(text) }

    private static func isVersion4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 3 && part.utf8.allSatisfy(Byte.isDigit)
                    && !(part.count > 1 && part.hasPrefix("0")) && UInt8(part) != nil
            }
    }

    private static func isVersion6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                let isLast = index == halves.count - 1 && place == parts.count - 1
                if isLast, part.contains(".") {
                    guard isVersion4(String(part)) else { return false }
                    groups += 2
                } else {
                    guard (1...4).contains(part.count),
                        part.utf8.allSatisfy({ UInt8(String(UnicodeScalar($0)), radix: 16) != nil })
                    else { return false }
                    groups += 1
                }
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }
}
