/// Writes the fields of one message: for each its tag, its length, its bytes.
///
/// Tags and numbers are base-128 varints, least significant group first. A field that repeats is a list.
package struct WireWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Writes a number; zero is written too, so that a reader can tell it from absence.
    package mutating func field(_ tag: UInt64, _ value: UInt64) {
        varint(tag)
        varint(UInt64(Self.length(of: value)))
        varint(value)
    }

    /// Writes a flag.
    package mutating func field(_ tag: UInt64, _ value: Bool) {
        field(tag, value ? 1 : UInt64(0))
    }

    /// Writes text as UTF-8.
    package mutating func field(_ tag: UInt64, _ text: String) {
        field(tag, bytes: Array(text.utf8))
    }

    /// Writes a duration in nanoseconds; a negative one as zero, one of more than 292 years as that.
    package mutating func field(_ tag: UInt64, _ duration: Duration) {
        field(tag, duration.wireNanoseconds)
    }

    /// Writes raw bytes.
    package mutating func field(_ tag: UInt64, bytes value: [UInt8]) {
        varint(tag)
        varint(UInt64(value.count))
        bytes += value
    }

    /// Writes a message inside this one.
    package mutating func field(_ tag: UInt64, message: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        message(&inner)
        field(tag, bytes: inner.bytes)
    }

    /// Writes a list of numbers in one field.
    package mutating func field(_ tag: UInt64, packed values: [UInt64]) {
        field(
            tag,
            message: { inner in
                for value in values { inner.varint(value) }
            }
        )
    }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func length(of value: UInt64) -> Int {
        max(1, (70 - value.leadingZeroBitCount) / 7)
    }
}

extension Duration {
    /// Whole nanoseconds, `0...Int64.max`.
    var wireNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || overflow2 ? UInt64(Int64.max) : UInt64(sum)
    }
}
