import CTealSystem
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire

/// One command beside a replica, run by `teal-shim beside`, which ends it when this process is gone.
final class BesideRun: Sendable {
    /// How much of a command's output is kept, from its end.
    private static let outputBytesMax = 64 << 10
    /// How long after its limit a command may take to be gone.
    private static let goneWithin: Duration = .seconds(15)

    private struct State {
        var isCancelled = false
        /// Its end is what tells the other side that nobody waits.
        var asking: Descriptor?
    }

    private let state = Mutex(State())

    /// Ends the command; ``execute(_:_:_:_:_:)`` then throws.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.asking = nil
        }
    }

    /// Runs it to its end.
    ///
    /// Blocks.
    func execute(
        _ command: [String],
        _ spec: LaunchSpec,
        _ files: ReplicaFiles,
        _ shim: String,
        _ limit: Duration
    ) throws(RuntimeError) -> CommandResult {
        let path = spec.environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
        guard let name = command.first,
            let program = ProgramLookup.find(name, in: spec.directory, path: String(path))
        else { throw .launchFailed("'\(command.first ?? "")' is no executable file in the artifact or in PATH") }
        let milliseconds = max(limit.nanoseconds / 1_000_000, 1)
        let arguments = ["beside", files.directory, "\(milliseconds)", program] + command.dropFirst()
        let (pid, output, outcome) = try start(shim, arguments)
        defer { cancel() }
        let deadline = ProcessRuntime.now + limit + Self.goneWithin
        let (text, last, isWhole) = Self.read(output, outcome, until: deadline)
        if !isWhole { kill(pid, SIGKILL) }
        teal_wait_for(pid)
        guard !state.withLock({ $0.isCancelled }) else { throw .cancelled }
        guard isWhole, let line = WireLine(parsing: last.prefix { $0 != "\n" }), let end = OnceEnd(line) else {
            throw .timedOut("the command '\(name)' beside \(spec.release) did not end")
        }
        if let reason = end.launchFailure { throw .launchFailed(reason) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let tail = (lines.last == "" ? lines.dropLast() : lines[...]).suffix(OnceEnd.tailLinesMax)
        return CommandResult(exitCode: end.code, tail: Array(tail), timedOut: end.timedOut)
    }

    private func start(_ shim: String, _ arguments: [String]) throws(RuntimeError) -> (pid_t, Descriptor, Descriptor) {
        func pipe(blocks: Bool) throws(RuntimeError) -> (Descriptor, Descriptor) {
            var ends: [Int32] = [-1, -1]
            try mapped { () throws(SystemError) in try checked(teal_pipe(&ends, blocks), "pipe2") }
            return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
        }
        let (asked, asking) = try pipe(blocks: true)
        let (output, outputEnd) = try pipe(blocks: false)
        let (outcome, outcomeEnd) = try pipe(blocks: false)
        var spawn = Spawn(program: shim, arguments: arguments, environment: [], directory: "/")
        spawn.input = asked.raw
        spawn.output = outputEnd.raw
        spawn.error = outcomeEnd.raw
        let pid: pid_t
        do throws(SpawnError) {
            pid = try spawn.run()
        } catch {
            throw .launchFailed(error.description)
        }
        state.withLock { state in
            // Cancelled already: the descriptor ends here, and the command with it.
            if !state.isCancelled { state.asking = asking }
        }
        return (pid, output, outcome)
    }

    /// Reads both to their ends; false when that does not come in time.
    private static func read(
        _ output: Descriptor,
        _ outcome: Descriptor,
        until deadline: Timestamp
    ) -> (String, String, Bool) {
        var texts: [[UInt8]] = [[], []]
        var open: [Descriptor?] = [output, outcome]
        while open.contains(where: { $0 != nil }) {
            let left = deadline.since(ProcessRuntime.now)
            guard left > .zero else { return ("", "", false) }
            var polled = open.map { pollfd(fd: $0?.raw ?? -1, events: Int16(POLLIN), revents: 0) }
            poll(&polled, 2, Int32(min(left.nanoseconds / 1_000_000 + 1, 60_000)))
            for index in 0..<2 where polled[index].revents != 0 {
                guard let part = try? open[index]?.readSome(16 << 10, from: "pipe"), !part.isEmpty else {
                    open[index] = nil
                    continue
                }
                texts[index] += part
                if texts[index].count > outputBytesMax * 2 {
                    texts[index].removeFirst(texts[index].count - outputBytesMax)
                }
            }
        }
        let text = String(decoding: texts[0].suffix(outputBytesMax), as: UTF8.self)
        return (text, String(decoding: texts[1], as: UTF8.self), true)
    }
}
