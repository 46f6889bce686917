import Synchronization
import TealCore
import TealDriverKit

/// Takes over containers in memory: what it adopts is a replica of a runtime.
final class FakeAdopter: ContainerAdopter {
    struct State {
        var strangers: [FoundContainer] = []
        var claims: [ReplicaID: ReleaseID] = [:]
        var asked: [String] = []
        /// Why it gives no answer; nil when it does.
        var trouble: RuntimeError?
    }

    let runtime: FakeRuntime
    let state = Mutex(State())

    init(_ runtime: FakeRuntime) { self.runtime = runtime }

    var asked: [String] { state.withLock { $0.asked } }

    func strangers() async throws(RuntimeError) -> [FoundContainer] {
        let now = state.withLock { $0 }
        if let trouble = now.trouble { throw trouble }
        return now.strangers
    }

    func adopt(_ order: AdoptOrder) async throws(RuntimeError) {
        state.withLock { state in
            state.asked.append("adopt \(order.container) as \(order.replica)")
            state.claims[order.replica] = order.release
        }
        runtime.put(order.replica, order.release)
    }

    func letGo(_ replica: ReplicaID) async throws(RuntimeError) {
        let isClaimed = state.withLock { state in
            state.asked.append("let go \(replica)")
            return state.claims.removeValue(forKey: replica) != nil
        }
        if isClaimed { runtime.state.withLock { $0.replicas[replica] = nil } }
    }

    func adopted() -> [ReplicaID: ReleaseID] { state.withLock { $0.claims } }
}
