import AsyncHTTPClient
import NIOCore
package import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a follower of a rollout is told.
package enum FollowSignal: Hashable, Sendable {
    case event(RolloutEvent)
    /// The connection is lost; it is tried again.
    case lost(because: String)
    /// It is back; no event was missed.
    case back
}

extension DaemonClient {
    /// How long a follower tries to reach a daemon that went away, unless its caller says otherwise.
    package static let followPatience = Duration.seconds(60)
    /// The first and the longest wait between two tries.
    static let retryWaits = (first: Duration.milliseconds(100), longest: Duration.seconds(2))

    /// Tells the events of a rollout, recorded ones first, until it has ended.
    ///
    /// A lost connection is opened again, and goes on after the last event that arrived.
    ///
    /// - Parameters:
    ///   - id: Such as `r17`.
    ///   - sequence: The last event that the caller has; 0 for none.
    ///   - patience: How long to try when nobody answers any more.
    ///   - receive: Called in order; false ends the following.
    /// - Throws: ``ClientFailure/lost(_:)`` when nobody answered for that long, ``ClientFailure/refused(_:)`` when the
    ///   daemon does not know the rollout.
    package func follow(
        _ id: String,
        after sequence: Int = 0,
        patience: Duration = followPatience,
        _ receive: (FollowSignal) async -> Bool
    ) async throws(ClientFailure) {
        var last = sequence
        var lostAt: ContinuousClock.Instant?
        var wait = Self.retryWaits.first
        while true {
            let failure: ClientFailure
            do throws(ClientFailure) {
                let response = try await openEvents(id, after: last)
                if lostAt != nil {
                    lostAt = nil
                    wait = Self.retryWaits.first
                    guard await receive(.back) else { return }
                }
                let ended = try await read(response) { event in
                    last = event.sequence
                    return await receive(.event(event))
                }
                if ended { return }
                failure = .lost(ConnectionProblem.lost(socket: socket, because: "the daemon ended the stream"))
            } catch {
                failure = error
            }
            switch failure {
            case .refused, .cancelled: throw failure
            case .unreachable(let problem), .lost(let problem):
                let since = lostAt ?? .now
                if lostAt == nil {
                    lostAt = since
                    guard await receive(.lost(because: Self.reason(failure))) else { return }
                }
                guard ContinuousClock.now - since < patience else { throw .lost(problem) }
            }
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw .cancelled
            }
            wait = min(wait * 2, Self.retryWaits.longest)
        }
    }

    private static func reason(_ failure: ClientFailure) -> String {
        if case .unreachable = failure { "no daemon answers" } else { "the daemon ended the connection" }
    }

    private func openEvents(_ id: String, after sequence: Int) async throws(ClientFailure) -> HTTPClientResponse {
        try await streams.open(
            .followRollout,
            Operation.followRollout.path(Exchange.encode(id)),
            headers: [("Accept", "text/event-stream"), ("Last-Event-ID", "\(sequence)")],
            within: Self.quickLimit
        )
    }

    /// One connection's worth of events; true when there is no more to come.
    private func read(
        _ response: HTTPClientResponse,
        _ receive: (RolloutEvent) async -> Bool
    ) async throws(ClientFailure) -> Bool {
        var parser = EventParser()
        var ended = false
        try await lines(of: response) { line throws(ClientFailure) in
            guard let event = parser.add(line) else { return true }
            if event.name == "problem" { throw .refused(try decoded(event.data)) }
            let value: RolloutEvent = try decoded(event.data)
            ended = value.kind == .ended
            guard await receive(value) else {
                ended = true
                return false
            }
            return !ended
        }
        return ended
    }

    /// Tells the lines of logs, oldest first.
    ///
    /// - Parameters:
    ///   - query: Which ones.
    ///   - receive: Called in order; false ends it.
    /// - Throws: ``ClientFailure/lost(_:)`` when the connection ended while the query follows.
    package func logs(_ query: LogQuery, _ receive: (LogEntry) async -> Bool) async throws(ClientFailure) {
        let text = Query([
            ("project", query.project.description),
            ("service", query.service?.description),
            ("release", query.release.map(String.init)),
            ("replica", query.replica.map(String.init)),
            ("tail", "\(query.tail)"),
            ("follow", query.follow ? "true" : nil),
        ]).text
        let response = try await streams.open(.logs, Operation.logs.path + text, within: Self.quickLimit)
        try await lines(of: response) { line throws(ClientFailure) in
            let value: LogStreamLine = try decoded(line)
            if let problem = value.problem { throw .refused(problem) }
            guard let entry = value.entry else { return true }
            return await receive(entry)
        }
    }

    /// Builds a service's sources on the host, and waits for the end; leaving ends the build.
    ///
    /// - Parameters:
    ///   - request: What to build.
    ///   - receive: Called for each event, in order.
    /// - Returns: What was made.
    /// - Throws: ``ClientFailure/refused(_:)`` with why there is nothing; ``ClientFailure/lost(_:)`` when the connection ended
    ///   before the build did.
    package func build(
        _ request: BuildRequest,
        _ receive: (BuildEvent) async -> Void
    ) async throws(ClientFailure) -> BuildResult {
        let response = try await streams.open(
            .build,
            Operation.build.path,
            sending: request,
            within: Self.workLimit
        )
        var result: BuildResult?
        try await lines(of: response) { line throws(ClientFailure) in
            let value: BuildStreamLine = try decoded(line)
            if let problem = value.problem { throw .refused(problem) }
            if let event = value.event { await receive(event) }
            result = value.result
            return result == nil
        }
        guard let result else {
            throw .lost(ConnectionProblem.lost(socket: socket, because: "the daemon ended the stream"))
        }
        return result
    }

    func lines(
        of response: HTTPClientResponse,
        _ receive: (String) async throws(ClientFailure) -> Bool
    ) async throws(ClientFailure) {
        var splitter = LineSplitter(bytesMax: APILimits.lineBytesMax)
        do {
            for try await piece in response.body {
                for line in try splitter.add(piece.readableBytesView) {
                    // Leaving the loop closes the connection.
                    guard try await receive(line) else { return }
                }
            }
        } catch let failure as ClientFailure {
            throw failure
        } catch is LineSplitter.TooLong {
            throw .lost(ConnectionProblem.unreadable(socket: socket, what: "a line is longer than any event"))
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .lost(ConnectionProblem.lost(socket: socket, because: Exchange.words(for: error)))
        }
    }

    func decoded<Value: Decodable>(_ text: String) throws(ClientFailure) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw .lost(ConnectionProblem.unreadable(socket: socket, what: "it is no \(Value.self)"))
        }
    }
}
