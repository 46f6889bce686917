package import TealCore

/// Asks a replica whether it is well, from outside and at its own endpoint.
package protocol HealthProbe: Sendable {
    /// Sends one request and judges the answer. Never throws: whatever happens is the result.
    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult

    /// Opens and closes a connection.
    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult

    /// Asks a store in its own protocol whether it takes work.
    func ask(_ store: StoreProtocol, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult
}

extension HealthProbe {
    /// One that speaks no such protocol only sees whether connections are accepted.
    package func ask(
        _ store: StoreProtocol,
        at endpoint: Endpoint,
        within limit: Duration
    ) async -> ProbeResult {
        await connect(to: endpoint, within: limit)
    }
}

/// How one probe went.
package enum ProbeResult: Hashable, Sendable, Codable {
    case passed(latency: Duration)
    case failed(ProbeFailure)

    package var hasPassed: Bool {
        if case .passed = self { true } else { false }
    }
}

/// Why a probe failed, as specific as could be seen.
package enum ProbeFailure: Hashable, Sendable, Codable {
    /// The connection was refused: nothing listens there.
    case refused
    /// No whole answer came through something that stands between, such as a published port, so that whether the replica
    /// listens is not known.
    case unanswered
    /// A connection was accepted by something that stands between, which says nothing about the replica.
    case unproven
    /// The runtime's own check of the replica says so.
    case unhealthy
    case timedOut(after: Duration)
    /// The connection ended before the answer was whole.
    case closedEarly
    /// What came back was no HTTP answer.
    case notHTTP(String)
    /// A store answered in its own protocol that it takes no work yet, or no more, in these words.
    case notReady(String)
    /// What came back was not in the store's protocol.
    case otherProtocol(StoreProtocol, got: String)
    case status(Int)
    case redirected(status: Int, to: String)
    case bodyDiffers(expected: String, got: String)
    case headerDiffers(name: String, expected: String, got: String?)
    case tooSlow(Duration, limit: Duration)
    case commandFailed(exitCode: Int, lastLine: String)
    /// The replica does not run.
    case notRunning(ReplicaExit?)
    /// Another process answers in the replica's place.
    case anotherProcess(pid: Int?, name: String?)
    /// The replica listens on other ports than its own.
    case wrongPort(own: [Int])
    case unreachable(String)
}
