import TealCore
import TealDriverKit

/// What the log's lines add up to, by target.
struct LogCounters {
    /// Each bucket's upper end in milliseconds: every doubling has two.
    static let boundsMilliseconds: [Int64] = [
        1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144,
        8192, 12288, 16384, 24576, 32768, 49152, 65536,
    ]

    private(set) var targets: [TargetID: TargetCounters] = [:]
    /// Lines that were not whole or not Teal's.
    private(set) var unreadable: UInt64 = 0

    /// Adds a line.
    ///
    /// - Parameters:
    ///   - line: Without its end.
    ///   - target: Finds the target at an address in a table; nil for one that is forgotten.
    mutating func add(_ line: ArraySlice<UInt8>, target: (String, TablePosition) -> TargetID?) {
        guard let line = AccessLine(line) else {
            unreadable += 1
            return
        }
        for (index, attempt) in line.attempts.enumerated() {
            // Tried again at the same target, such as when a kept connection had just been closed: one request.
            if line.attempts[(index + 1)...].contains(where: { $0.address == attempt.address }) { continue }
            guard let id = target(attempt.address, line.position) else { continue }
            var counters = targets[id] ?? Self.empty
            counters.requests += 1
            if index == line.attempts.count - 1 { Self.answer(line, attempt, &counters) }
            targets[id] = counters
        }
    }

    /// The counts of a target; all zero for one that nothing came to.
    func counters(of id: TargetID) -> TargetCounters { targets[id] ?? Self.empty }

    mutating func keep(_ counters: TargetCounters, of id: TargetID) { targets[id] = counters }

    mutating func forget(_ id: TargetID) { targets[id] = nil }

    /// The last try is the one that was answered.
    private static func answer(_ line: AccessLine, _ attempt: AccessLine.Attempt, _ counters: inout TargetCounters) {
        guard let head = attempt.head else {
            // 499: the client went before there was an answer; everything else without a head is nginx's own answer.
            if line.status >= 500 { counters.switchErrors += 1 }
            return
        }
        switch line.status {
        // 499 here is a client that went in the middle of an answer.
        case 499: break
        case 500...: counters.serverErrors += 1
        case 400..<500: counters.clientErrors += 1
        case 300..<400: counters.redirects += 1
        case 200..<300: counters.successes += 1
        default: break
        }
        if line.isCut { counters.cutAnswers += 1 }
        let milliseconds = Int64(head / .milliseconds(1))
        let bucket = boundsMilliseconds.firstIndex { milliseconds <= $0 } ?? boundsMilliseconds.count - 1
        counters.latency.counts[bucket] += 1
    }

    private static let empty: TargetCounters = {
        var counters = TargetCounters()
        counters.latency = LatencyHistogram(
            boundsNanoseconds: boundsMilliseconds.map { $0 * 1_000_000 },
            counts: [UInt64](repeating: 0, count: boundsMilliseconds.count)
        )
        return counters
    }()
}
