import Foundation
import Glibc
import Synchronization
import TealTestSupport

@testable import TealDocker

/// The Docker Engine that the tests speak to: the one of `DOCKER_HOST` or of this machine, or one of their own.
enum DockerEngine {
    static let missing = "no Docker Engine answers at DOCKER_HOST or /var/run/docker.sock, and none can be started here"

    /// Whether the suites that need one can run; always when `TEAL_REQUIRE_SERVICES=1`, which makes them fail instead.
    static let isThere: Bool = {
        if ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1" { return true }
        return busybox != nil && (given != nil || (Shell.has("dockerd") && geteuid() == 0))
    }()

    /// A program with every tool that the images of the tests need, linked statically.
    static let busybox = Shell.path(of: "busybox")

    /// The socket of an engine that runs already.
    private static let given: String? = {
        let host = ProcessInfo.processInfo.environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"
        guard host.hasPrefix("unix://") else { return nil }
        let path = String(host.dropFirst("unix://".count))
        return (try? EngineSocket(path: path).check()) == nil ? nil : path
    }()

    /// Whether the tests speak to Podman's socket instead.
    @TaskLocal static var isPodman = false

    /// The path of the engine's socket; an own engine is started once for all tests.
    static func socket() async throws -> String {
        if isPodman { return try await PodmanEngine.shared.socket() }
        if let given { return given }
        return try await OwnEngine.shared.socket()
    }

    /// Whether the engine belongs to the tests, so that it may be stopped.
    static var isOwn: Bool { given == nil }

    /// Stops the tests' own engine, does `work`, and starts it again.
    static func restart(_ work: @Sendable () async throws -> Void = {}) async throws {
        try await OwnEngine.shared.restart(work)
    }

    /// Asks the engine for what the runtime has no verb for.
    static func curl(_ method: String, _ path: String, _ arguments: [String] = []) async throws -> String {
        let script = #"s=$1 m=$2 p=$3; shift 3; exec curl -sS --unix-socket "$s" -X "$m" "$@" "http://docker/v1.41$p""#
        return try await Shell.must(script, [try await socket(), method, path] + arguments)
    }
}

/// An engine that ends with the tests.
private actor OwnEngine {
    static let shared = OwnEngine()

    private static let directory = "/tmp/teal-dockerd-\(getpid())"
    private static let socket = directory + "/docker.sock"

    private var starting: Task<String, any Error>?
    private var process: Process?

    func socket() async throws -> String {
        if let starting { return try await starting.value }
        let task = Task {
            Fixture.removeTree(Self.directory)
            mkdir(Self.directory, 0o700)
            // Ends it however the tests end, but for a kill.
            atexit { DockerEngineEnd.end() }
            try await start()
            return Self.socket
        }
        starting = task
        return try await task.value
    }

    /// Stops the engine, does `work`, and starts it again.
    func restart(_ work: @Sendable () async throws -> Void) async throws {
        _ = try await socket()
        guard let process else { return }
        kill(process.processIdentifier, SIGTERM)
        try await eventually(within: .seconds(30), "the engine has ended") { !process.isRunning }
        let result = await Result { try await work() }
        try await start()
        try result.get()
    }

    private func start() async throws {
        guard let program = Shell.path(of: "dockerd") else { throw Shell.Failed(description: "there is no dockerd") }
        let directory = Self.directory
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "--data-root", directory + "/data", "--exec-root", directory + "/exec", "--pidfile", directory + "/pid",
            "-H", "unix://\(Self.socket)", "--bip", "10.215.0.1/24", "--live-restore=false",
        ]
        _ = FileManager.default.createFile(atPath: directory + "/log", contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: directory + "/log")
        process.standardError = FileHandle(forWritingAtPath: directory + "/log")
        try await Shell.launch(process)
        self.process = process
        leftover.withLock { $0 = (process.processIdentifier, directory) }
        let client = EngineClient(socket: Self.socket)
        try await eventually(within: .seconds(60), "the engine of the tests answers") {
            guard process.isRunning else {
                let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
                throw Shell.Failed(description: "dockerd ended: \(log.suffix(2000))")
            }
            // It is not there yet.
            return (try? await client.version()) != nil
        }
        await client.shutdown()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}

/// The engine that was started here, and where it lives.
private let leftover = Mutex<(pid: Int32, directory: String)?>(nil)

private enum DockerEngineEnd {
    static func end() {
        guard let (pid, directory) = leftover.withLock({ $0 }) else { return }
        kill(pid, SIGTERM)
        for _ in 0..<300 where kill(pid, 0) == 0 {
            var status: Int32 = 0
            waitpid(pid, &status, WNOHANG)
            usleep(100_000)
        }
        kill(pid, SIGKILL)
        let clear =
            "for m in $(awk -v d=\(directory) 'index($2, d) == 1 {print $2}' /proc/mounts); do umount -l $m; done; rm -rf \(directory)"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", clear]
        // What is left lies below /tmp, named after this process.
        try? process.run()
        process.waitUntilExit()
    }
}
