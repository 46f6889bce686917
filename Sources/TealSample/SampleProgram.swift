import Glibc
import NIOCore
import NIOPosix

/// The program `teal-sample`: a service to release, a probe and a migration.
package enum SampleProgram {
    /// The exit code for arguments or variables that make no sense (`EX_USAGE` of sysexits.h).
    static let usageError: Int32 = 64

    /// Runs one command to its end.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's own name.
    ///   - environment: The process environment.
    /// - Returns: The exit code.
    package static func run(_ arguments: [String], environment: [String: String]) -> Int32 {
        switch arguments.first {
        case nil: serve(environment)
        case "probe" where arguments.count == 2: Probe.run(arguments[1])
        case "migrate" where arguments.count == 2: migrate(arguments[1], environment)
        case "sleep" where arguments.count == 2: pause(arguments[1])
        default: usage()
        }
    }

    /// The process environment, of which the C library has no list that Swift may share between threads.
    package static func environment() -> [String: String] {
        guard let file = fopen("/proc/self/environ", "r") else { return [:] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        var environment: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            environment[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
        }
        return environment
    }

    private static func usage() -> Int32 {
        Console.problem(
            "usage: teal-sample | teal-sample probe URL | teal-sample migrate FILE | teal-sample sleep SECONDS"
        )
        return usageError
    }

    /// A long job without an effect, for images that have no shell.
    private static func pause(_ seconds: String) -> Int32 {
        guard let seconds = UInt32(seconds), seconds <= 3600 else { return usage() }
        sleep(seconds)
        return 0
    }

    private static func settings(_ environment: [String: String]) -> Settings? {
        do throws(SettingsError) {
            return try Settings(environment: environment)
        } catch {
            for complaint in error.complaints { Console.problem(complaint) }
            return nil
        }
    }

    private static func migrate(_ file: String, _ environment: [String: String]) -> Int32 {
        var environment = environment
        environment["SAMPLE_NO_HTTP"] = "1"
        guard let settings = settings(environment) else { return usageError }
        do throws(JobError) {
            try appendLine("\(getpid()) \(settings.version)", to: file)
        } catch {
            Console.problem("migrate: \(error)")
            return 1
        }
        return settings.exitCode ?? 0
    }

    private static func serve(_ environment: [String: String]) -> Int32 {
        guard let settings = settings(environment) else { return usageError }
        let signals = StopSignals()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let exit = loop.makePromise(of: Int32.self)
        let worker = QueueWorker(
            source: source(settings),
            jobTime: settings.jobTime,
            isActive: settings.startsActive,
            threads: threads
        )
        // Ends with the process, which awaits the job in hand through `QueueWorker.stop`.
        Task { await worker.run() }
        do {
            let service = try loop.submit {
                let service = Service(settings: settings, pid: getpid(), worker: worker, loop: loop, exit: exit)
                if let limit = settings.crashAfter {
                    loop.scheduleTask(in: TimeAmount(limit)) { _exit(settings.exitCode ?? 1) }
                }
                if settings.memoryGrowMiBPerSecond > 0 {
                    MemoryGrowth(mebibytesPerSecond: settings.memoryGrowMiBPerSecond, loop: loop).start()
                }
                service.start()
                return NIOLoopBound(service, eventLoop: loop)
            }.wait()
            threads.submit { _ in obey(signals, service, settings, worker) }
            return try exit.futureResult.wait()
        } catch {
            Console.problem("\(error)")
            return 1
        }
    }

    /// Never returns: the thread goes with the process.
    private static func obey(
        _ signals: StopSignals,
        _ service: NIOLoopBound<Service>,
        _ settings: Settings,
        _ worker: QueueWorker
    ) {
        while true {
            switch signals.next() {
            // Awaited by nobody: a signal has no answer.
            case SIGUSR1: Task { await worker.change(.activate) }
            case SIGUSR2: Task { await worker.change(.deactivate) }
            case SIGTERM where settings.ignoresTerm: Console.line("sample \(settings.version) ignores SIGTERM")
            default: service.eventLoop.execute { service.value.stop() }
            }
        }
    }

    private static func source(_ settings: Settings) -> (any JobSource)? {
        switch settings.queue {
        case .directory(let root): DirectoryQueue(root: root, version: settings.version, pid: getpid())
        case .redis(let host, let port, let list):
            RedisQueue(host: host, port: port, list: list, version: settings.version)
        case nil: nil
        }
    }
}
