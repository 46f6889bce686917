import TealCore
import TealDriverKit

/// Measures for how long nobody answers at a port while something is done.
struct GapMeter: Sendable {
    /// Between two looks; what is measured is not finer.
    private static let pace: Duration = .milliseconds(10)

    let probe: any HealthProbe

    /// Asks again and again, from before the work until an answer after it.
    ///
    /// - Parameters:
    ///   - place: The port.
    ///   - limit: How long an answer may be waited for after the work.
    ///   - work: What is done.
    /// - Returns: The longest time between two answers, whatever they said, whether one came after the work, and what came
    ///   of that.
    func measure<Result: Sendable>(
        at place: HostPort,
        within limit: Duration,
        _ work: @escaping @Sendable () async -> Result
    ) async -> (gap: Duration, answers: Bool, result: Result) {
        let address = place.isEverywhere ? (place.isIPv6 ? "::1" : "127.0.0.1") : place.address
        let endpoint = Endpoint(address: address, port: place.port)
        let clock = ContinuousClock()
        var last = clock.now
        var gap = Duration.zero
        var doneAt: ContinuousClock.Instant?
        let done = Flag()
        // Awaited below.
        let task = Task {
            let result = await work()
            await done.set()
            return result
        }
        while true {
            if doneAt == nil, await done.isSet { doneAt = clock.now }
            let asked = clock.now
            if await answers(endpoint) {
                gap = max(gap, clock.now - last)
                last = clock.now
                if let doneAt, asked >= doneAt {
                    return (gap, true, await task.value)
                }
            } else if let doneAt, clock.now - doneAt > limit {
                return (clock.now - last, false, await task.value)
            }
            // Cut short only where the daemon ends.
            try? await Task.sleep(for: Self.pace)
        }
    }

    private func answers(_ endpoint: Endpoint) async -> Bool {
        var expectation = HTTPExpectation(path: "/")
        expectation.statuses = Array(100..<600)
        switch await probe.request(expectation, at: endpoint, within: .seconds(2)) {
        case .passed, .failed(.status), .failed(.redirected), .failed(.bodyDiffers), .failed(.headerDiffers):
            return true
        case .failed: return false
        }
    }
}

private actor Flag {
    private(set) var isSet = false
    func set() { isSet = true }
}
