import TealCore
import TealDriverKit

extension LogCounters {
    /// Counts the answer to a request of Teal's own, where no line of the log tells of it.
    mutating func add(_ result: ProbeResult, of target: TargetID) {
        var counters = counters(of: target)
        counters.requests += 1
        switch result {
        case .passed(let latency):
            counters.successes += 1
            Self.note(latency, &counters)
        case .failed(let failure): Self.note(failure, &counters)
        }
        keep(counters, of: target)
    }

    private static func note(_ failure: ProbeFailure, _ counters: inout TargetCounters) {
        switch failure {
        case .status(let status) where status == 502 || status == 504: counters.switchErrors += 1
        case .status(500...): counters.serverErrors += 1
        case .status(400..<500): counters.clientErrors += 1
        case .redirected: counters.redirects += 1
        // Answered, though not as was expected.
        case .status, .bodyDiffers, .headerDiffers: counters.successes += 1
        case .tooSlow(let latency, _):
            counters.successes += 1
            note(latency, &counters)
        default: counters.switchErrors += 1
        }
    }

    private static func note(_ latency: Duration, _ counters: inout TargetCounters) {
        let milliseconds = Int64(latency / .milliseconds(1))
        let bucket = boundsMilliseconds.firstIndex { milliseconds <= $0 } ?? boundsMilliseconds.count - 1
        counters.latency.counts[bucket] += 1
    }
}
