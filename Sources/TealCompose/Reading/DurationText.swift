/// Durations such as `1m30s`, with `d` for days and `w` for weeks.
enum DurationText {
    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000, "d": 86_400_000_000_000, "w": 604_800_000_000_000,
    ]

    /// The duration; nil for a text that is none, or for one of more than 292 years.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = part(&rest) else { return nil }
            let (sum, isOver) = total.addingReportingOverflow(part)
            guard !isOver else { return nil }
            total = sum
        }
        return .nanoseconds(isNegative ? -total : total)
    }

    /// The nanoseconds of one number with its unit, taken off the front.
    private static func part(_ rest: inout Substring) -> Int64? {
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(whole.count)
        var fraction: Substring = ""
        if rest.hasPrefix(".") {
            fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty), let number = whole.isEmpty ? 0 : Int64(whole) else { return nil }
        let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
        rest = rest.dropFirst(name.count)
        guard let unit = units[String(name)] else { return nil }
        let (product, isOver) = number.multipliedReportingOverflow(by: unit)
        guard !isOver else { return nil }
        guard !fraction.isEmpty, let digits = Double("0.\(fraction)") else { return product }
        return product + Int64((digits * Double(unit)).rounded(.toNearestOrAwayFromZero))
    }

    /// `1h0m5s`, `1.5s`, `250ms`, `0s`: as the reference implementation writes it.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let total = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let sign = total < 0 ? "-" : ""
        let size = total.magnitude
        guard size > 0 else { return "0s" }
        if size < 1_000 { return "\(sign)\(size)ns" }
        if size < 1_000_000 { return sign + decimal(size, scale: 1_000) + "µs" }
        if size < 1_000_000_000 { return sign + decimal(size, scale: 1_000_000) + "ms" }
        let rest = decimal(size % 60_000_000_000, scale: 1_000_000_000) + "s"
        let minutes = size / 60_000_000_000
        if minutes == 0 { return sign + rest }
        return minutes < 60 ? "\(sign)\(minutes)m\(rest)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(rest)"
    }

    /// A quotient with as many decimals as it has.
    private static func decimal(_ value: UInt64, scale: UInt64) -> String {
        let rest = value % scale
        guard rest > 0 else { return "\(value / scale)" }
        var digits = String(String(scale + rest).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(value / scale).\(digits)"
    }
}
