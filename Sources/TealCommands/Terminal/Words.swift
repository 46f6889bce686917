/// How quantities are written for people.
enum Words {
    /// `0.4 s`, `12.3 s`, `2 min 5 s`, `3 h 10 min`, `2 days 3 h`.
    static func seconds(_ seconds: Double) -> String {
        let seconds = bounded(seconds)
        switch seconds {
        case ..<99.95: return "\(tenths(seconds)) s"
        case ..<5400:
            let whole = Int(seconds.rounded())
            return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
        case ..<172_770:
            let minutes = Int((seconds / 60).rounded())
            return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
        default:
            let hours = Int((seconds / 3600).rounded())
            return count(hours / 24, "day") + (hours % 24 == 0 ? "" : " \(hours % 24) h")
        }
    }

    /// `<1 ms`, `4 ms`, `12.5 s`.
    static func latency(_ seconds: Double) -> String {
        let milliseconds = bounded(seconds) * 1000
        if milliseconds >= 10_000 { return self.seconds(seconds) }
        return milliseconds < 0.5 ? "<1 ms" : "\(Int(milliseconds.rounded())) ms"
    }

    /// `just now`, `5 min ago`, `3 days ago`.
    static func ago(_ seconds: Double) -> String {
        let seconds = bounded(seconds)
        return switch seconds {
        case ..<60: "just now"
        case ..<5400: "\(Int(seconds / 60)) min ago"
        case ..<172_800: "\(Int(seconds / 3600)) h ago"
        default: "\(Int(seconds / 86_400)) days ago"
        }
    }

    /// Seconds from none to a thousand years: clocks and daemons may say anything.
    private static func bounded(_ seconds: Double) -> Double {
        seconds.isNaN ? 0 : min(max(0, seconds), 1000 * 365 * 86_400)
    }

    /// `512 B`, `12.0 KiB`, `1.5 GiB`.
    static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        for unit in ["KiB", "MiB", "GiB"] {
            if value < 1000 || unit == "GiB" { return "\(tenths(value)) \(unit)" }
            value /= 1024
        }
        return "\(count) B"
    }

    /// `1 request`, `3 requests`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// The first characters of a hash; an image's digest keeps its kind.
    static func shortHash(_ hash: String) -> String {
        guard let colon = hash.lastIndex(of: ":") else { return String(hash.prefix(12)) }
        return String(hash[...colon] + hash[hash.index(after: colon)...].prefix(12))
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
