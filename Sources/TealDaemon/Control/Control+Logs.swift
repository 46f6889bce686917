import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// Logs, masked.
extension Control {
    func logs(_ query: LogQuery) async throws(Problem) -> AsyncThrowingStream<LogEntry, any Error> {
        let places = try await places(query)
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: LogEntry.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        let runtime = drivers.runtime
        let wanted = query.release
        // Ends with the tail, or when its reader goes away.
        let reader = Task {
            var tail: [LogEntry] = []
            for replica in places where !query.follow {
                // A replica that was removed since has no lines.
                let lines = (try? await runtime.logTail(of: replica, linesMax: query.tail)) ?? []
                for line in lines {
                    if let entry = await entry(line, replica, wanted) { tail.append(entry) }
                }
            }
            for entry in tail.sorted(by: { $0.time < $1.time }) { continuation.yield(entry) }
            if query.follow {
                await withDiscardingTaskGroup { group in
                    for replica in places {
                        group.addTask {
                            do {
                                for try await line in runtime.followLog(of: replica, linesMax: query.tail) {
                                    let end = LogOwner(line, at: replica).isPast(wanted)
                                    // What comes now is of a later release: the one that was asked for writes no more.
                                    if end { return }
                                    guard let entry = await self.entry(line, replica, wanted) else { continue }
                                    continuation.yield(entry)
                                }
                            } catch {
                                return  // its replica is gone: the others go on
                            }
                        }
                    }
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in reader.cancel() }
        return stream
    }

    /// A line under the name of the release that wrote it, masked with that one's secrets.
    ///
    /// - Returns: Nil for a line of another release than the wanted one, or of one that nobody knows: its secrets could
    ///   not be masked.
    private func entry(_ line: LogLine, _ replica: ReplicaID, _ wanted: Int?) async -> LogEntry? {
        guard let id = LogOwner(line, at: replica).release, wanted == nil || wanted == id.number,
            let release = await book.state.release(id),
            let text = await environments.masked([line.text], of: release).first
        else { return nil }
        return LogEntry(
            time: line.time,
            service: "\(replica.service.service)",
            release: "\(id)",
            replica: "\(replica)",
            isError: line.isError,
            text: text
        )
    }

    private func places(_ query: LogQuery) async throws(Problem) -> [ReplicaID] {
        let state = await book.state
        let records = state.services.values.filter {
            $0.service.project == query.project && (query.service == nil || $0.service.service == query.service)
        }.sorted { $0.service < $1.service }
        if let name = query.service, records.isEmpty {
            throw noSuchService(.init(project: query.project, service: name))
        }
        let places = records.flatMap { record -> [ReplicaID] in
            Slot.allCases.flatMap { slot -> [ReplicaID] in
                guard let release = state.release(record[slot]?.release),
                    query.release.map({ $0 == release.id.number }) ?? (slot == record.activeSlot)
                else { return [] }
                return Member.replicas(of: release, in: slot)
                    .filter { query.replica == nil || $0.index == query.replica }
            }
        }
        if let number = query.release, let name = query.service, places.isEmpty {
            return try gone(
                ReleaseID(service: .init(project: query.project, service: name), number: number),
                state,
                query
            )
        }
        return places
    }

    /// A release that is in no slot any more: its last lines are where its replicas ran, as long as nobody else ran there.
    private func gone(_ id: ReleaseID, _ state: HostState, _ query: LogQuery) throws(Problem) -> [ReplicaID] {
        guard let release = state.release(id), state.services[id.service] != nil else {
            throw Problem(
                "logs.no-such-release",
                "there is no \(id)",
                next: ["See all with `teal history \(id.service.service)`"]
            )
        }
        return Slot.allCases.flatMap { Member.replicas(of: release, in: $0) }
            .filter { query.replica == nil || $0.index == query.replica }
    }
}

/// Who wrote a line of a log, as the log's own marks say.
struct LogOwner: Hashable, Sendable {
    /// Nil where the log does not say, or names what is no release of the replica's service.
    let release: ReleaseID?

    init(_ line: LogLine, at replica: ReplicaID) {
        guard let name = line.release, let at = name.lastIndex(of: "@"),
            name[..<at] == "\(replica.service)", let number = Int(name[name.index(after: at)...]), number > 0
        else {
            release = nil
            return
        }
        release = ReleaseID(service: replica.service, number: number)
    }

    /// Whether another release than the wanted one writes here now.
    func isPast(_ wanted: Int?) -> Bool {
        guard let wanted, let release else { return false }
        return release.number != wanted
    }
}
