import NIOCore
import TealProxyWire

/// What one event loop knows of a target: its counters and its unused connections.
///
/// Never leaves its loop.
final class TargetState {
    /// The most unused connections kept per target and event loop.
    static let idleMax = 256
    /// How many of those that requests left behind which take none are kept.
    private static let spareMax = 8

    let id: TargetID
    /// The address as the table gave it.
    let place: TargetAddress
    let address: SocketAddress
    /// Whether the table in force names the target.
    var isListed = true
    /// How long an unused connection is kept, in nanoseconds: the service's setting, or less when the target said
    /// less in a `Keep-Alive` field.
    var idleLimit: Int64
    /// Unused connections; the one used last is last.
    private var idle: [BackConnection] = []

    var requestsStarted: UInt64 = 0
    var requestsInFlight: UInt64 = 0
    var upgradedStarted: UInt64 = 0
    var upgradedKeep: UInt64 = 0
    var upgradedClose: UInt64 = 0
    var upgradedClosed: UInt64 = 0
    var answers: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    var badGateway: UInt64 = 0
    var unavailable: UInt64 = 0
    var gatewayTimeout: UInt64 = 0
    var cutAnswers: UInt64 = 0
    var clientLeft: UInt64 = 0
    var connectFailures: UInt64 = 0
    var retries: UInt64 = 0
    var bytesToTarget: UInt64 = 0
    var bytesFromTarget: UInt64 = 0
    private let latency: UnsafeMutablePointer<UInt64>

    init(id: TargetID, place: TargetAddress, address: SocketAddress, idleLimit: Int64) {
        self.id = id
        self.place = place
        self.address = address
        self.idleLimit = idleLimit
        latency = .allocate(capacity: LatencyHistogram.bucketCount)
        latency.initialize(repeating: 0, count: LatencyHistogram.bucketCount)
    }

    deinit {
        latency.deallocate()
    }

    /// Whether anything is in flight.
    var isBusy: Bool { requestsInFlight > 0 || upgradedKeep > 0 || upgradedClose > 0 }

    /// Counts an answer of the target, `status` 101 or 200 to 599.
    @inline(__always) func countAnswer(status: Int, afterNanoseconds elapsed: Int64) {
        switch status / 100 {
        case 1: answers.0 &+= 1
        case 2: answers.1 &+= 1
        case 3: answers.2 &+= 1
        case 4: answers.3 &+= 1
        default: answers.4 &+= 1
        }
        latency[LatencyHistogram.bucket(ofMicroseconds: UInt64(max(0, elapsed)) / 1000)] &+= 1
    }

    /// An unused connection for a request, or nil when a fresh one must be opened.
    ///
    /// - Parameters:
    ///   - now: The event loop's time, in nanoseconds.
    ///   - isRepeatable: Whether the request may be sent again when the connection turns out to be closed; others get
    ///     none, since a close that is on its way cannot be seen.
    /// - Returns: A connection that is open as far as is known.
    @inline(__always) func takeIdle(now: Int64, isRepeatable: Bool) -> BackConnection? {
        guard isRepeatable else { return nil }
        while let connection = idle.popLast() {
            let age = now &- connection.idleSince
            if age < idleLimit, connection.isQuiet { return connection }
            connection.close()
        }
        return nil
    }

    /// Whether a connection is worth keeping that the next request of its kind will not take.
    ///
    /// A service with a worker for each connection would have none left for others.
    var wantsSpare: Bool { idle.count < Self.spareMax }

    /// Takes a connection back whose answer is complete.
    @inline(__always) func keepIdle(_ connection: BackConnection) {
        if idle.count >= Self.idleMax {
            let oldest = idle.removeFirst()
            oldest.discard()
        }
        idle.append(connection)
    }

    /// Forgets an unused connection that has ended by itself.
    func dropIdle(_ connection: BackConnection) {
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
    }

    /// Closes the connections that have been unused for longer than the limit.
    func expireIdle(now: Int64) {
        guard let first = idle.first, now - first.idleSince >= idleLimit else { return }
        let keep = idle.firstIndex { now - $0.idleSince < idleLimit } ?? idle.count
        let expired = idle[..<keep]
        idle.removeFirst(keep)
        for connection in expired { connection.discard() }
    }

    /// Closes all unused connections.
    func closeIdle() {
        let all = idle
        idle = []
        for connection in all { connection.close() }
    }

    /// Takes in how long the target says it keeps a connection, so that ours ends before.
    ///
    /// A second less than announced, or half when that is little.
    func learn(keepAliveSeconds seconds: Int) {
        let announced = Int64(min(seconds, 3600)) * 1_000_000_000
        idleLimit = min(idleLimit, max(announced - 1_000_000_000, announced / 2))
    }

    /// The counters as they go over the wire.
    var counters: TargetCounters {
        var counters = TargetCounters(id: id)
        counters.isRouted = isListed
        counters.requestsStarted = requestsStarted
        counters.requestsInFlight = requestsInFlight
        counters.upgradedStarted = upgradedStarted
        counters.upgradedKeepInFlight = upgradedKeep
        counters.upgradedCloseInFlight = upgradedClose
        counters.upgradedClosed = upgradedClosed
        counters.answers = [answers.0, answers.1, answers.2, answers.3, answers.4]
        counters.badGateway = badGateway
        counters.unavailable = unavailable
        counters.gatewayTimeout = gatewayTimeout
        counters.cutAnswers = cutAnswers
        counters.clientLeft = clientLeft
        counters.connectFailures = connectFailures
        counters.retries = retries
        counters.bytesToTarget = bytesToTarget
        counters.bytesFromTarget = bytesFromTarget
        counters.latency = LatencyHistogram(
            counts: Array(UnsafeBufferPointer(start: latency, count: LatencyHistogram.bucketCount))
        )
        return counters
    }
}
