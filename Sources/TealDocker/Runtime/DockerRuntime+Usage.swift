package import TealCore
package import TealDriverKit

extension DockerRuntime {
    package func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? {
        let container = try await container(of: replica)
        guard container.isRunning else { return nil }
        let usage = try await asked { () async throws(DockerError) in try await self.client.usage(of: container.id) }
        return usage.map {
            ReplicaUsage(
                processorTime: $0.processorTime,
                at: .now,
                memoryBytes: $0.memoryBytes,
                memoryBytesMax: container.memoryBytesMax,
                processes: $0.processes
            )
        }
    }
}
