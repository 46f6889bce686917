import CTealSystem
import Glibc
import Synchronization
package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    package func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult {
        let run = BesideRun()
        return try await withTaskCancellationHandlerTyped { () async throws(RuntimeError) in
            try await threads.run { [self] () throws(RuntimeError) in
                let standing = try known(replica)
                guard standing.isLive else { throw .refused("\(replica) does not run") }
                return try run.execute(command, standing.spec, home.files(of: replica), launcher.program, limit)
            }
        } onCancel: {
            run.cancel()
        }
    }

    package func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        try await threads.run { [self] () throws(RuntimeError) in
            let standing = try known(replica)
            let table = try mapped { () throws(SystemError) in try ListenerTable.read() }
            var own: [pid_t] = []
            if standing.isHeld, let record = standing.record {
                own = ProcessTree.descendants(of: record.shim.pid).map(\.pid)
            }
            return table.report(port: standing.spec.port, own: own)
        }
    }

    package func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) {
        try await threads.run { [self] () throws(RuntimeError) in
            let standing = try known(replica)
            guard standing.isLive, let endpoint = standing.endpoint else {
                throw .activityRefused("\(replica) does not run")
            }
            // A run that begins later must know too. First the shim when work ends, last when it begins: whatever happens
            // between, no run does work that it should not.
            let later = WireLine("active", ["value": active ? "1" : "0"])
            if !active { try tell(replica, later, orRecord: nil) }
            switch call {
            case .signal(let name):
                guard let signal = SignalNumber(named: name) else { throw .activityRefused("'\(name)' is no signal") }
                do throws(RuntimeError) {
                    try tell(replica, WireLine("signal", ["number": "\(signal.raw)"]), orRecord: nil)
                } catch .refused(let reason) {
                    throw .activityRefused(reason)
                }
            case .post(let path):
                let request = ActivityRequest(path: path, active: active, endpoint: endpoint)
                try request.send(until: Self.now + limit)
            }
            if active { try tell(replica, later, orRecord: nil) }
        }
    }
}

/// The typed form of the standard library's handler.
private func withTaskCancellationHandlerTyped<Value: Sendable>(
    _ work: () async throws(RuntimeError) -> Value,
    onCancel: @Sendable () -> Void
) async throws(RuntimeError) -> Value {
    let result: Result<Value, RuntimeError> = await withTaskCancellationHandler {
        do throws(RuntimeError) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    } onCancel: {
        onCancel()
    }
    return try result.get()
}
