import CTealSystem
import Glibc
import TealShimWire

/// Runs a command with a replica's environment for somebody who waits: ends it when they are gone.
struct BesideRunner {
    let files: ReplicaFiles
    let spec: LaunchSpec
    let program: String
    let arguments: [String]
    let limitMilliseconds: Int64

    /// Standard output carries what the command writes, standard error one `end` line; the end of standard input ends it.
    func run() throws(SystemError) {
        let signals = Descriptor(owning: try checked(teal_open_signals(), "signalfd"))
        let spawn = Spawn(
            program: program,
            arguments: arguments,
            environment: spec.environment,
            directory: spec.directory
        )
        let end: OnceEnd
        do throws(RunFailure) {
            let outcome = try LimitedRun(
                spawn: spawn,
                limit: .milliseconds(limitMilliseconds),
                asker: 0,
                take: { lines, _ in
                    // A reader that is gone also ends standard input, which ends the command.
                    try? Self.write(1, lines.flatMap { $0 + [UInt8(ascii: "\n")] })
                }
            ).run(signals: signals)
            end = OnceEnd(code: outcome.code, timedOut: outcome.timedOut, launchFailure: nil)
        } catch {
            end = OnceEnd(code: error.code, timedOut: false, launchFailure: error.description)
        }
        try Self.write(2, end.line.bytes)
    }

    private static func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        let copy = dup(descriptor)
        guard copy >= 0 else { throw SystemError.last("dup", on: "") }
        try Descriptor(owning: copy).writeAll(bytes, for: "pipe")
    }
}
