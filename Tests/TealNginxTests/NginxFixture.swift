import Foundation
import Synchronization
import TealCore
import TealDriverKit
import TealNginx
import TealProbe
import Testing

/// A directory for one nginx of a test's own, with Teal's file included and any number of sites.
struct NginxFixture {
    static let program = "/usr/sbin/nginx"
    static let isThere = FileManager.default.isExecutableFile(atPath: program)
    /// Whether the suites run; with `TEAL_REQUIRE_SERVICES=1` a missing nginx is a failure instead of a skip.
    static let runs = isThere || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"
    static let whyNot: Comment = "nginx is not installed at /usr/sbin/nginx"

    let directory: String
    let port: Int

    var configuration: String { directory + "/nginx.conf" }
    var include: String { directory + "/conf.d/teal.conf" }
    var log: String { directory + "/log/teal.log" }
    var endpoint: Endpoint { Endpoint(address: "127.0.0.1", port: port) }

    var settings: NginxSettings {
        var settings = NginxSettings(stateDirectory: directory + "/state")
        settings.program = Self.program
        settings.configuration = configuration
        settings.pidFile = directory + "/nginx.pid"
        settings.include = include
        settings.log = log
        settings.status = Endpoint(address: "127.0.0.1", port: port + 1)
        settings.listen = ["127.0.0.1:\(port)"]
        return settings
    }

    func makeSwitch(_ incarnation: String = "one", _ change: (inout NginxSettings) -> Void = { _ in }) -> NginxSwitch {
        var settings = settings
        change(&settings)
        return NginxSwitch(settings, probe: NetworkProbe(), incarnation: incarnation)
    }

    /// Gives a test its directory and a running nginx, and afterwards ends it.
    static func run(
        sites: [String: String] = [:],
        starts: Bool = true,
        _ body: (NginxFixture) async throws -> Void
    ) async throws {
        let directory = "/tmp/tng-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        let fixture = NginxFixture(directory: directory, port: Ports.next())
        for name in ["conf.d", "log", "sites", "state", "temp"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        // Workers of another user reopen the log themselves.
        chmod(directory, 0o755)
        chmod(directory + "/log", 0o777)
        for (name, text) in sites { try fixture.write("sites/\(name)", text) }
        try fixture.write("nginx.conf", fixture.main)
        do {
            if starts { try await fixture.start() }
            try await body(fixture)
        } catch {
            try await fixture.cleanUp()
            throw error
        }
        try await fixture.cleanUp()
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: URL(filePath: "\(directory)/\(name)"), encoding: .utf8)
    }

    private var main: String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "    \($0)_temp_path \(directory)/temp/\($0);\n" }.joined()
        return """
            worker_processes 2;
            pid \(directory)/nginx.pid;
            error_log \(directory)/log/error.log notice;
            events { worker_connections 1024; }
            http {
                access_log off;
            \(temporary)    include \(directory)/conf.d/*.conf;
                include \(directory)/sites/*;
            }

            """
    }

    func start() async throws {
        #expect(try await Self.shell([Self.program, "-c", configuration]) == 0)
        #expect(try await holds { FileManager.default.fileExists(atPath: settings.pidFile) })
    }

    var master: pid_t? {
        (try? read("nginx.pid")).flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    func stop(_ signal: CInt = SIGTERM) async throws {
        guard let master else { return }
        kill(master, signal)
        #expect(try await holds { kill(master, 0) != 0 })
    }

    /// The processes below the master that are leaving.
    func leaving() -> Int { workers { $0.contains("is shutting down") }.count }

    /// The workers that have not ended yet, those that leave among them.
    ///
    /// - Parameter isMeant: Says of a worker's title whether it is asked for.
    /// - Returns: Their process IDs.
    func workers(where isMeant: (String) -> Bool = { _ in true }) -> Set<pid_t> {
        guard let master else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let meant = names.compactMap { pid_t($0) }.filter { pid in
            let title = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            let parent = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?
                .split(separator: ")").last?.split(separator: " ").dropFirst().first
            return title.contains("worker process") && isMeant(title) && parent == Substring("\(master)")
        }
        return Set(meant)
    }

    private func cleanUp() async throws {
        try await stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Runs a program without output, and tells how it ended.
    ///
    /// Not by Foundation, which takes a program that goes into the background for one that runs on.
    static func shell(_ words: [String]) async throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in CInt(0)...2 { posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0) }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { return -code }
        let child = pid
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: CInt = 0
                waitpid(child, &status, 0)
                continuation.resume(returning: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f))
            }
        }
    }
}

/// Ports of the tests, outside the system's own range, four for each nginx.
enum Ports {
    private static let taken = Atomic<Int>(Int(getpid()) * 37)

    static func next() -> Int {
        21_200 + 4 * (taken.wrappingAdd(1, ordering: .relaxed).oldValue % 190)
    }
}

/// Polls until something holds, at most `limit`.
func holds(within limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}
