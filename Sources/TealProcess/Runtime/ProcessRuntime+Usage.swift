package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    package func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? {
        try await threads.run { [self] () throws(RuntimeError) in
            let standing = try known(replica)
            guard standing.isLive, let record = standing.record else { return nil }
            let own = ProcessTree.descendants(of: record.shim.pid).filter { !$0.isZombie }
            guard !own.isEmpty else { return nil }
            let ticks = own.reduce(UInt64(0)) { $0 + $1.processorTicks }
            return ReplicaUsage(
                processorTime: .seconds(1) * (Double(ticks) / Double(ProcessEntry.ticksPerSecond)),
                at: .now,
                memoryBytes: own.reduce(0) { $0 + $1.proportionalBytes },
                memoryBytesMax: standing.spec.memoryBytesMax,
                processes: own.count
            )
        }
    }
}
