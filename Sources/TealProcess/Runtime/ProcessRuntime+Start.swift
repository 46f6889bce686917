import Glibc
import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    package func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        let state = try await turns.run(order.replica) { () async throws(RuntimeError) in
            try await threads.run { [self] () throws(RuntimeError) in try startNow(order) }
        }
        watcher.wake()
        return state
    }

    private func startNow(_ order: StartOrder) throws(RuntimeError) -> ReplicaState {
        _ = try Self.artifact(of: order.release)
        guard Files.exists(home.content(of: order.release.id)) else { throw .contentMissing(order.release.id) }
        let before = try standing(of: order.replica)
        if let before, before.isLive {
            guard before.release == order.release.id else { throw .placeTaken(by: before.release) }
            return before.state
        }
        if let record = before?.record { Leftovers.clear(record) }
        let endpoint = try endpoint(for: order)
        var spec = try LaunchPlan(home: home, inherited: inherited).spec(order, endpoint)
        spec.launch = "\(Boot.id)/\(getpid())/\(Self.now.nanoseconds)"
        let files = home.files(of: order.replica)
        try mapped { () throws(SystemError) in
            try Files.makeDirectory(files.directory)
            try Files.replace(files.spec, with: spec.bytes)
        }
        // 'Held' means that an earlier call of this start, whose daemon died, got there first.
        _ = try launcher.launch("run", files)
        return try known(order.replica).state
    }

    /// The endpoint of a place, which nobody else listens on now.
    private func endpoint(for order: StartOrder) throws(RuntimeError) -> Endpoint {
        let fixed = order.release.spec.fixedPorts.map { $0.port(of: order.replica.slot) + order.replica.index }
        let endpoint = try ledger.assign(order.replica, fixed: fixed)
        guard !PortLedger.isFree(endpoint.port) else { return endpoint }
        throw .portTaken(port: endpoint.port, by: ListenerTable.holderName(of: endpoint.port))
    }
}
