import CTealSystem
import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// One program of a build, run to its end by `teal-shim beside`, which ends it and all that it has started at its limit, when
/// the build is cancelled, and when this process is gone.
struct CommandRun {
    /// The longest line that is passed on, in bytes.
    private static let lineBytesMax = 4096
    /// How long after its limit a program may take to be gone.
    private static let goneWithin = Duration.seconds(15)
    /// How often the build is looked at while a program is silent.
    private static let lookEvery: Int32 = 500

    /// The path of `teal-shim`.
    let shim: String
    /// Where its order lies.
    let place: WorkPlace
    /// An absolute path.
    let program: String
    let arguments: [String]
    /// Each `NAME=value`; secrets are only ever here.
    let environment: [String]
    let directory: String
    let limit: Duration

    /// Runs it, and blocks until it has ended.
    ///
    /// - Parameters:
    ///   - look: Asked again and again; what it throws ends the program and is thrown.
    ///   - take: Takes each line of its outputs.
    /// - Returns: How it ended.
    /// - Throws: What `look` threw, or why it could not be run.
    func run(
        look: () throws(SourceError) -> Void,
        take: (String) -> Void
    ) throws(SourceError) -> OnceEnd {
        try look()
        try inBuild { () throws(SystemError) in try Files.replace(ReplicaFiles(place.shim).spec, with: spec.bytes) }
        let deadline = now + limit + Self.goneWithin
        // The shim's own ends are closed here when this returns, so that ours end with the shim.
        let pid: pid_t
        // The only holder of our ends: one that is given up is closed.
        var watched: Watched
        (pid, watched) = try start()
        return try watched.follow(pid, until: deadline, look: look, take: take)
    }

    private func start() throws(SourceError) -> (pid_t, Watched) {
        let (asked, asking) = try pipe(blocks: true)
        let (output, outputEnd) = try pipe(blocks: false)
        let (outcome, outcomeEnd) = try pipe(blocks: false)
        let milliseconds = max(limit.nanoseconds / 1_000_000, 1)
        var spawn = Spawn(
            program: shim,
            arguments: ["beside", place.shim, "\(milliseconds)", program] + arguments,
            environment: [],
            directory: "/"
        )
        spawn.input = asked.raw
        spawn.output = outputEnd.raw
        spawn.error = outcomeEnd.raw
        do throws(SpawnError) {
            return (try spawn.run(), Watched(output: output, outcome: outcome, asking: asking))
        } catch {
            throw .failed(error.description)
        }
    }

    private var spec: LaunchSpec {
        LaunchSpec(
            release: "build",
            content: "",
            program: program,
            arguments: [],
            environment: environment,
            directory: directory
        )
    }

    private func pipe(blocks: Bool) throws(SourceError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        let result = teal_pipe(&ends, blocks)
        guard result == 0 else { throw .failed("pipe2: \(String(cString: teal_error_text(-result)))") }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    private var now: Timestamp { .init(nanoseconds: teal_boot_nanoseconds()) }

    /// The ends of a run that this side holds.
    private struct Watched {
        var output: Descriptor?
        var outcome: Descriptor?
        /// Its end tells the shim that nobody waits.
        var asking: Descriptor?
        var lines = LineBuffer(bytesMax: CommandRun.lineBytesMax)
        var last: [UInt8] = []
        var failure: SourceError?

        init(output: Descriptor, outcome: Descriptor, asking: Descriptor) {
            self.output = output
            self.outcome = outcome
            self.asking = asking
        }

        mutating func follow(
            _ pid: pid_t,
            until deadline: Timestamp,
            look: () throws(SourceError) -> Void,
            take: (String) -> Void
        ) throws(SourceError) -> OnceEnd {
            while output != nil || outcome != nil {
                if failure == nil {
                    do throws(SourceError) {
                        try look()
                    } catch {
                        failure = error
                        asking = nil
                    }
                }
                if Timestamp(nanoseconds: teal_boot_nanoseconds()) >= deadline {
                    kill(pid, SIGKILL)
                    break
                }
                read(take)
            }
            if let rest = lines.flush() { take(CommandRun.text(rest)) }
            asking = nil
            teal_wait_for(pid)
            if let failure { throw failure }
            let text = String(decoding: last.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            guard let line = WireLine(parsing: text), let end = OnceEnd(line) else {
                throw .failed("teal-shim ended without saying how the program did")
            }
            return end
        }

        private mutating func read(_ take: (String) -> Void) {
            var polled = [output, outcome].map { pollfd(fd: $0?.raw ?? -1, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, 2, CommandRun.lookEvery) > 0 else { return }
            if polled[0].revents != 0 {
                // An output that cannot be read has ended.
                let part = (try? output?.readSome(16 << 10, from: "pipe")) ?? []
                if part.isEmpty { output = nil }
                for line in lines.take(part) { take(CommandRun.text(line)) }
            }
            if polled[1].revents != 0 {
                let part = (try? outcome?.readSome(4096, from: "pipe")) ?? []
                if part.isEmpty { outcome = nil }
                last = Array((last + part).prefix(WireLine.bytesMax))
            }
        }
    }

    /// A line as people see it: of one that was written over, the last state.
    private static func text(_ line: [UInt8]) -> String {
        var line = line[...]
        while line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        if let over = line.lastIndex(of: UInt8(ascii: "\r")) { line = line[line.index(after: over)...] }
        return String(decoding: line, as: UTF8.self)
    }
}

/// Makes a system call's failure the build's.
@discardableResult
func inBuild<Value>(_ body: () throws(SystemError) -> Value) throws(SourceError) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        switch error.code {
        case ENOSPC, EDQUOT: throw .diskFull(path: error.object)
        default: throw .failed("\(error)")
        }
    }
}
