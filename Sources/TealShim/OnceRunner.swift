import CTealSystem
import Glibc
import TealShimWire

/// Runs a command once: never again in the same directory, whatever happens between.
struct OnceRunner {
    private static let logBytesMax = 1 << 20

    let files: ReplicaFiles
    let spec: LaunchSpec
    let lock: FileLock
    let shim: ProcessIdentity

    /// Records that it begins, so that no later call begins it too.
    ///
    /// - Returns: False when it was begun before.
    func claim() throws(SystemError) -> Bool {
        guard !Files.exists(files.begun) else { return false }
        try Files.replace(files.begun, with: record.line.bytes)
        return true
    }

    private var record: OnceRecord {
        OnceRecord(boot: Boot.id, shim: shim, limitMilliseconds: spec.timeoutMilliseconds)
    }

    /// Adds the first process to what is recorded: its session tells what belongs to the run when this runner is gone.
    private func note(_ child: ProcessIdentity?) {
        var record = record
        record.child = child
        // Without it, such as on a full disk, the run's mark still tells most of it.
        try? Files.replace(files.begun, with: record.line.bytes)
    }

    /// Runs it and records its end.
    func run() throws(SystemError) {
        let signals = Descriptor(owning: try checked(teal_open_signals(), "signalfd"))
        var log = LogFile(files, bytesMax: Self.logBytesMax, parts: 2)
        let spawn = Spawn(
            program: spec.program,
            arguments: spec.arguments,
            environment: spec.environment + [record.mark],
            directory: spec.directory
        )
        let end: OnceEnd
        do throws(RunFailure) {
            let outcome = try LimitedRun(
                spawn: spawn,
                limit: .milliseconds(spec.timeoutMilliseconds),
                launched: { note($0) },
                take: { log.write($0, stream: $1) }
            ).run(signals: signals)
            end = OnceEnd(code: outcome.code, timedOut: outcome.timedOut, launchFailure: nil)
        } catch {
            end = OnceEnd(code: error.code, timedOut: false, launchFailure: error.description)
        }
        try Self.record(end, files)
        // It holds secrets, and nothing runs from it again.
        unlink(files.spec)
    }

    /// Writes the end; waits for room on a full disk, for as long as the machine is up.
    private static func record(_ end: OnceEnd, _ files: ReplicaFiles) throws(SystemError) {
        while true {
            do throws(SystemError) {
                return try Files.replace(files.end, with: end.line.bytes)
            } catch {
                guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
                // Nothing runs from it again, and its room is enough for the end.
                if unlink(files.spec) != 0 { sleep(1) }
            }
        }
    }
}
