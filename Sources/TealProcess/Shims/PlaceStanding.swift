import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// What is true of a replica's place now, from its files, its lock and `/proc`.
struct PlaceStanding: Sendable {
    /// How long a shim may take from its lock to its first process before it counts as stopped.
    private static let startingTriesMax = 500
    private static let startingMicroseconds: useconds_t = 10_000

    let replica: ReplicaID
    let spec: LaunchSpec
    let release: ReleaseID
    /// The record that was written last for this spec; nil when no shim has begun with it.
    let record: ReplicaRecord?
    /// Whether a shim holds the place.
    let isHeld: Bool

    /// Reads a place; nil when there is no replica in it.
    ///
    /// A shim that is just beginning is waited for, five seconds at most.
    static func read(_ replica: ReplicaID, _ home: ProcessHome) throws(SystemError) -> PlaceStanding? {
        for _ in 0..<startingTriesMax {
            guard let standing = try look(replica, home) else { return nil }
            if !standing.isStarting { return standing }
            usleep(startingMicroseconds)
        }
        return try look(replica, home)
    }

    /// Reads a place once.
    static func look(_ replica: ReplicaID, _ home: ProcessHome) throws(SystemError) -> PlaceStanding? {
        // First the lock, then the record: a shim writes its last record before it lets go.
        let lock = home.files(of: replica).lock
        guard let standing = try look(replica, home, isHeld: FileLock.isHeld(lock)) else { return nil }
        // One that came between the two is not gone: what it runs must not be cleared.
        guard standing.isAbandoned, try FileLock.isHeld(lock) else { return standing }
        return try look(replica, home, isHeld: true)
    }

    /// Reads a place once, for one who knows whether a shim holds it, since he holds the lock himself.
    static func look(_ replica: ReplicaID, _ home: ProcessHome, isHeld: Bool) throws(SystemError) -> PlaceStanding? {
        let files = home.files(of: replica)
        guard let bytes = try Files.read(files.spec, bytesMax: LaunchSpec.bytesMax) else { return nil }
        guard let spec = try? LaunchSpec(parsing: bytes), let release = ProcessHome.release(spec.release) else {
            // Where nothing runs, a spec that cannot be read is as good as none: the next start writes it anew.
            guard isHeld else { return nil }
            throw SystemError("read", on: files.spec, code: EBADMSG)
        }
        let record = try ReplicaRecord.read(files)
        return .init(
            replica: replica,
            spec: spec,
            release: release,
            record: record?.release == spec.release ? record : nil,
            isHeld: isHeld
        )
    }

    /// Whether a shim holds the place and has not said yet what runs.
    private var isStarting: Bool {
        guard isHeld else { return false }
        guard let record, record.boot == Boot.id, record.shim.isAlive else { return true }
        return record.phase == .starting
    }

    /// Whether a shim holds a process, or is about to start one again.
    var isLive: Bool {
        guard isHeld, let record else { return isHeld }
        return record.phase != .stopped && record.phase != .exited
    }

    /// Whether a shim ended without having said so: what it ran must be cleared.
    var isAbandoned: Bool {
        guard !isHeld, let record else { return false }
        return record.phase == .running || record.phase == .restarting || record.phase == .starting
    }

    var endpoint: Endpoint? { spec.port == 0 ? nil : Endpoint(address: spec.address, port: spec.port) }

    /// The same in the engine's words.
    var state: ReplicaState { Self.state(replica, release, endpoint, record, isHeld: isHeld) }

    static func state(
        _ replica: ReplicaID,
        _ release: ReleaseID,
        _ endpoint: Endpoint?,
        _ record: ReplicaRecord?,
        isHeld: Bool
    ) -> ReplicaState {
        ReplicaState(
            id: replica,
            release: release,
            endpoint: endpoint,
            phase: phase(record, isHeld: isHeld),
            run: isHeld ? record.flatMap(run) : nil,
            restarts: record?.restarts ?? 0,
            restartPolicy: record?.restartsByItself == true ? .unlessStopped : .no,
            isActive: isHeld ? record?.isActive : nil
        )
    }

    private static func run(_ record: ReplicaRecord) -> RunID? {
        record.child.map { RunID("\(record.boot):\($0)") }
    }

    private static func phase(_ record: ReplicaRecord?, isHeld: Bool) -> ReplicaPhase {
        guard let record else { return .stopped }
        let last = record.lastEnd.map { ReplicaExit(code: $0.code, outOfMemory: $0.outOfMemory) }
        // With its shim a process is killed, by the parent-death signal.
        let killed = ReplicaExit(code: killedCode, outOfMemory: false)
        switch record.phase {
        case .running: return isHeld ? .running : .exited(killed)
        case .restarting: return isHeld ? .restarting(last ?? killed) : .exited(last ?? killed)
        case .exited: return .exited(last ?? killed)
        case .starting: return isHeld ? .stopped : .exited(last ?? killed)
        case .stopped: return .stopped
        }
    }

    /// 128 + SIGKILL.
    private static let killedCode = 137
}
