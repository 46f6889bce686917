/// How long targets took to answer, as counts in 256 buckets that grow with the value.
///
/// A latency is the time from the complete request head to the first byte of the final response head, in whole
/// microseconds. Below 8 µs each value has its own bucket; above, each power of two is cut into 8 equal buckets, so a
/// bucket is at most an eighth of its lower end wide. The last bucket ends at 2^34 µs (4.7 h) and takes all beyond.
///
/// Two snapshots of one proxy incarnation can be subtracted; that gives the latencies of the time between them.
package struct LatencyHistogram: Hashable, Sendable {
    package static let bucketCount = 256

    /// One count per bucket, always ``bucketCount`` of them.
    package private(set) var counts: [UInt64]

    package init() {
        counts = [UInt64](repeating: 0, count: Self.bucketCount)
    }

    /// Takes counts as they are; missing ones are zero, and surplus ones are left out.
    package init(counts: [UInt64]) {
        self.init()
        for (index, count) in counts.prefix(Self.bucketCount).enumerated() { self.counts[index] = count }
    }

    /// The bucket of a value: 0 → 0, 7 → 7, 8 → 8, 15 → 15, 16 and 17 → 16, 1000 → 63.
    @inlinable
    package static func bucket(ofMicroseconds value: UInt64) -> Int {
        if value < 8 { return Int(truncatingIfNeeded: value) }
        let exponent = 63 &- value.leadingZeroBitCount
        let index = (exponent &- 2) &* 8 &+ Int(truncatingIfNeeded: (value &>> UInt64(exponent &- 3)) & 7)
        return index < 256 ? index : 255
    }

    /// The smallest value of a bucket, in microseconds: 0 → 0, 8 → 8, 16 → 16, 17 → 18, 63 → 960.
    package static func lowerBound(ofBucket index: Int) -> UInt64 {
        if index < 8 { return UInt64(max(0, index)) }
        return UInt64(8 + index % 8) << UInt64(index / 8 - 1)
    }

    /// How many values were counted.
    package var total: UInt64 { counts.reduce(0, &+) }

    /// The value below which a share of the counted values lies; nil when nothing was counted.
    ///
    /// Answers with the upper end of the bucket that holds the rank, so the true value is at most an eighth lower.
    ///
    /// - Parameter share: `0...1`, such as 0.95.
    /// - Returns: The value, to the accuracy of its bucket.
    package func percentile(_ share: Double) -> Duration? {
        let total = total
        guard total > 0 else { return nil }
        let rank = min(total, max(1, UInt64((Double(total) * min(1, max(0, share))).rounded(.up))))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen &+= counts[index]
            if seen >= rank { return .microseconds(Int64(Self.lowerBound(ofBucket: index + 1))) }
        }
        return nil
    }

    /// The values counted since an earlier snapshot of the same incarnation.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        LatencyHistogram(counts: zip(counts, earlier.counts).map { $0 >= $1 ? $0 - $1 : 0 })
    }

    /// Adds the counts of another histogram, such as another event loop's or another target's.
    package mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    /// Counts one latency.
    package mutating func record(_ latency: Duration) {
        counts[Self.bucket(ofMicroseconds: latency.wireNanoseconds / 1000)] &+= 1
    }
}

extension LatencyHistogram {
    /// The buckets that are not empty, as pairs of index and count.
    var sparse: [UInt64] {
        counts.indices.filter { counts[$0] > 0 }.flatMap { [UInt64($0), counts[$0]] }
    }

    init(sparse: [UInt64]) throws(WireError) {
        self.init()
        guard sparse.count.isMultiple(of: 2) else { throw .unfit("latency") }
        for index in stride(from: 0, to: sparse.count, by: 2) {
            guard sparse[index] < UInt64(Self.bucketCount) else { throw .unfit("latency") }
            counts[Int(sparse[index])] = sparse[index + 1]
        }
    }
}
