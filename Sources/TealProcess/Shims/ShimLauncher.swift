import CTealSystem
import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// Starts `teal-shim`.
struct ShimLauncher: Sendable {
    /// How long a shim may take until it says that its process runs.
    static let answerWithin: Duration = .seconds(20)

    let program: String

    /// What a shim answered.
    enum Answer: Hashable {
        case ok
        /// Another shim holds the place.
        case held
        /// The once-only run was begun before.
        case begun
    }

    /// Runs `teal-shim verb directory` and waits for its answer, which the shim outlives.
    func launch(_ verb: String, _ files: ReplicaFiles) throws(RuntimeError) -> Answer {
        let (reading, pid) = try start([verb, files.directory])
        let deadline = Timestamp(nanoseconds: teal_boot_nanoseconds()) + Self.answerWithin
        let text = Self.readAll(reading, until: deadline)
        if text == nil { kill(pid, SIGKILL) }
        teal_wait_for(pid)
        guard let text else { throw .timedOut("teal-shim gave no answer within \(Self.answerWithin)") }
        guard let line = WireLine(parsing: text.prefix { $0 != "\n" }) else {
            throw .unreachable(reason: "teal-shim ended without an answer")
        }
        return try Self.answer(line)
    }

    private static func answer(_ line: WireLine) throws(RuntimeError) -> Answer {
        if line.verb == "ok" { return .ok }
        let reason = line["reason"] ?? "teal-shim refused"
        switch line["kind"] {
        case "held": return .held
        case "begun": return .begun
        case "system":
            let code = line["code"].flatMap { Int32($0) } ?? 0
            if code == ENOSPC || code == EDQUOT { throw .diskFull(path: line["path"] ?? "") }
            throw .launchFailed(reason)
        default: throw .launchFailed(reason)
        }
    }

    private func start(_ arguments: [String]) throws(RuntimeError) -> (Descriptor, pid_t) {
        var ends: [Int32] = [-1, -1]
        try mapped { () throws(SystemError) in try checked(teal_pipe(&ends, false), "pipe2") }
        let (reading, writing) = (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
        var spawn = Spawn(program: program, arguments: arguments, environment: [], directory: "/")
        spawn.output = writing.raw
        do throws(SpawnError) {
            return (reading, try spawn.run())
        } catch {
            throw .launchFailed(error.description)
        }
    }

    /// Everything up to the end; nil when that does not come in time.
    private static func readAll(_ reading: Descriptor, until deadline: Timestamp) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < WireLine.bytesMax {
            let left = deadline.since(Timestamp(nanoseconds: teal_boot_nanoseconds()))
            guard left > .zero else { return nil }
            var polled = pollfd(fd: reading.raw, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, Int32(left.nanoseconds / 1_000_000 + 1))
            guard polled.revents != 0 else { continue }
            guard let part = try? reading.readSome(4096, from: "pipe"), !part.isEmpty else { break }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
