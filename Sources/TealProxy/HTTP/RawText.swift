/// Looks at ASCII text in raw bytes without making a `String`.
enum RawText {
    /// Whether `bytes` start with `text`, letters of either case; `text` must be lower-case letters, digits and `-`.
    @inline(__always) static func equals(_ bytes: UnsafePointer<UInt8>, _ text: StaticString) -> Bool {
        let other = text.utf8Start
        var index = 0
        while index < text.utf8CodeUnitCount {
            if bytes[index] | 0x20 != other[index] { return false }
            index &+= 1
        }
        return true
    }

    /// Whether exactly `count` bytes are `text`, letters of either case.
    @inline(__always) static func equals(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && equals(bytes, text)
    }

    /// As ``equals(_:_:)``, but `_` counts as `-`.
    @inline(__always) static func equalsLoosely(_ bytes: UnsafePointer<UInt8>, _ text: StaticString) -> Bool {
        let other = text.utf8Start
        var index = 0
        while index < text.utf8CodeUnitCount {
            let byte = bytes[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : bytes[index]
            if byte | 0x20 != other[index] { return false }
            index &+= 1
        }
        return true
    }

    /// The first byte below 0x20 in `from..<to`, or `to`.
    ///
    /// Eight bytes at a time.
    ///
    /// The lowest byte that the subtraction marks is marked rightly; borrows only reach the bytes above it.
    @inline(__always) static func firstControl(_ bytes: UnsafePointer<UInt8>, _ from: Int, _ to: Int) -> Int {
        var index = from
        let raw = UnsafeRawPointer(bytes)
        while index &+ 8 <= to {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let marks = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
            if marks != 0 { return index &+ marks.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < to {
            if bytes[index] < 0x20 { return index }
            index &+= 1
        }
        return to
    }

    /// Calls `body` with each token of a comma-separated list, without the blanks around it; empty ones are left out.
    @inline(__always) static func forEachToken(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ body: (UnsafePointer<UInt8>, Int) -> Void
    ) {
        var index = 0
        while index < count {
            while index < count, isBlank(bytes[index]) || bytes[index] == UInt8(ascii: ",") { index &+= 1 }
            let start = index
            while index < count, bytes[index] != UInt8(ascii: ",") { index &+= 1 }
            var end = index
            while end > start, isBlank(bytes[end &- 1]) { end &-= 1 }
            if end > start { body(bytes + start, end &- start) }
        }
    }

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// A decimal number of 1 to 18 digits and nothing else; nil otherwise.
    @inline(__always) static func decimal(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        guard count >= 1, count <= 18 else { return nil }
        var value = 0
        for index in 0..<count {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }
}
