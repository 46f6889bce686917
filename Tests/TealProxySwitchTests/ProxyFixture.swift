import Foundation
import Synchronization
import TealCore
import TealProbe
import TealProxySwitch
import Testing

/// A directory for one proxy, and the real `teal-proxy` to run in it.
struct ProxyFixture {
    static let isBuilt = FileManager.default.isExecutableFile(atPath: program)
    /// Beside the tests' own program, or in the package's build folder.
    static let program: String = {
        let environment = ProcessInfo.processInfo.environment
        let beside = ProxyLaunch.defaultProgram(environment: environment)
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return URL(filePath: #filePath).appending(path: "../../../.build/debug/teal-proxy").standardized.path
    }()

    let directory: String

    var launch: ProxyLaunch {
        ProxyLaunch(
            program: Self.program,
            stateDirectory: directory + "/state",
            controlPath: directory + "/control",
            publicListeners: ["127.0.0.1:0"],
            internalListeners: ["127.0.0.1:0"],
            loops: 2
        )
    }

    var proxySwitch: ProxySwitch { ProxySwitch(controlPath: directory + "/control", probe: NetworkProbe()) }

    /// Gives a test its directory, and afterwards ends the proxy that runs in it.
    static func run(_ body: (ProxyFixture) async throws -> Void) async throws {
        // A Unix socket's path is short.
        let directory = "/tmp/tps-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let fixture = ProxyFixture(directory: directory)
        do {
            try await body(fixture)
        } catch {
            try await fixture.cleanUp()
            throw error
        }
        try await fixture.cleanUp()
    }

    private func cleanUp() async throws {
        for pid in processes() { kill(pid, SIGKILL) }
        _ = try await holds { processes().isEmpty }
        try FileManager.default.removeItem(atPath: directory)
    }

    /// The processes that run with this directory on their command line.
    func processes() -> [pid_t] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var found: [pid_t] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = pid_t(name), commandLine(of: pid, has: directory + "/state") { found.append(pid) }
        }
        return found
    }

    /// By system calls: a test looks often, and Foundation takes half a second for it.
    private func commandLine(of pid: pid_t, has text: String) -> Bool {
        let descriptor = open("/proc/\(pid)/cmdline", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).contains(text)
    }
}

/// Polls until something holds, at most `limit`.
func holds(within limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return try await condition()
}
