import CTealSystem
import Glibc
import TealCore
import TealShimWire

/// What `teal-shim` was asked to do.
///
/// Its first process answers on standard output with one line, `ok` or `refused reason=…`, and ends; what holds the
/// replica goes on by itself.
package enum ShimCommand {
    /// How long a place's lock is waited for: an earlier shim may be ending.
    private static let lockWait: Duration = .seconds(2)

    /// Runs the command line.
    ///
    /// - Returns: The exit code; 2 for a command line that means nothing.
    package static func main(_ arguments: [String]) -> Int32 {
        teal_close_from(3)
        switch (arguments.dropFirst().first, arguments.count) {
        case ("run", 3): return start(arguments[2], hold)
        case ("once", 3): return start(arguments[2], runOnce)
        case ("beside", 5...): return beside(Array(arguments.dropFirst(2)))
        default:
            _ = try? Descriptor(owning: dup(2)).writeAll(Array(usage.utf8), for: "stderr")  // nobody reads it: no loss
            return 2
        }
    }

    private static let usage = """
        usage: teal-shim run DIRECTORY
               teal-shim once DIRECTORY
               teal-shim beside DIRECTORY LIMIT-MS PROGRAM [ARGUMENT…]
        This program is started by Teal; it holds one process.

        """

    private typealias Body = (ReplicaFiles, LaunchSpec, FileLock, ProcessIdentity, Descriptor) throws(SystemError) ->
        Void

    private static func start(_ directory: String, _ body: Body) -> Int32 {
        let raw = teal_daemonise()
        guard raw >= 0 else { return 1 }
        let report = Descriptor(owning: raw)
        teal_set_name("teal-shim")
        do {
            let files = ReplicaFiles(directory)
            try checked(teal_become_subreaper(), "prctl")
            guard let lock = try FileLock.take(files.lock, within: lockWait) else {
                send(.init("refused", ["kind": "held", "reason": "another shim holds the place"]), report)
                return 1
            }
            guard let own = ProcessIdentity.of(getpid()) else { throw SystemError("read", on: "/proc", code: ENOENT) }
            // Only what is there now counts: while the lock was waited for it may have been replaced or removed.
            try body(files, try read(files), lock, own, report)
            return 0
        } catch let error as SystemError {
            let fields = ["kind": "system", "reason": "\(error)", "code": "\(error.code)", "path": error.object]
            send(.init("refused", fields), report)
        } catch {
            send(.init("refused", ["kind": "spec", "reason": "\(error)"]), report)
        }
        return 1
    }

    private static func read(_ files: ReplicaFiles) throws -> LaunchSpec {
        guard let bytes = try Files.read(files.spec, bytesMax: LaunchSpec.bytesMax) else {
            throw SystemError("open", on: files.spec, code: ENOENT)
        }
        return try LaunchSpec(parsing: bytes)
    }

    private static func hold(
        _ files: ReplicaFiles,
        _ spec: LaunchSpec,
        _ lock: FileLock,
        _ own: ProcessIdentity,
        _ report: Descriptor
    ) throws(SystemError) {
        let before = try ReplicaRecord.read(files)
        guard spec.launch.isEmpty || before?.launch != spec.launch else {
            return send(.init("refused", ["kind": "held", "reason": "this launch was made before"]), report)
        }
        if let left = before.flatMap({ Leftovers.clear($0).first }) {
            return send(.init("refused", ["kind": "left-over", "reason": "process \(left.pid) does not end"]), report)
        }
        var record = ReplicaRecord(release: spec.release, boot: Boot.id, shim: own)
        record.launch = spec.launch
        let holder = try ReplicaHolder(files: files, spec: spec, lock: lock, record: record)
        try holder.begin()
        if holder.life.isOver {
            let reason = holder.launchFailure?.description ?? "the process could not be launched"
            return send(.init("refused", ["kind": "launch", "reason": reason]), report)
        }
        send(.init("ok"), report)
        shut(report)
        holder.runUntilOver()
    }

    private static func runOnce(
        _ files: ReplicaFiles,
        _ spec: LaunchSpec,
        _ lock: FileLock,
        _ own: ProcessIdentity,
        _ report: Descriptor
    ) throws(SystemError) {
        let runner = OnceRunner(files: files, spec: spec, lock: lock, shim: own)
        guard try runner.claim() else {
            return send(.init("refused", ["kind": "begun", "reason": "it was begun before"]), report)
        }
        send(.init("ok"), report)
        shut(report)
        try runner.run()
    }

    private static func beside(_ arguments: [String]) -> Int32 {
        teal_set_name("teal-beside")
        let files = ReplicaFiles(arguments[0])
        guard let limit = Int64(arguments[1]), let spec = try? read(files) else { return 1 }  // told by the exit code
        guard teal_become_subreaper() == 0 else { return 1 }
        let runner = BesideRunner(
            files: files,
            spec: spec,
            program: arguments[2],
            arguments: Array(arguments[3...]),
            limitMilliseconds: limit
        )
        do throws(SystemError) {
            try runner.run()
            return 0
        } catch {
            return 1
        }
    }

    private static func send(_ line: WireLine, _ report: Descriptor) {
        // The first process may be gone with whoever asked; the replica's record says the same.
        try? report.writeAll(line.bytes, for: "report")
    }

    /// Ends the report, so that the first process ends; the descriptor itself stays open on nothing.
    private static func shut(_ report: Descriptor) {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { return }
        dup2(nothing, report.raw)
        _ = fcntl(report.raw, F_SETFD, FD_CLOEXEC)
        close(nothing)
    }
}
