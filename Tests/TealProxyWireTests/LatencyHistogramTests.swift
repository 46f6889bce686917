import Testing

@testable import TealProxyWire

@Suite struct `Latencies are counted in buckets of an eighth` {
    @Test func `each value lies in its bucket`() {
        for shift in 0..<34 as Range<UInt64> {
            for value in [1 << shift, (1 << shift) + 1, (1 << shift) * 3 / 2] as [UInt64] {
                let bucket = LatencyHistogram.bucket(ofMicroseconds: value)
                #expect(LatencyHistogram.lowerBound(ofBucket: bucket) <= value)
                if bucket < 255 { #expect(value < LatencyHistogram.lowerBound(ofBucket: bucket + 1)) }
            }
        }
        #expect(LatencyHistogram.bucket(ofMicroseconds: 1000) == 63)
        #expect(LatencyHistogram.bucket(ofMicroseconds: .max) == 255)
    }

    @Test func `percentiles come from the difference of two snapshots`() throws {
        var before = LatencyHistogram()
        for _ in 0..<1000 { before.record(.seconds(5)) }
        var after = before
        for value in 1...100 { after.record(.milliseconds(value)) }
        let window = after.since(before)
        #expect(window.total == 100)
        let p95 = try #require(window.percentile(0.95))
        #expect(p95 >= .milliseconds(95) && p95 <= .milliseconds(108))
        let p50 = try #require(window.percentile(0.5))
        #expect(p50 >= .milliseconds(50) && p50 <= .milliseconds(57))
        #expect(LatencyHistogram().percentile(0.99) == nil)
    }
}
