import CTealSystem
import Glibc
package import TealCore
package import TealDriverKit
import TealShimWire

/// Runs replicas as processes of this host, each held by a `teal-shim` that outlives the daemon.
///
/// What is true is on disk and in `/proc`; a runtime that is made again on the same home finds everything as it is.
/// Identity is boot id, pid and start time, used through a pidfd.
package final class ProcessRuntime: ContainerRuntime {
    let home: ProcessHome
    let launcher: ShimLauncher
    let ledger: PortLedger
    let watcher: ShimWatcher
    let threads = BlockingThreads()
    let turns = PlaceTurns()
    /// What replicas get of this process's environment, before all else.
    let inherited: [String: String]

    /// The store that ``fetch(_:)`` unpacks from.
    package let artifacts: ArtifactStore

    /// Opens the runtime's home, clears what killed shims left, and begins to watch.
    ///
    /// May block for some milliseconds.
    ///
    /// - Parameters:
    ///   - home: A directory of this runtime's own; made when it is not there.
    ///   - shimProgram: The path of `teal-shim`.
    ///   - ports: Where replicas' ports come from; nil for a range outside of the system's ephemeral ports.
    ///   - environment: The environment that PATH, LANG, HOME and TZ are taken from; nothing else of it is passed on.
    /// - Throws: ``RuntimeError/refused(_:)`` or ``RuntimeError/diskFull(path:)`` when the home cannot be used.
    package init(
        home: String,
        shimProgram: String,
        ports: ClosedRange<Int>? = nil,
        environment: [String: String]
    ) throws(RuntimeError) {
        let home = ProcessHome(root: try Self.absolute(home))
        let artifacts = ArtifactStore(home)
        self.home = home
        self.artifacts = artifacts
        launcher = ShimLauncher(program: try Self.absolute(shimProgram))
        inherited = environment.filter { ["PATH", "LANG", "HOME", "TZ"].contains($0.key) }
        let range = ports ?? PortRange.choose(outside: PortRange.ephemeral())
        (ledger, watcher) = try mapped { () throws(SystemError) in
            try home.prepare()
            // What cannot be told to be unused stays, and costs only room.
            if let used = try? Self.used(in: home) { _ = try? artifacts.removeReplaced(keeping: used.releases) }
            return (try PortLedger(path: home.ports, range: range), try ShimWatcher(home))
        }
    }

    private static func absolute(_ path: String) throws(RuntimeError) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let current = getcwd(nil, 0) else { throw .refused("the current directory cannot be read") }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    package func fetch(_ release: Release) async throws(RuntimeError) {
        let hash = try Self.artifact(of: release)
        try await threads.run { [artifacts] () throws(RuntimeError) in try artifacts.unpack(hash, for: release.id) }
    }

    package func replicas() async throws(RuntimeError) -> [ReplicaState] {
        try await threads.run { [home] () throws(RuntimeError) in
            try mapped { () throws(SystemError) in
                var states: [ReplicaState] = []
                for replica in try home.places() {
                    if let standing = try PlaceStanding.read(replica, home) { states.append(standing.state) }
                }
                return states
            }
        }
    }

    package func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? {
        try await threads.run { [self] () throws(RuntimeError) in try standing(of: id)?.state }
    }

    package func events() -> AsyncStream<ReplicaEvent> { watcher.stream() }

    // MARK: Shared by the verbs

    /// What is true of a place now.
    ///
    /// Blocks.
    func standing(of replica: ReplicaID) throws(RuntimeError) -> PlaceStanding? {
        try mapped { () throws(SystemError) in try PlaceStanding.read(replica, home) }
    }

    /// The same, for a replica that must be there.
    ///
    /// Blocks.
    func known(_ replica: ReplicaID) throws(RuntimeError) -> PlaceStanding {
        guard let standing = try standing(of: replica) else { throw .noSuchReplica(replica) }
        return standing
    }

    static func artifact(of release: Release) throws(RuntimeError) -> String {
        switch release.content {
        case .artifact(let hash): return hash
        case .image, .localImage: throw .refused("\(release.id) is an image; processes run from artifacts")
        }
    }

    static var now: Timestamp { .init(nanoseconds: teal_boot_nanoseconds()) }
}
