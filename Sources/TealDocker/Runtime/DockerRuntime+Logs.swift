package import TealCore
package import TealDriverKit

extension DockerRuntime {
    /// How long the reading of a tail may take.
    private static let tailLimit: Duration = .seconds(15)
    /// How long a removal waits for the last lines.
    private static let leavingLimit: Duration = .seconds(3)
    /// The most lines of a tail.
    private static let tailLinesMax = 10_000
    /// How long a followed log waits before it looks whether its replica runs again.
    private static let followPause: Duration = .milliseconds(200)

    package func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        guard knows(replica), let standing = try await standing(of: replica) else {
            guard let left = tails.lines(leftAt: replica) else { throw .noSuchReplica(replica) }
            return left.suffix(max(linesMax, 0))
        }
        guard let container = standing.container else { return [] }
        guard container.startedAt != nil else { return [] }
        if let kept = tails.lines(of: replica, container.id) { return kept.suffix(max(linesMax, 0)) }
        do throws(DockerError) {
            return try await tail(of: container, linesMax: linesMax)
        } catch {
            // What goes while it is read has no lines that anybody could come back for.
            if error.isGone { return [] }
            throw Self.unreadable(container, error) ?? error.asRuntime
        }
    }

    /// Keeps the last lines of a container that is removed now: people look for them once a release was kept out.
    func leaveTail(of replica: ReplicaID, _ containers: [ContainerFacts]) async {
        guard let container = containers.first(where: { $0.startedAt != nil }) else { return }
        if let kept = tails.lines(of: replica, container.id) { return tails.leave(kept, at: replica) }
        // A removal waits for no log.
        let lines = try? await withDeadline(Self.leavingLimit, "read log") { [self] () async throws(DockerError) in
            try await tail(of: container, linesMax: KeptTails.linesMax)
        }
        tails.leave(lines ?? [], at: replica)
    }

    func tail(of container: ContainerFacts, linesMax: Int) async throws(DockerError) -> [LogLine] {
        let limit = min(max(linesMax, 0), Self.tailLinesMax)
        guard limit > 0 else { return [] }
        let release = container.labels[ContainerLabels.release]
        return try await withDeadline(Self.tailLimit, "read log") { [client] () async throws(DockerError) in
            var assembler = LogAssembler(isStamped: true, release: release)
            var lines: [LogLine] = []
            try await client.log(of: container.id, tail: limit).forEachFrame { frame async throws(DockerError) in
                lines += assembler.feed(frame, at: WallClock.now)
            }
            return Self.inOrder(lines + assembler.rest()).suffix(limit)
        }
    }

    /// The Engine writes down each output by itself, so that a line of one may stand before an earlier one of the other.
    static func inOrder(_ lines: [LogLine]) -> [LogLine] {
        lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    private static func unreadable(_ container: ContainerFacts, _ error: DockerError) -> RuntimeError? {
        guard let message = error.message,
            // Docker's words, and Podman's.
            ["does not support reading", "cannot read logs"].contains(where: message.contains)
        else { return nil }
        return .refused(
            """
            the lines of \(container.name) cannot be read: its log driver '\(container.logDriver)' only writes; \
            read them where it sends them, or use json-file, local or journald
            """
        )
    }

    /// Keeps the lines of a container whose log driver cannot be read, from its start on.
    func keepTail(of place: ReplicaID, _ id: String) async {
        // Without a tail the replica runs all the same.
        guard let container = try? await client.container(id), !KeptTails.isReadable(container.logDriver),
            let stream = try? await client.attach(to: id)
        else { return }
        tails.begin(place, id, release: container.labels[ContainerLabels.release], stream)
    }

    package func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: LogLine.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        // Ended by the stream's own end: the consumer stops, or the replica is removed.
        let task = Task { [self] in
            do throws(RuntimeError) {
                try await follow(replica, linesMax: linesMax) { continuation.yield($0) }
                continuation.finish()
            } catch {
                if error == .cancelled { continuation.finish() } else { continuation.finish(throwing: error) }
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// The Engine's own stream ends with each run; this one goes on to the next.
    private func follow(
        _ replica: ReplicaID,
        linesMax: Int,
        _ take: @escaping @Sendable (LogLine) -> Void
    ) async throws(RuntimeError) {
        var position = FollowPosition(linesMax: min(max(linesMax, 0), Self.tailLinesMax))
        guard knows(replica) else { throw .noSuchReplica(replica) }
        while knows(replica), !Task.isCancelled {
            do throws(RuntimeError) {
                try await followRun(of: replica, &position, take)
            } catch {
                // An engine that stops ends the stream; it may be back in a moment.
                guard error.isPassing else { throw error }
            }
            do {
                try await Task.sleep(for: Self.followPause)
            } catch {
                throw .cancelled
            }
        }
    }

    /// Follows the run of now to its end.
    private func followRun(
        of replica: ReplicaID,
        _ position: inout FollowPosition,
        _ take: @escaping @Sendable (LogLine) -> Void
    ) async throws(RuntimeError) {
        guard let container = try await standing(of: replica)?.container, container.startedAt != nil else { return }
        do throws(DockerError) {
            try await follow(container, &position, take)
        } catch {
            // What was removed meanwhile has no more lines.
            if !error.isGone { throw Self.unreadable(container, error) ?? error.asRuntime }
        }
    }

    private func follow(
        _ container: ContainerFacts,
        _ position: inout FollowPosition,
        _ take: @escaping @Sendable (LogLine) -> Void
    ) async throws(DockerError) {
        let (tail, since) = position.begin(container.id, at: WallClock.now)
        var assembler = LogAssembler(isStamped: true, release: container.labels[ContainerLabels.release])
        let stream = try await client.log(of: container.id, tail: tail, since: since, follow: container.isLive)
        var last = position.last
        do throws(DockerError) {
            try await stream.forEachFrame { frame async throws(DockerError) in
                for line in assembler.feed(frame, at: WallClock.now) { take(line) }
                last = assembler.last ?? last
            }
        } catch {
            position.last = last
            throw error
        }
        for line in assembler.rest() { take(line) }
        position.last = last
    }
}

/// Where a followed log goes on.
struct FollowPosition: Hashable, Sendable {
    let linesMax: Int
    private var container: String?
    /// When the last line was written that was given.
    var last: EngineMoment?

    init(linesMax: Int) { self.linesMax = linesMax }

    /// What to ask of a container's log: the last lines at first, then what is new; all of a container that took the
    /// place of another.
    mutating func begin(_ id: String, at now: EngineMoment) -> (tail: Int?, since: String?) {
        defer {
            container = id
            // What comes is written later, also when nothing came yet.
            last = last ?? now
        }
        guard let container else { return (linesMax, nil) }
        if container != id { last = nil }
        return (nil, last.map { "\($0.next)" })
    }
}
