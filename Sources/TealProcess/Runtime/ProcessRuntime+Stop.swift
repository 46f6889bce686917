import CTealSystem
import Glibc
package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    /// How long after its grace a replica may take to be gone.
    private static let killWithin: Duration = .seconds(10)
    /// How long a shim may take to answer what needs no waiting, and to be gone after its last word.
    static let answerWithin: Duration = .seconds(5)
    private static let pauseMicroseconds: useconds_t = 5_000

    package func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        guard let signal = SignalNumber(named: policy.signal) else { throw .refused("'\(policy.signal)' is no signal") }
        let grace = max(policy.grace, .zero)
        // Not in turn with other calls: a second stop with a shorter grace must not wait for the first.
        try await threads.run { [self] () throws(RuntimeError) in try stopNow(replica, signal, grace) }
        watcher.wake()
    }

    package func remove(_ replica: ReplicaID) async throws(RuntimeError) {
        try await turns.run(replica) { () async throws(RuntimeError) in
            try await threads.run { [self] () throws(RuntimeError) in try removeNow(replica) }
        }
        watcher.wake()
    }

    package func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        try await threads.run { [self] () throws(RuntimeError) in
            let line = WireLine("policy", ["value": policy.rawValue])
            try tell(replica, line, orRecord: { $0.restartsByItself = policy == .unlessStopped })
        }
        watcher.wake()
    }

    // MARK: Blocking

    private func stopNow(_ replica: ReplicaID, _ signal: SignalNumber, _ grace: Duration) throws(RuntimeError) {
        let deadline = Self.now + grace + Self.killWithin
        let milliseconds = grace.nanoseconds / 1_000_000
        let line = WireLine("stop", ["signal": "\(signal.raw)", "grace-ms": "\(milliseconds)"])
        while let standing = try standing(of: replica) {
            guard standing.isHeld else { return try settle(standing, as: .stopped) }
            guard Self.now < deadline else { throw .doesNotStop(replica) }
            do throws(ShimClient.Failure) {
                let client = try ShimClient(home.files(of: replica))
                try client.greet(until: deadline)
                _ = try client.ask(line, until: deadline)
                try waitUntilReleased(replica, until: Self.now + Self.answerWithin)
            } catch {
                switch error {
                case .gone: usleep(Self.pauseMicroseconds)
                case .timedOut: throw .doesNotStop(replica)
                case .refused(let reason): throw .refused(reason)
                }
            }
        }
    }

    private func waitUntilReleased(_ replica: ReplicaID, until deadline: Timestamp) throws(ShimClient.Failure) {
        let lock = home.files(of: replica).lock
        // A lock that cannot be looked at is looked at again by the caller.
        while (try? FileLock.isHeld(lock)) == true {
            guard Self.now < deadline else { throw .timedOut }
            usleep(Self.pauseMicroseconds)
        }
    }

    /// Clears what a shim left that is gone, and writes how the replica stands, in the shim's stead.
    private func settle(_ standing: PlaceStanding, as phase: ReplicaRecord.Phase) throws(RuntimeError) {
        guard var record = standing.record ?? unlaunched(standing) else { return }
        if standing.isAbandoned {
            guard Leftovers.clear(record).isEmpty else { throw .doesNotStop(standing.replica) }
        }
        guard record.phase != phase || record.launch != standing.spec.launch else { return }
        // Said of the spec that is there: a shim on its way for it, whose daemon died, finds its launch used up.
        record.launch = standing.spec.launch
        record.phase = phase
        record.child = nil
        try write(record, home.files(of: standing.replica))
    }

    /// A record in the name of this process, for a spec that no shim has begun with.
    private func unlaunched(_ standing: PlaceStanding) -> ReplicaRecord? {
        guard let own = ProcessIdentity.of(getpid()) else { return nil }
        return ReplicaRecord(release: standing.spec.release, boot: Boot.id, shim: own)
    }

    /// Writes a record while no shim holds the place; leaves it alone when one does by now.
    private func write(_ record: ReplicaRecord, _ files: ReplicaFiles) throws(RuntimeError) {
        try mapped { () throws(SystemError) in
            guard let lock = try FileLock.take(files.lock) else { return }
            try record.write(files)
            _ = lock
        }
    }

    private func removeNow(_ replica: ReplicaID) throws(RuntimeError) {
        try stopNow(replica, SignalNumber(SIGKILL), .zero)
        let files = home.files(of: replica)
        try mapped { () throws(SystemError) in
            // First the spec: without it there is no replica, whatever else is left by a crash.
            for path in [files.spec, files.state, files.socket, files.lock] { try Files.removeTree(path) }
            // On a full disk the port stays held, which is the safe side.
            try? ledger.release(replica)
            guard Files.exists(files.directory) else { return }
            try Files.syncDirectory(files.directory)
            if try Files.names(in: files.directory).isEmpty { rmdir(files.directory) }
        }
    }

    /// Sends a request to the shim of a replica, or changes the record where there is no shim.
    func tell(
        _ replica: ReplicaID,
        _ line: WireLine,
        orRecord change: ((inout ReplicaRecord) -> Void)?
    ) throws(RuntimeError) {
        let deadline = Self.now + Self.answerWithin
        while true {
            let standing = try known(replica)
            guard standing.isHeld else {
                guard let change, var record = standing.record else {
                    throw .refused("\(replica) does not run")
                }
                if standing.isAbandoned { try settle(standing, as: .exited) }
                if record.phase == .running || record.phase == .restarting || record.phase == .starting {
                    record.phase = .exited
                    record.child = nil
                }
                change(&record)
                return try write(record, home.files(of: replica))
            }
            do throws(ShimClient.Failure) {
                let client = try ShimClient(home.files(of: replica))
                try client.greet(until: deadline)
                _ = try client.ask(line, until: deadline)
                return
            } catch {
                switch error {
                case .gone where Self.now < deadline: usleep(Self.pauseMicroseconds)
                case .gone: throw .unreachable(reason: "the shim of \(replica) does not answer")
                case .timedOut: throw .timedOut("the shim of \(replica) gave no answer within \(Self.answerWithin)")
                case .refused(let reason): throw .refused(reason)
                }
            }
        }
    }
}
