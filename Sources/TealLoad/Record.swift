/// What a run has seen so far; the report is made from nothing else.
///
/// Grows by 24 bytes with each answer and by nothing else that is unbounded: examples, lives and releases have limits.
struct Record {
    /// Why something counts as failed.
    enum Failure: String, CaseIterable {
        case notConnected = "not-connected"
        case cut
        case late
        case malformed
        case wrongBody = "wrong-body"
        case wrongStatus = "wrong-status"
        /// A 5xx that is not the service's own.
        case gateway = "gateway-error"
        case noRelease = "no-release"
        case wrongRelease = "wrong-release"
    }

    /// One failure to show.
    struct Example: Equatable {
        let at: UInt64
        let what: String
    }

    /// What failed in one way: how often, from when to when.
    struct Failed {
        var count = 0
        var examples: [Example] = []
        var first: UInt64
        var last: UInt64
    }

    /// How one WebSocket ended that this side wanted to keep.
    struct WebSocketEnd {
        let at: UInt64
        let livedMilliseconds: UInt32
        let how: String
        /// Which of those that the run keeps open, such as `websocket 0`.
        let of: String
    }

    /// One answer, kept small.
    struct Answer {
        let sent: UInt64
        /// From sending to the last byte, rounded up.
        let tookMicroseconds: UInt32
        /// From when it was due to the last byte.
        let latencyMicroseconds: UInt32
        let release: UInt16
        let isError: Bool
    }

    static let examplesMax = 20
    static let releasesMax = 4096
    static let livesMax = 10_000
    /// Ends of WebSockets that are told one by one.
    static let endsMax = 4096
    /// Later than that counts as failed.
    static let lateLimit: UInt64 = 5_000_000_000
    /// Sent later than that after it was due counts as late scheduling.
    static let scheduleSlack: UInt64 = 100_000_000

    /// Requests of the open loop and openings of streams and sockets.
    var requests = 0
    /// Requests of the open loop alone.
    var scheduled = 0
    var reconnects = 0
    var lateScheduled = 0
    var streams = 0, streamsCut = 0, streamsUnfinished = 0
    var events = 0, eventsCut = 0
    var webSockets = 0, webSocketsCut = 0, webSocketsWrong = 0, webSocketMessages = 0
    var webSocketsClosed: [UInt16: Int] = [:]
    var webSocketLives: [UInt32] = []
    var webSocketEnds: [WebSocketEnd] = []
    /// Those that were open when this side ended the run.
    var webSocketsKept = 0
    var relayPairings = 0
    var relayRepairs: [UInt32] = []
    private(set) var answers: [Answer] = []
    private(set) var releases: [String] = []
    private(set) var failures: [Failure: Failed] = [:]
    private var releaseNumbers: [String: UInt16] = [:]

    var failed: Int { failures.values.reduce(0) { $0 + $1.count } }

    mutating func fail(_ failure: Failure, at time: UInt64, _ what: String) {
        var entry = failures[failure] ?? Failed(first: time, last: time)
        entry.count += 1
        entry.first = min(entry.first, time)
        entry.last = max(entry.last, time)
        if entry.examples.count < Self.examplesMax {
            entry.examples.append(Example(at: time, what: String(what.prefix(300))))
        }
        failures[failure] = entry
    }

    /// Notes an answer; `true` when its release is seen for the first time.
    mutating func answered(due: UInt64, sent: UInt64, received: UInt64, release: String, isError: Bool) -> Bool {
        let known = releaseNumbers[release]
        let number = known ?? UInt16(min(releases.count, Self.releasesMax))
        if known == nil, releases.count < Self.releasesMax {
            releases.append(release)
            releaseNumbers[release] = number
        }
        answers.append(
            Answer(
                sent: sent,
                tookMicroseconds: Self.microseconds(from: sent, to: received) + 1,
                latencyMicroseconds: Self.microseconds(from: due, to: received),
                release: number,
                isError: isError
            )
        )
        return known == nil
    }

    mutating func webSocketEnded(at time: UInt64, opened: UInt64, code: UInt16?, name: String) {
        let lived = Self.microseconds(from: opened, to: time) / 1000
        if let code { webSocketsClosed[code, default: 0] += 1 } else { webSocketsCut += 1 }
        guard webSocketLives.count < Self.livesMax else { return }
        webSocketLives.append(lived)
        if webSocketEnds.count < Self.endsMax {
            let how = code.map { "close \($0)" } ?? "cut"
            webSocketEnds.append(WebSocketEnd(at: time, livedMilliseconds: lived, how: how, of: name))
        }
    }

    /// Counts the answers of releases that were not routed then as failed; to be called once, at the end.
    mutating func judge(_ history: RoutedHistory) {
        for answer in answers where Int(answer.release) < releases.count {
            let received = answer.sent + UInt64(answer.tookMicroseconds) * 1000
            let release = releases[Int(answer.release)]
            if !history.allows(release, sent: answer.sent, received: received) {
                fail(.wrongRelease, at: answer.sent, "\(release) answered and was not routed")
            }
        }
    }

    private static func microseconds(from: UInt64, to: UInt64) -> UInt32 {
        to <= from ? 0 : UInt32(clamping: (to - from) / 1000)
    }
}
