/// Numbers as the reference implementation writes them, so that both programs' results can be compared.
enum NumberText {
    /// The shortest text that reads back as the same number, with an exponent below 1e-4 and from 1e21 on.
    static func general(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return text(of: "\(value)", exponentFrom: -4)
    }

    /// The same for JSON, with an exponent below 1e-6 and from 1e21 on.
    static func json(_ value: Double) -> String { text(of: "\(value)", exponentFrom: -6) }

    static func json(_ value: Float) -> String { text(of: "\(value)", exponentFrom: -6) }

    /// Writes the digits of Swift's shortest description anew.
    private static func text(of description: String, exponentFrom least: Int) -> String {
        let isNegative = description.hasPrefix("-")
        let parts = description.drop { $0 == "-" }.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        var digits = mantissa.joined()
        var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + mantissa[0].count - 1
        while digits.count > 1, digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        if digits == "0" { return isNegative ? "-0" : "0" }
        return (isNegative ? "-" : "") + layout(digits, exponent: exponent, least: least)
    }

    /// `digits` with a point behind the first one, times ten to the power of `exponent`.
    private static func layout(_ digits: String, exponent: Int, least: Int) -> String {
        if exponent < least || exponent >= 21 {
            let rest = digits.dropFirst()
            let size = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
            return digits.prefix(1) + (rest.isEmpty ? "" : ".\(rest)") + "e\(exponent < 0 ? "-" : "+")\(size)"
        }
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
        if digits.count <= exponent + 1 { return digits + String(repeating: "0", count: exponent + 1 - digits.count) }
        return digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }
}
