/// A time span on the command line: `30`, `30s`, `5m`, `2h`, `500ms`.
struct DurationArgument: Hashable, Sendable {
    let seconds: Double

    /// The longest span, in seconds.
    static let secondsMax = 7 * 86_400.0

    init?(_ text: String) {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let unit = units.first { text.hasSuffix($0.0) }
        let number = text.dropLast(unit?.0.count ?? 0)
        guard let value = Double(number), value.isFinite, value >= 0 else { return nil }
        let seconds = value * (unit?.1 ?? 1)
        guard seconds <= Self.secondsMax else { return nil }
        self.seconds = seconds
    }
}
