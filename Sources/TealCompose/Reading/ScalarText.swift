/// Reads plain YAML scalars as Compose does: words and numbers of YAML 1.2, and the octal `0644` of YAML 1.1.
///
/// `yes`, `on` and their like are texts; keys that take true or false understand them nevertheless.
enum ScalarText {
    static func content(_ text: String) -> ComposeNode.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        default: break
        }
        guard let first = text.utf8.first else { return .null }
        if first == UInt8(ascii: ".") { return number(text, isFloatOnly: true) ?? .string(text) }
        guard first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || isDigit(first) else { return .string(text) }
        if isMoment(text) { return .moment(text) }
        return number(text.replacing("_", with: ""), isFloatOnly: false) ?? .string(text)
    }

    private static func number(_ text: String, isFloatOnly: Bool) -> ComposeNode.Content? {
        if !isFloatOnly, let whole = whole(text) { return whole }
        guard text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil else { return nil }
        var plain = text.hasPrefix("+") ? String(text.dropFirst()) : text
        plain = plain.replacing(#/\.(?=[eE]|$)/#, with: "")
        return Double(plain).flatMap { $0.isFinite ? .float($0) : nil }
    }

    private static func whole(_ text: String) -> ComposeNode.Content? {
        let isNegative = text.hasPrefix("-")
        let plain = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let (digits, radix) = base(of: plain)
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        if let value = Int((isNegative ? "-" : "") + digits, radix: radix) { return .int(value) }
        return isNegative ? nil : UInt64(digits, radix: radix).map { .big($0) }
    }

    private static func base(of text: Substring) -> (Substring, Int) {
        guard text.count > 1, text.hasPrefix("0") else { return (text, 10) }
        switch text.dropFirst().first {
        case "x", "X": return (text.dropFirst(2), 16)
        case "o", "O": return (text.dropFirst(2), 8)
        case "b", "B": return (text.dropFirst(2), 2)
        default: return (text.dropFirst(), 8)
        }
    }

    /// `2001-12-14`, with or without a time of day.
    private static func isMoment(_ text: String) -> Bool {
        // Numbers are many and the form below is slow to try.
        let bytes = Array(text.utf8.prefix(5))
        guard bytes.count == 5, bytes[..<4].allSatisfy(isDigit), bytes[4] == UInt8(ascii: "-") else { return false }
        let form =
            #/([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?/#
        guard let match = text.wholeMatch(of: form), let year = Int(match.1), let month = Int(match.2) else {
            return false
        }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), let day = Int(match.3), (1...days[month - 1]).contains(day) else {
            return false
        }
        guard let hour = match.4 else { return true }
        guard let hour = Int(hour), hour < 24, let minute = Int(match.5 ?? ""), minute < 60 else { return false }
        guard let second = Int(match.6 ?? ""), second < 60 else { return false }
        return text.contains(" ") ? match.8 == nil : match.8 != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
