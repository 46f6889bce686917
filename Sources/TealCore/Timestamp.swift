/// A moment on a host's boot clock (`CLOCK_BOOTTIME`), which never jumps and counts while the host sleeps.
///
/// Decisions use this and a ``BootID``; wall time is for people only. Two timestamps compare only within one boot.
package struct Timestamp: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Nanoseconds since the host booted.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }

    package static func + (moment: Self, span: Duration) -> Self {
        .init(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }

    /// How long after `earlier` this is; negative when it is before it.
    package func since(_ earlier: Timestamp) -> Duration { .nanoseconds(nanoseconds - earlier.nanoseconds) }

    package var description: String { "\(Double(nanoseconds) / 1e9)s" }

    package init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}

extension Duration {
    /// The span in whole nanoseconds; spans beyond 292 years are cut to that.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return whole + attoseconds / 1_000_000_000
    }

    /// The span in seconds, for people and for JSON.
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
