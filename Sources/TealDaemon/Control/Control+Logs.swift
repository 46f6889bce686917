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
        let environments = environments
        // Ends with the tail, or when its reader goes away.
        let reader = Task {
            var tail: [LogEntry] = []
            for (replica, release) in places where !query.follow {
                // A replica that was removed since has no lines.
                let lines = (try? await runtime.logTail(of: replica, linesMax: query.tail)) ?? []
                let texts = await environments.masked(lines.map(\.text), of: release)
                tail += zip(lines, texts).map { Self.entry($0, $1, replica, release) }
            }
            for entry in tail.sorted(by: { $0.time < $1.time }) { continuation.yield(entry) }
            if query.follow {
                await withDiscardingTaskGroup { group in
                    for (replica, release) in places {
                        group.addTask {
                            do {
                                for try await line in runtime.followLog(of: replica, linesMax: query.tail) {
                                    let text = await environments.masked([line.text], of: release).first ?? ""
                                    continuation.yield(Self.entry(line, text, replica, release))
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

    private static func entry(_ line: LogLine, _ text: String, _ replica: ReplicaID, _ release: Release) -> LogEntry {
        LogEntry(
            time: line.time,
            service: "\(replica.service.service)",
            release: "\(release.id)",
            replica: "\(replica)",
            isError: line.isError,
            text: text
        )
    }

    private func places(_ query: LogQuery) async throws(Problem) -> [(ReplicaID, Release)] {
        let state = await book.state
        let records = state.services.values.filter {
            $0.service.project == query.project && (query.service == nil || $0.service.service == query.service)
        }.sorted { $0.service < $1.service }
        if let name = query.service, records.isEmpty {
            throw noSuchService(.init(project: query.project, service: name))
        }
        let places = records.flatMap { record -> [(ReplicaID, Release)] in
            Slot.allCases.flatMap { slot -> [(ReplicaID, Release)] in
                guard let release = state.release(record[slot]?.release),
                    query.release.map({ $0 == release.id.number }) ?? (slot == record.activeSlot)
                else { return [] }
                return Member.replicas(of: release, in: slot)
                    .filter { query.replica == nil || $0.index == query.replica }.map { ($0, release) }
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
    private func gone(_ id: ReleaseID, _ state: HostState, _ query: LogQuery) throws(Problem) -> [(ReplicaID, Release)]
    {
        guard let release = state.release(id), let record = state.services[id.service] else {
            throw Problem(
                "logs.no-such-release",
                "there is no \(id)",
                next: ["See all with `teal history \(id.service.service)`"]
            )
        }
        let slot = record.activeSlot?.other ?? .blue
        return Member.replicas(of: release, in: slot).filter { query.replica == nil || $0.index == query.replica }.map {
            ($0, release)
        }
    }
}
