/// Fills variables into a text: `$NAME`, `${NAME}`, `${NAME:-default}` and its relatives.
///
/// Follows the Compose specification, section 12 (interpolation): `-`, `?` and `+` with and without a colon, nested
/// to any depth, and `$$` for a dollar. A dollar that begins no variable stays as it is.
struct Template {
    enum Failure: Error, Equatable {
        /// `${` that does not end, or holds no name.
        case malformed
        /// `${NAME:?reason}` without a value; the reason may be empty.
        case missing(name: String, reason: String)
        /// Variables stand in the defaults of others deeper than `depthMax`.
        case deep
        /// The text would have more than `bytesMax` bytes.
        case long
    }

    /// How deep variables may stand in the defaults of others.
    static let depthMax = 64
    /// The most bytes of a text with its variables filled in: files of variables may double with each line.
    static let bytesMax = 1 << 20

    /// The value of a variable; nil when it is not set.
    let lookup: (String) -> String?
    /// Hears of each variable that is not set and has no default.
    let unset: (String) -> Void
    /// Hears of each variable that nothing came of.
    let empty: (String) -> Void
    /// Hears of each variable whose default was taken, and of the default.
    let assumed: (String, String) -> Void

    init(
        lookup: @escaping (String) -> String?,
        unset: @escaping (String) -> Void = { _ in },
        empty: @escaping (String) -> Void = { _ in },
        assumed: @escaping (String, String) -> Void = { _, _ in }
    ) {
        self.lookup = lookup
        self.unset = unset
        self.empty = empty
        self.assumed = assumed
    }

    /// The text with every variable filled in.
    func filled(_ text: String) throws(Failure) -> String {
        guard text.utf8.contains(Byte.dollar) else { return text }
        return String(decoding: try filled(Array(text.utf8)[...], depth: 0), as: UTF8.self)
    }

    private func filled(_ bytes: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        guard depth <= Self.depthMax else { throw .deep }
        var result: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == Byte.dollar, index + 1 < bytes.endIndex else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let next = bytes[index + 1]
            if next == Byte.dollar {
                result.append(Byte.dollar)
                index += 2
            } else if Byte.beginsName(next) {
                let end = Self.endOfName(bytes, from: index + 1)
                result += value(of: Self.text(bytes[(index + 1)..<end]))
                index = end
            } else if next == Byte.open {
                let end = try Self.endOfBraces(bytes, from: index + 1)
                result += try braced(bytes[(index + 2)..<end], depth: depth)
                index = end + 1
            } else {
                result.append(Byte.dollar)
                index += 1
            }
            guard result.count <= max(Self.bytesMax, bytes.count) else { throw .long }
        }
        return result
    }

    private func value(of name: String) -> [UInt8] {
        let value = lookup(name)
        if value == nil { unset(name) }
        if value?.isEmpty ?? true { empty(name) }
        return Array((value ?? "").utf8)
    }

    /// What stands between the braces.
    private func braced(_ bytes: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        let end = Self.endOfName(bytes, from: bytes.startIndex)
        let name = Self.text(bytes[bytes.startIndex..<end])
        guard end < bytes.endIndex else { return value(of: name) }
        let hasColon = bytes[end] == Byte.colon
        let sign = hasColon ? end + 1 : end
        let argument = try filled(bytes[(sign + 1)...], depth: depth + 1)
        let value = lookup(name)
        let isThere = value.map { !hasColon || !$0.isEmpty } ?? false
        let result: [UInt8]
        switch bytes[sign] {
        case Byte.minus:
            result = isThere ? Array((value ?? "").utf8) : argument
            if !isThere { assumed(name, String(decoding: argument, as: UTF8.self)) }
        case Byte.plus: result = isThere ? argument : Array((value ?? "").utf8)
        default:
            guard isThere else { throw .missing(name: name, reason: String(decoding: argument, as: UTF8.self)) }
            result = Array((value ?? "").utf8)
        }
        if result.isEmpty { empty(name) }
        return result
    }

    /// The place of the brace that closes the one at `start`, which must hold a name and, after a sign, anything.
    private static func endOfBraces(_ bytes: ArraySlice<UInt8>, from start: Int) throws(Failure) -> Int {
        let afterName = endOfName(bytes, from: start + 1)
        guard afterName > start + 1, afterName < bytes.endIndex else { throw .malformed }
        if bytes[afterName] == Byte.close { return afterName }
        let sign = bytes[afterName] == Byte.colon ? afterName + 1 : afterName
        guard sign < bytes.endIndex, [Byte.minus, Byte.plus, Byte.question].contains(bytes[sign]) else {
            throw .malformed
        }
        // The reference closes a variable on the line where it begins, and with the line's last brace if none fits.
        var last: Int?
        var open = 0
        var isSkipped = false
        for index in start..<bytes.endIndex {
            let byte = bytes[index]
            if byte == Byte.newline, index >= sign { break }
            if byte == Byte.close, index >= sign { last = index }
            if isSkipped {
                isSkipped = false
            } else if byte == Byte.close {
                open -= 1
                if open == 0 { return index }
            } else if byte == Byte.open {
                open += 1
                isSkipped = true
            }
        }
        guard let last else { throw .malformed }
        return last
    }

    private static func endOfName(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int {
        guard start < bytes.endIndex, Byte.beginsName(bytes[start]) else { return start }
        return bytes[start...].firstIndex { !Byte.beginsName($0) && !Byte.isDigit($0) } ?? bytes.endIndex
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Template.Failure {
    /// Which limit a text went over, in words; empty when it was none.
    var limit: String {
        switch self {
        case .deep: "variables stand more than \(Template.depthMax) deep in the defaults of others"
        case .long: "the value is longer than 1 MiB with its variables filled in"
        case .malformed, .missing: ""
        }
    }
}

/// The bytes that texts are taken apart by.
enum Byte {
    static let dollar = UInt8(ascii: "$")
    static let open = UInt8(ascii: "{")
    static let close = UInt8(ascii: "}")
    static let colon = UInt8(ascii: ":")
    static let minus = UInt8(ascii: "-")
    static let plus = UInt8(ascii: "+")
    static let question = UInt8(ascii: "?")
    static let newline = UInt8(ascii: "\n")

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// A letter of a-z in either case, or `_`.
    static func beginsName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}
