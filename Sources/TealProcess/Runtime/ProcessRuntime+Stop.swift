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
    /// How long the lock of a place without a shim is tried: others look at it, and a shim on its way may come first.
    private static let lockWithin: Duration = .milliseconds(200)

    package func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        guard let signal = SignalNumber(named: policy.signal) else { throw .refused("'\(policy.signal)' is no signal") }
        let grace = max(policy.grace, .zero)
        // Behind a start that is under way, so that nothing comes up after it; but not in turn with other stops: a second one
        // with a shorter grace must not wait for the first.
        await turns.run(replica) {}
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
            guard Self.now < deadline else { throw .doesNotStop(replica) }
            guard standing.isHeld else {
                // A shim that takes the lock first is stopped in the next round.
                if try amend(replica, Self.stopped) { return }
                continue
            }
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

    /// Said of the spec that is there: a shim on its way for it, whose daemon died, finds its launch used up.
    private static func stopped(_ record: inout ReplicaRecord, _ spec: LaunchSpec) {
        record.phase = .stopped
        record.launch = spec.launch
    }

    private func waitUntilReleased(_ replica: ReplicaID, until deadline: Timestamp) throws(ShimClient.Failure) {
        let lock = home.files(of: replica).lock
        // A lock that cannot be looked at is looked at again by the caller.
        while (try? FileLock.isHeld(lock)) == true {
            guard Self.now < deadline else { throw .timedOut }
            usleep(Self.pauseMicroseconds)
        }
    }

    /// Changes the record of a place that no shim holds, in the shim's stead; clears first what a killed one left.
    ///
    /// - Returns: False when a shim holds the place by now: then nothing has changed.
    private func amend(
        _ replica: ReplicaID,
        _ change: (inout ReplicaRecord, LaunchSpec) -> Void
    ) throws(RuntimeError) -> Bool {
        let files = home.files(of: replica)
        guard let lock = try lock(files) else { return !Files.exists(files.spec) }
        defer { withExtendedLifetime(lock) {} }
        // Only what is there now counts: a shim may have come and gone since the place was looked at.
        let found = try mapped { () throws(SystemError) in try PlaceStanding.look(replica, home, isHeld: false) }
        guard let standing = found, var record = standing.record ?? unlaunched(standing) else { return true }
        let before = record
        try clear(standing)
        if standing.isAbandoned { record.phase = .exited }
        record.child = nil
        change(&record, standing.spec)
        if record != before { try mapped { () throws(SystemError) in try record.write(files) } }
        return true
    }

    /// The lock of a place; nil when a shim holds it, or the place is gone.
    private func lock(_ files: ReplicaFiles) throws(RuntimeError) -> FileLock? {
        try mapped { () throws(SystemError) in
            do throws(SystemError) {
                return try FileLock.take(files.lock, within: Self.lockWithin)
            } catch {
                if error.code == ENOENT { return nil }
                throw error
            }
        }
    }

    /// Ends what a killed shim left in a place whose lock is held here.
    private func clear(_ standing: PlaceStanding) throws(RuntimeError) {
        guard standing.isAbandoned, let record = standing.record else { return }
        guard Leftovers.clear(record).isEmpty else { throw .doesNotStop(standing.replica) }
    }

    /// A record in the name of this process, for a spec that no shim has begun with.
    private func unlaunched(_ standing: PlaceStanding) -> ReplicaRecord? {
        guard let own = ProcessIdentity.of(getpid()) else { return nil }
        return ReplicaRecord(release: standing.spec.release, boot: Boot.id, shim: own)
    }

    private func removeNow(_ replica: ReplicaID) throws(RuntimeError) {
        let files = home.files(of: replica)
        let deadline = Self.now + Self.killWithin
        while true {
            try stopNow(replica, SignalNumber(SIGKILL), .zero)
            guard Files.exists(files.directory) else { return release(replica) }
            if let lock = try lock(files) {
                // A shim that came after the stop has ended, or was killed: nothing else can come while this holds.
                let standing = try mapped { () throws(SystemError) in
                    try PlaceStanding.look(replica, home, isHeld: false)
                }
                if let standing { try clear(standing) }
                try unlinkAll(files)
                release(replica)
                return withExtendedLifetime(lock) {}
            }
            guard Self.now < deadline else { throw .doesNotStop(replica) }
        }
    }

    private func release(_ replica: ReplicaID) {
        // On a full disk the port stays held, which is the safe side.
        try? ledger.release(replica)
    }

    /// Takes a place's files away; the lock must be held.
    private func unlinkAll(_ files: ReplicaFiles) throws(RuntimeError) {
        try mapped { () throws(SystemError) in
            // First the spec: without it there is no replica, whatever else is left by a crash.
            for path in [files.spec, files.state, files.socket, files.lock] { try Files.removeTree(path) }
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
                guard let change, standing.record != nil else { throw .refused("\(replica) does not run") }
                if try amend(replica, { record, _ in change(&record) }) { return }
                guard Self.now < deadline else {
                    throw .unreachable(reason: "the place of \(replica) is held and does not answer")
                }
                continue
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
