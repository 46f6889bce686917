import Foundation
import Synchronization
package import TealClient
package import TealCore

/// A throw-away home with a daemon, a proxy and services in it, as real processes.
///
/// Everything that was started in it is ended with it, last-in first-out: load, daemon, shims with their replicas, proxy.
package final class Lab: Sendable {
    /// Holds everything; its path is short enough for sockets.
    package let root: String
    /// The daemon's home.
    package let home: String
    package let programs: LabPrograms
    package let publicPort: Int
    package let internalPort: Int
    /// Speaks to the daemon, whichever one has the home.
    package let client: DaemonClient
    package let project: ProjectName
    package let runtime: LabRuntime
    /// The directory in which the daemon looks for the points of a rollout that it stops at.
    package var faults: String { root + "/faults" }
    /// What all daemons of this lab wrote.
    package var daemonLog: String { root + "/daemon.log" }

    struct State {
        var daemon: Child?
        var loads: [Child] = []
        /// What daemons switch instead of the proxy.
        var nginx: LabNginx?
        /// What stands before that, and that no daemon knows.
        var edge: LabNginx?
        var artifact: LabArtifact?
        /// The file that stands in for the kernel's boot id; nil while that itself is seen.
        var boot: String?
        /// Taken away at the end, in reverse.
        var undo: [@Sendable () async -> Void] = []
    }

    let state = Mutex(State())
    private static let count = Atomic<Int>(0)
    /// Outside of the ports for outgoing connections and of those that Teal gives to replicas.
    private static let ports = 12_000..<19_000

    private init(project: String, runtime: LabRuntime) throws {
        self.runtime = runtime
        let number = Self.count.add(1, ordering: .relaxed).newValue
        root = "/tmp/tl-\(getpid())-\(number)"
        home = root + "/h"
        self.project = try ProjectName(parsing: project)
        programs = try LabPrograms()
        let first = Self.ports.lowerBound + (Int(getpid()) * 31 + number * 8) % (Self.ports.count - 8)
        var free: [Int] = []
        for port in first..<Self.ports.upperBound where free.count < 2 && Self.isFree(port) { free.append(port) }
        guard free.count == 2 else { throw LabFailure("no free port from \(first)") }
        publicPort = free[0]
        internalPort = free[1]
        client = DaemonClient(socket: home + "/run/teal.sock")
        for directory in [root, home, faults] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
    }

    /// Runs `body` with a lab of its own, and takes everything away after it, however it ended.
    package static func with<Result>(
        project: String = "shop",
        runtime: LabRuntime = .chosen,
        _ body: (Lab) async throws -> Result
    ) async throws -> Result {
        let lab = try Lab(project: project, runtime: runtime)
        do {
            let result = try await body(lab)
            await lab.end()
            return result
        } catch {
            let said = lab.lastLines(of: lab.daemonLog, 30).joined(separator: "\n")
            FileHandle.standardError.write(Data("the daemon's last lines in \(lab.root):\n\(said)\n".utf8))
            await lab.end()
            throw error
        }
    }

    /// Does `work` at the end, before everything that was added earlier and after all processes have ended.
    package func atEnd(_ work: @escaping @Sendable () async -> Void) { state.withLock { $0.undo.append(work) } }

    /// The last lines of a file; none when it is not there.
    package func lastLines(of path: String, _ count: Int) -> [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""  // not there: nothing was written
        return text.split(separator: "\n").suffix(count).map(String.init)
    }

    private func end() async {
        await client.close()
        let (daemon, loads, nginx) = state.withLock { ($0.daemon, $0.loads, [$0.nginx, $0.edge].compactMap { $0 }) }
        for child in loads + [daemon].compactMap({ $0 }) {
            child.signal(SIGKILL)
            // A process that does not end after that is not worth more waiting.
            _ = try? await child.wait(within: .seconds(10))
        }
        // Told, and not killed: its workers would go on without their master.
        for nginx in nginx { try? await nginx.stop() }
        // Shims first, so that none starts its replica again; the proxy last.
        try? await until("the end of all processes of \(root)", within: .seconds(10)) {
            let left = processes()
            for process in left.filter({ $0.name == "teal-shim" }) + left.filter({ $0.name != "teal-shim" }) {
                kill(process.pid, SIGKILL)
            }
            return left.isEmpty
        }
        removeContainers()
        while let undo = state.withLock({ $0.undo.popLast() }) { await undo() }
        guard ProcessInfo.processInfo.environment["TEAL_LAB_KEEP"] == nil else { return }
        Self.removeTree(root)
    }

    /// Removes a tree, read-only directories too; what cannot be removed is left.
    private static func removeTree(_ path: String) {
        if let walk = FileManager.default.enumerator(atPath: path) {
            for case let name as String in walk {
                var facts = stat()
                let entry = path + "/" + name
                if lstat(entry, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR { chmod(entry, 0o700) }
            }
        }
        try? FileManager.default.removeItem(atPath: path)  // as said above
    }

    /// Whether nobody has a loopback port.
    package static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Who listens counts, and no connection that has just ended.
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
