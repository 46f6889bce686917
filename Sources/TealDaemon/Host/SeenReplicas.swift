import TealCore
import TealDriverKit

/// The replicas of a host as far as they can be seen.
///
/// Where one runtime gives no answer, the services of the other are seen all the same; nothing is concluded about those
/// that are not.
struct SeenReplicas: Sendable {
    let replicas: [ReplicaState]
    /// The services whose replicas cannot be seen now.
    let unseen: [ServiceKey: RuntimeError]

    init(replicas: [ReplicaState], unseen: [ServiceKey: RuntimeError] = [:]) {
        self.replicas = replicas
        self.unseen = unseen
    }

    /// How long a look waits for a runtime when people wait for it.
    static let limit: Duration = .seconds(3)

    /// Asks all wards side by side, each once and for as long as `limit`.
    static func look(
        _ wards: [Ward],
        _ services: some Sequence<ServiceKey> & Sendable,
        within limit: Duration = limit
    ) async -> Self {
        await withTaskGroup(of: Self.self) { group in
            for ward in wards {
                let own = services.filter { ward.has($0) }
                group.addTask { await look(ward, own, within: limit) }
            }
            var (seen, unseen): ([ReplicaState], [ServiceKey: RuntimeError]) = ([], [:])
            for await part in group {
                seen += part.replicas
                unseen.merge(part.unseen) { $1 }
            }
            return .init(replicas: seen, unseen: unseen)
        }
    }

    /// Looks at one ward.
    ///
    /// - Parameters:
    ///   - ward: Whom to ask; not asked while there is nothing in it.
    ///   - services: The ward's services.
    ///   - limit: How long to wait; nil for as long as the runtime itself waits.
    /// - Returns: What of the ward is seen.
    static func look(_ ward: Ward, _ services: [ServiceKey], within limit: Duration?) async -> Self {
        guard ward.isUsed() else { return .init(replicas: []) }
        do throws(RuntimeError) {
            let replicas = try await ask(within: limit) { () async throws(RuntimeError) in
                try await ward.runtime.replicas()
            }
            return .init(replicas: replicas.filter { ward.has($0.id.service) })
        } catch {
            // A runtime that answers, and cannot tell of one service, may tell of the others.
            if case .refused = error { return await lookApart(ward, services, within: limit) }
            return .init(replicas: [], unseen: .init(services.map { ($0, error) }) { $1 })
        }
    }

    /// Looks at each service of a ward by itself.
    private static func lookApart(_ ward: Ward, _ services: [ServiceKey], within limit: Duration?) async -> Self {
        var (seen, unseen): ([ReplicaState], [ServiceKey: RuntimeError]) = ([], [:])
        var away: RuntimeError?
        for service in services {
            // One that gives no answer any more is not waited for once for each.
            if let away {
                unseen[service] = away
                continue
            }
            do throws(RuntimeError) {
                seen += try await ask(within: limit) { () async throws(RuntimeError) in
                    try await ward.runtime.replicas(of: service)
                }
            } catch {
                unseen[service] = error
                if case .refused = error { continue }
                away = error
            }
        }
        return .init(replicas: seen, unseen: unseen)
    }

    private static func ask(
        within limit: Duration?,
        _ look: @escaping @Sendable () async throws(RuntimeError) -> [ReplicaState]
    ) async throws(RuntimeError) -> [ReplicaState] {
        guard let limit else { return try await look() }
        let answer = await withTaskGroup(of: Result<[ReplicaState], RuntimeError>.self) { group in
            group.addTask {
                do throws(RuntimeError) {
                    return .success(try await look())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                // Cancelled: the answer was first.
                try? await Task.sleep(for: limit)
                return .failure(.timedOut("a look at what runs"))
            }
            let first = await group.next() ?? .failure(.cancelled)
            group.cancelAll()
            return first
        }
        return try answer.get()
    }

    /// Whether the run of a replica that a target stands for runs now.
    func shows(_ target: TrafficTarget) -> Bool {
        replicas.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
    }

    func canSee(_ service: ServiceKey) -> Bool { unseen[service] == nil }

    /// One of the reasons why something is not seen; nil when all is.
    var reason: RuntimeError? { unseen.min { $0.key < $1.key }?.value }
}
