/// A moment as the Engine writes it, to the nanosecond (RFC 3339), and as it wants it back.
struct EngineMoment: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Since 1970.
    let seconds: Int
    let nanoseconds: Int

    init(seconds: Int, nanoseconds: Int) {
        self.seconds = seconds + nanoseconds / 1_000_000_000
        self.nanoseconds = nanoseconds % 1_000_000_000
    }

    init(nanosecondsSince1970 total: Int) { self.init(seconds: 0, nanoseconds: total) }

    /// Reads `2026-11-21T10:59:21.123456789Z`, also with an offset; nil for what is no moment.
    init?(parsing text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[10] == 0x54, let year = number(0..<4),
            let month = number(5..<7),
            let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), (1...12).contains(month)
        else { return nil }
        var rest = bytes[19...]
        var nanoseconds = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            let padded = String(decoding: digits.prefix(9), as: UTF8.self)
            nanoseconds = Int(padded + String(repeating: "0", count: 9 - padded.utf8.count)) ?? 0
        }
        var offset = 0
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), rest.count >= 6 {
            let start = rest.startIndex
            offset = ((number(start + 1..<start + 3) ?? 0) * 60 + (number(start + 4..<start + 6) ?? 0)) * 60
            if sign == UInt8(ascii: "-") { offset = -offset }
        } else if rest.first != UInt8(ascii: "Z") {
            return nil
        }
        let days = Self.days(year, month, day)
        self.init(seconds: ((days * 24 + hour) * 60 + minute) * 60 + second - offset, nanoseconds: nanoseconds)
    }

    /// Days since 1970 of a date in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", `days_from_civil`); 2000-03-01 is 11017.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var inSeconds: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
    /// The next moment that can be written.
    var next: EngineMoment { EngineMoment(seconds: seconds, nanoseconds: nanoseconds + 1) }

    /// How long after `earlier` this is; negative when it is before it.
    func nanoseconds(since earlier: EngineMoment) -> Int {
        (seconds - earlier.seconds) * 1_000_000_000 + nanoseconds - earlier.nanoseconds
    }

    static func < (one: Self, other: Self) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }

    /// `1700000000.000000001`, as `since` and `until` take it.
    var description: String {
        let digits = "\(nanoseconds)"
        return "\(seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
    }
}
