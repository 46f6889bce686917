import Glibc
import Synchronization
import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The throw-away directory of a run, and everything that has to be gone at its end.
final class Stage: Sendable {
    /// The directory of everything.
    let root: String
    private let programs: String
    private let keepsHome: Bool
    private let runtime: DemoRuntime
    private let children = Mutex<[Child]>([])
    private let isOver = Mutex(false)
    private let isInterrupted = Mutex(false)

    /// How long a program may take to end when it is asked to, in seconds.
    private static let endSeconds = 10

    var home: String { root + "/home" }
    var project: String { root + "/project" }
    var loadReport: String { root + "/load.json" }
    var routedFile: String { root + "/routed" }
    var daemonLog: String { root + "/daemon.log" }
    private var commandLog: String { root + "/teal.log" }
    private var loadLog: String { root + "/load.log" }

    /// Makes the directory, with the project in it.
    init(programs: String, projectText: String, runtime: DemoRuntime, keepsHome: Bool) throws(DemoFailure) {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        // Sockets below it must fit into 107 bytes.
        var template = Array(((parent.utf8.count < 60 ? parent : "/tmp") + "/teal-demo.XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .refused(what: parent, why: String(cString: strerror(errno)))
        }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.programs = programs
        self.keepsHome = keepsHome
        self.runtime = runtime
        do {
            try FileManager.default.createDirectory(atPath: project + "/app", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: programs + "/teal-sample",
                toPath: project + "/app/teal-sample"
            )
            try Data(projectText.utf8).write(to: URL(filePath: project + "/teal.yml"))
            try Data().write(to: URL(filePath: routedFile))
        } catch {
            throw .refused(what: "the project of the demo could not be laid out in \(root)", why: "\(error)")
        }
    }

    /// Starts `teal serve` and returns when it answers.
    ///
    /// - Returns: The public address.
    func serve() throws(DemoFailure) -> String {
        let ports = try FreePort.find(2)
        let address = "127.0.0.1:\(ports[0])"
        let daemon = try start(
            "teal",
            ["serve", "--listen", address, "--internal-listen", "127.0.0.1:\(ports[1])"]
                + (runtime.socket.map { ["--docker-socket", $0] } ?? []),
            log: daemonLog
        )
        let deadline = MonotonicTime.now + .seconds(20)
        while access(home + "/run/teal.sock", F_OK) != 0 {
            if let code = daemon.reap() {
                throw .ended(what: "teal serve", code: code, lastLines: LastLines.of(daemonLog))
            }
            guard MonotonicTime.now < deadline else { throw .late(what: "the start of the daemon", seconds: 20) }
            usleep(10_000)
        }
        return address
    }

    /// Starts the load generator; it goes on until it is told to end.
    func load(on address: String, rate: Int, times: DemoTimes) throws(DemoFailure) -> Child {
        try start(
            "teal-load",
            [
                "--url", "http://\(address)", "--host", ProjectText.host, "--bound", "--until-signal",
                "--rate", "\(rate)", "--report", loadReport, "--routed", routedFile,
                "--streams", "2", "--sse", "2", "--stream-seconds", "\(times.stream)",
                "--websockets", "2", "--relay-pairs", "1",
            ],
            log: loadLog
        )
    }

    /// Starts a `teal` command whose output can be read.
    func command(_ act: Act) throws(DemoFailure) -> Child {
        try start(
            "teal",
            act.arguments + ["--output", "json"],
            log: commandLog,
            isRead: true,
            more: Dictionary(act.variables.map { ($0.name, $0.value) }) { $1 }
        )
    }

    /// What the newest command said that was no JSON of its rollout.
    func complaint() -> [String] {
        LastLines.of(commandLog).flatMap { line in
            // What is no problem as JSON is shown as it is.
            guard let body = try? JSONDecoder().decode(ProblemBody.self, from: Data(line.utf8)) else { return [line] }
            return body.problem.description.split(separator: "\n").map(String.init)
        }
    }

    /// Ends everything because of a signal; the caller then ends the process.
    func interrupt() {
        isInterrupted.withLock { $0 = true }
        strike()
    }

    /// Returns unless the demo was interrupted; then it waits for the end of the process.
    func goOn() {
        guard isInterrupted.withLock({ $0 }) else { return }
        while true { pause() }
    }

    /// Ends everything and removes the directory, once; later calls wait for the first.
    func strike() {
        isOver.withLock { isOver in
            guard !isOver else { return }
            isOver = true
            // Commands and the load first, the daemon last: it would start again what is ended before it.
            for child in children.withLock({ $0.reversed() }) where child.reap() == nil {
                kill(child.pid, SIGTERM)
                if child.end(within: Self.endSeconds) == nil {
                    kill(child.pid, SIGKILL)
                    _ = child.end(within: Self.endSeconds)
                }
            }
            Household(home: home).end()
            if let socket = runtime.socket { HouseholdContainers(home: home, socket: socket, log: commandLog).end() }
            if !keepsHome { remove() }
        }
    }

    /// Takes a child off the list, because it has ended.
    func forget(_ child: Child) {
        if let output = child.output { close(output) }
        children.withLock { $0.removeAll { $0 == child } }
    }

    private func start(
        _ program: String,
        _ arguments: [String],
        log: String,
        isRead: Bool = false,
        more: [String: String] = [:]
    ) throws(DemoFailure) -> Child {
        var environment = ProcessInfo.processInfo.environment
        // What the person has set for a Teal of their own must not reach this one.
        for name in environment.keys where name.hasPrefix("TEAL_") || name.hasPrefix("SAMPLE_") {
            environment[name] = nil
        }
        environment["TEAL_HOME"] = home
        environment.merge(more) { $1 }
        let child = try Child.start(
            ([program] + arguments.prefix(1)).joined(separator: " "),
            program: programs + "/" + program,
            arguments: arguments,
            environment: environment,
            directory: project,
            log: log,
            isRead: isRead
        )
        children.withLock { $0.append(child) }
        return child
    }

    private func remove() {
        // Releases are unpacked read-only; only root could remove them as they are.
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? [] {
            var facts = stat()
            let path = root + "/" + path
            if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR { chmod(path, 0o700) }
        }
        // What is left is in a directory for temporary files.
        try? FileManager.default.removeItem(atPath: root)
    }
}

/// The end of a log.
enum LastLines {
    static func of(_ path: String, count: Int = 8) -> [String] {
        // No log, no lines.
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.suffix(8192).split(separator: UInt8(ascii: "\n")).suffix(count)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
