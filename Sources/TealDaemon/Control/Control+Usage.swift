import Glibc
import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// What replicas use.
extension Control {
    /// Between the two looks that tell how busy processors are.
    private static let usageWindow: Duration = .seconds(1)

    func usage(_ query: UsageQuery) async throws(Problem) -> UsageView {
        let state = await book.state
        let records = state.services.values.filter {
            (query.project == nil || $0.service.project == query.project)
                && (query.service == nil || $0.service.service == query.service)
        }
        if let name = query.service, records.isEmpty { throw noSuchService(name, of: query.project) }
        let seen = await SeenReplicas.look(wards, records.map(\.service).sorted())
        let running = seen.replicas.filter(\.isRunning).sorted { $0.id < $1.id }
        let first = await looks(at: running)
        do {
            try await Task.sleep(for: Self.usageWindow)
        } catch {
            throw Problem("usage.cancelled", "the caller went away before the second look")
        }
        let second = await looks(at: running)
        let active = Dictionary(uniqueKeysWithValues: records.map { ($0.service, $0.activeSlot) })
        let views = running.compactMap { replica -> UsageOfReplica? in
            view(
                of: replica,
                isActive: active[replica.id.service] == replica.id.slot,
                first[replica.id],
                second[replica.id]
            )
        }
        return UsageView(
            seconds: Double(Self.usageWindow.components.seconds),
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memoryBytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
            replicas: views
        )
    }

    private typealias Look = Result<ReplicaUsage?, RuntimeError>

    /// Looks at all replicas side by side.
    private func looks(at replicas: [ReplicaState]) async -> [ReplicaID: Look] {
        await withTaskGroup(of: (ReplicaID, Look).self) { [runtime = drivers.runtime] group in
            for replica in replicas {
                group.addTask {
                    do throws(RuntimeError) {
                        return (replica.id, .success(try await runtime.usage(of: replica.id)))
                    } catch {
                        return (replica.id, .failure(error))
                    }
                }
            }
            var looks: [ReplicaID: Look] = [:]
            for await (id, look) in group { looks[id] = look }
            return looks
        }
    }

    /// - Returns: Nil for a replica that ended meanwhile.
    private func view(of replica: ReplicaState, isActive: Bool, _ first: Look?, _ second: Look?) -> UsageOfReplica? {
        let (project, name) = ("\(replica.id.service.project)", "\(replica.id)")
        switch second {
        case nil, .success(nil): return nil
        case .failure(let error):
            return UsageOfReplica(
                project: project,
                replica: name,
                release: "\(replica.release)",
                isActive: isActive,
                reason: RuntimeWords.text(error)
            )
        case .success(let usage?):
            let earlier = first.flatMap { (try? $0.get()) ?? nil }
            return UsageOfReplica(
                project: project,
                replica: name,
                release: "\(replica.release)",
                isActive: isActive,
                processors: earlier.flatMap { usage.processors(since: $0) },
                memoryBytes: usage.memoryBytes,
                memoryBytesMax: usage.memoryBytesMax,
                processes: usage.processes
            )
        }
    }
}
