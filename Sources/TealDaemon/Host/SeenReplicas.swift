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

    /// Asks for all at once, and service by service where that fails.
    static func look(_ runtime: any ContainerRuntime, _ services: some Sequence<ServiceKey> & Sendable) async -> Self {
        if let replicas = try? await runtime.replicas() { return .init(replicas: replicas) }  // said by service below
        var seen: [ReplicaState] = []
        var unseen: [ServiceKey: RuntimeError] = [:]
        for service in services {
            do throws(RuntimeError) {
                seen += try await runtime.replicas(of: service)
            } catch {
                unseen[service] = error
            }
        }
        return .init(replicas: seen, unseen: unseen)
    }

    /// Whether the run of a replica that a target stands for runs now.
    func shows(_ target: TrafficTarget) -> Bool {
        replicas.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
    }

    func canSee(_ service: ServiceKey) -> Bool { unseen[service] == nil }

    /// One of the reasons why something is not seen; nil when all is.
    var reason: RuntimeError? { unseen.min { $0.key < $1.key }?.value }
}
