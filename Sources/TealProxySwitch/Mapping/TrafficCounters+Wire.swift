import TealDriverKit
import TealProxyWire

extension TrafficCounters {
    /// What the proxy counted, in the engine's words.
    init(_ report: CountersReport) {
        let targets = report.targets.map {
            (TealDriverKit.TargetID($0.id.text), TealDriverKit.TargetCounters($0))
        }
        self.init(
            incarnation: String(report.incarnation, radix: 16),
            position: TablePosition(epoch: report.epoch, version: report.version),
            // The proxy names each target once; were one there twice, its first counts are as good as its second.
            targets: Dictionary(targets) { first, _ in first }
        )
    }
}

extension TealDriverKit.TargetCounters {
    init(_ counters: TealProxyWire.TargetCounters) {
        self.init()
        requests = counters.requestsStarted
        requestsInFlight = counters.requestsInFlight
        upgradedOpen = counters.upgradedInFlight
        let answers = counters.answers + [UInt64](repeating: 0, count: 5)
        successes = answers[1]
        redirects = answers[2]
        clientErrors = answers[3]
        serverErrors = answers[4]
        switchErrors = counters.proxyMadeErrors
        cutAnswers = counters.cutAnswers
        latency = .init(boundsNanoseconds: Self.bounds, counts: counters.latency.counts)
    }

    /// Each bucket's upper end: where the next one begins.
    private static let bounds: [Int64] = (1...TealProxyWire.LatencyHistogram.bucketCount).map { index in
        Int64(clamping: TealProxyWire.LatencyHistogram.lowerBound(ofBucket: index) * 1000)
    }
}
