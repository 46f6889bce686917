import CTealSystem
import Glibc
import TealCore
import TealShimWire

/// Runs one command to its end, or to its limit, and leaves nothing of it behind.
struct LimitedRun {
    /// How long a command may go on after it was told to end because its limit had passed.
    private static let graceAfterLimit: Duration = .seconds(5)
    private static let clearMilliseconds: Int32 = 5

    let spawn: Spawn
    /// Zero or less for no limit.
    let limit: Duration
    /// A descriptor whose end means that nobody waits for the result any more.
    var asker: Int32?
    /// Told of the first process, which is there until this returns.
    var launched: ((ProcessIdentity?) -> Void)?
    /// Takes lines as they come.
    let take: ([[UInt8]], LogRecord.Stream) -> Void

    struct Outcome {
        let code: Int
        let timedOut: Bool
    }

    private var now: Timestamp { .init(nanoseconds: teal_boot_nanoseconds()) }

    /// Runs it.
    ///
    /// Signals must be open already.
    func run(signals: Descriptor) throws(RunFailure) -> Outcome {
        var spawn = spawn
        var pipes: [OutputPipe] = []
        let pid: pid_t
        do {
            let (output, outputEnd) = try OutputPipe.open(.output)
            let (error, errorEnd) = try OutputPipe.open(.error)
            spawn.output = outputEnd.raw
            spawn.error = errorEnd.raw
            spawn.diesWithParent = true
            pid = try spawn.run()
            pipes = [output, error]
            // Not reaped yet, so its number is its own.
            launched?(ProcessIdentity.of(pid))
        } catch {
            throw RunFailure(
                description: "\(error)",
                code: (error as? SpawnError)?.code == EACCES ? OnceEnd.notExecutableCode : OnceEnd.notFoundCode
            )
        }
        let began = now
        var killAt: Timestamp?
        var timedOut = false
        var asked = asker
        var end: Int?
        while true {
            if limit > .zero, !timedOut, now.since(began) >= limit {
                timedOut = true
                killAt = now + Self.graceAfterLimit
                kill(-pid, SIGTERM)
            }
            if end != nil || killAt.map({ now >= $0 }) == true {
                let left = ProcessTree.descendants(of: getpid())
                for process in left where !process.isZombie { ProcessTree.signal(process.identity, SIGKILL) }
                if left.isEmpty, let end {
                    for index in pipes.indices {
                        take(pipes[index].drain() + pipes[index].close(), pipes[index].stream)
                    }
                    return Outcome(code: end, timedOut: timedOut)
                }
            }
            var polled = [pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0)]
            polled.append(pollfd(fd: asked ?? -1, events: Int16(POLLIN), revents: 0))
            for pipe in pipes { polled.append(pollfd(fd: pipe.reading?.raw ?? -1, events: Int16(POLLIN), revents: 0)) }
            let deadline = killAt ?? (limit > .zero ? began + limit : nil)
            let wait = end != nil ? Self.clearMilliseconds : deadline.map { milliseconds(until: $0) } ?? -1
            guard poll(&polled, nfds_t(polled.count), wait) > 0 else { continue }
            for index in pipes.indices where polled[2 + index].revents != 0 {
                take(pipes[index].drain(), pipes[index].stream)
            }
            if polled[1].revents != 0 {
                asked = nil
                killAt = now
            }
            while case let number = teal_next_signal(signals.raw), number != 0 {
                if number == SIGTERM { kill(-pid, SIGTERM) }
            }
            var code: Int32 = 0
            while case let reaped = teal_reap(&code), reaped > 0 {
                if reaped == pid { end = Int(code) }
            }
        }
    }

    private func milliseconds(until moment: Timestamp) -> Int32 {
        Int32(min(max(moment.since(now).nanoseconds / 1_000_000 + 1, 5), 3_600_000))
    }
}

/// Why a command could not be launched.
struct RunFailure: Error, CustomStringConvertible {
    let description: String
    /// As a shell gives it: 126 or 127.
    let code: Int
}
