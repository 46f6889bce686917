import CTealSystem
import Glibc
import TealCore
import TealShimWire

/// Holds one process: carries out what ``ReplicaLife`` decides, in one thread, around one `poll`.
final class ReplicaHolder {
    /// How often the rest of a run is looked for while it is being killed.
    private static let clearEvery: Duration = .milliseconds(5)
    /// How long a record that could not be written waits for the next try.
    private static let saveAgainAfter: Duration = .seconds(1)

    let files: ReplicaFiles
    let spec: LaunchSpec
    var life = ReplicaLife()
    var record: ReplicaRecord
    var connections: [ControlConnection] = []
    /// The `TEAL_ACTIVE` of later runs, where it differs from the spec's.
    var active: String?
    private(set) var isSaved = true
    private let lock: FileLock
    private let listener: Descriptor
    private let signals: Descriptor
    private var log: LogFile
    private var pipes: [OutputPipe] = []
    private var kernelKills = KernelKills(at: .init(nanoseconds: teal_boot_nanoseconds()))
    private var memory: MemoryWatch?
    private(set) var launchFailure: SpawnError?

    /// Takes over a place: its lock is held, and what an earlier shim left there is gone.
    init(files: ReplicaFiles, spec: LaunchSpec, lock: FileLock, record: ReplicaRecord) throws(SystemError) {
        self.files = files
        self.spec = spec
        self.lock = lock
        self.record = record
        memory = spec.memoryBytesMax.map { MemoryWatch(bytesMax: $0) }
        log = LogFile(files, bytesMax: spec.logBytesMax, parts: spec.logParts)
        signals = Descriptor(owning: try checked(teal_open_signals(), "signalfd"))
        // The directory's own path may be longer than a socket address can be.
        guard chdir(files.directory) == 0 else { throw SystemError.last("chdir", on: files.directory) }
        listener = Descriptor(owning: try checked(teal_unix_listen("s"), "listen", on: files.socket))
    }

    /// Starts the first run.
    ///
    /// - Throws: What kept it from being launched; then nothing runs.
    func begin() throws(SystemError) {
        try record.write(files)
        perform(life.handle(.begin, at: now))
    }

    /// Goes on until all is over.
    func runUntilOver() {
        while !life.isOver { turn() }
        for connection in connections { connection.flush() }
        unlink("s")
    }

    private var now: Timestamp { .init(nanoseconds: teal_boot_nanoseconds()) }

    private func turn() {
        var polled = [signals.raw, listener.raw].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let pipesFrom = polled.count
        for pipe in pipes { polled.append(pollfd(fd: pipe.reading?.raw ?? -1, events: Int16(POLLIN), revents: 0)) }
        let connectionsFrom = polled.count
        for connection in connections {
            let events = POLLIN | (connection.wantsToWrite ? POLLOUT : 0)
            polled.append(pollfd(fd: connection.descriptor.raw, events: Int16(events), revents: 0))
        }
        let ready = poll(&polled, nfds_t(polled.count), waitMilliseconds())
        if ready > 0 {
            for index in pipes.indices where polled[pipesFrom + index].revents != 0 {
                log.write(pipes[index].drain(), stream: pipes[index].stream)
            }
            for (index, connection) in connections.enumerated() where polled[connectionsFrom + index].revents != 0 {
                connection.flush()
                for line in connection.read() { answer(line, on: connection) }
            }
            if polled[1].revents != 0 { accept() }
            if polled[0].revents != 0 { takeSignals() }
        }
        watchMemory()
        if life.hasProcess, !life.isClearing { kernelKills.look(at: now) }
        sweep()
        perform(life.handle(.time, at: now))
        if !isSaved { save() }
        connections.removeAll { $0.isClosed }
    }

    private func waitMilliseconds() -> Int32 {
        var wait: Duration = .seconds(3600)
        let looks = life.hasProcess && !life.isClearing ? [kernelKills.nextAt, memory.map { $0.nextAt ?? now }] : []
        for moment in [life.deadline] + looks {
            if let moment { wait = min(wait, max(.zero, moment.since(now)) + .milliseconds(1)) }
        }
        if life.isClearing { wait = min(wait, Self.clearEvery) }
        if !isSaved { wait = min(wait, Self.saveAgainAfter) }
        return Int32(wait.nanoseconds / 1_000_000)
    }

    private func accept() {
        let raw = teal_accept(listener.raw)
        guard raw >= 0 else { return }
        let descriptor = Descriptor(owning: raw)
        if connections.count < ShimProtocol.connectionsMax { connections.append(ControlConnection(descriptor)) }
    }

    private func takeSignals() {
        while case let number = teal_next_signal(signals.raw), number != 0 {
            switch number {
            case SIGCHLD: reap()
            case SIGTERM: stop(signal: spec.stopSignal, grace: .milliseconds(spec.graceMilliseconds))
            default: break
            }
        }
    }

    func stop(signal: Int32, grace: Duration) {
        perform(life.handle(.stop(signal: signal, grace: grace), at: now))
    }

    func restart(byItself value: Bool) {
        perform(life.handle(.restartsByItself(value), at: now))
    }

    private func reap() {
        var code: Int32 = 0
        while case let pid = teal_reap(&code), pid > 0 {
            guard pid == record.child?.pid, life.hasProcess else { continue }
            let killedByKernel = code == ReplicaLife.killedCode && kernelKills.wasLately
            perform(life.handle(.ended(code: Int(code), killedForMemory: killedByKernel), at: now))
        }
    }

    private func watchMemory() {
        guard life.hasProcess, !life.isClearing else { return }
        let isOver = memory?.look(
            at: now,
            resident: { ProcessTree.descendants(of: getpid()).reduce(0) { $0 + $1.residentBytes } },
            proportional: { ProcessTree.descendants(of: getpid()).reduce(0) { $0 + $1.proportionalBytes } }
        )
        if isOver == true { perform(life.handle(.memoryExceeded, at: now)) }
    }

    /// Kills what is left of a run, and says so when nothing is.
    private func sweep() {
        guard life.isClearing else { return }
        reap()
        let left = ProcessTree.descendants(of: getpid())
        for process in left where !process.isZombie { ProcessTree.signal(process.identity, SIGKILL) }
        guard left.isEmpty, life.isClearing, !life.hasProcess else { return }
        for index in pipes.indices {
            log.write(pipes[index].drain() + pipes[index].close(), stream: pipes[index].stream)
        }
        pipes = []
        record.child = nil
        perform(life.handle(.cleared, at: now))
    }

    private func perform(_ effects: [ReplicaLife.Effect]) {
        for effect in effects {
            switch effect {
            case .launch: launch()
            case .signal(let number): if let child = record.child { kill(-child.pid, number) }
            case .killTree: sweep()
            case .publish: publish()
            case .finish: for connection in connections where connection.awaitsEnd { connection.send(.init("ok")) }
            }
        }
    }

    private func launch() {
        launchFailure = nil
        do {
            let (output, outputEnd) = try OutputPipe.open(.output)
            let (error, errorEnd) = try OutputPipe.open(.error)
            var spawn = Spawn(
                program: spec.program,
                arguments: spec.arguments,
                environment: environment,
                directory: spec.directory
            )
            spawn.output = outputEnd.raw
            spawn.error = errorEnd.raw
            spawn.diesWithParent = true
            kernelKills.begin(at: now)
            memory?.begin()
            log.begin("\(spec.release) \(record.run + 1)")
            let pid = try spawn.run()
            pipes = [output, error]
            record.run += 1
            // Not reaped yet, so its number is its own.
            record.child = ProcessIdentity.of(pid) ?? ProcessIdentity(pid: pid, startTicks: 0)
            perform(life.handle(.launched, at: now))
        } catch {
            launchFailure = error as? SpawnError
            log.write([Array("teal-shim: \(error)".utf8)], stream: .error)
            perform(life.handle(.launchFailed(code: OnceEnd.notFoundCode), at: now))
        }
    }

    /// What runs are told of their background work; nil for nothing.
    private var isActive: Bool? {
        if let active { return active == "1" }
        return spec.environment.last { $0.hasPrefix("TEAL_ACTIVE=") }.map { $0 == "TEAL_ACTIVE=1" }
    }

    private var environment: [String] {
        guard let active else { return spec.environment + [record.mark] }
        return spec.environment.filter { !$0.hasPrefix("TEAL_ACTIVE=") } + ["TEAL_ACTIVE=\(active)", record.mark]
    }

    func publish() {
        record.phase = life.phase
        record.restarts = life.restarts
        record.lastEnd = life.lastEnd
        record.restartsByItself = life.restartsByItself
        record.isActive = isActive
        save()
        for connection in connections where connection.isWatching { connection.send(record.line) }
    }

    /// Writes the record; a full disk does not keep the process from being held and stopped.
    private func save() {
        do throws(SystemError) {
            try record.write(files)
            isSaved = true
        } catch {
            isSaved = false
        }
    }
}
