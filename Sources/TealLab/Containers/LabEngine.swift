import Foundation
import Synchronization

/// A Docker Engine of the lab's own, which can be stopped and started again.
///
/// It has no bridge but those of Teal, so that it gets along with another engine; what it wrote goes with it.
package final class LabEngine: Sendable {
    /// Where everything of it lies.
    package let root: String
    package let socket: EngineSocket
    private let isLiveRestore: Bool
    private let child = Mutex<Child?>(nil)

    /// How long it may take to answer after its start, and to end.
    private static let startLimit = Duration.seconds(60)
    private static let endLimit = Duration.seconds(60)

    private init(isLiveRestore: Bool) throws {
        self.isLiveRestore = isLiveRestore
        root = "/tmp/te-\(getpid())-\(UInt16.random(in: 0 ... .max))"
        socket = EngineSocket(path: root + "/docker.sock")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    /// Runs `body` with an engine of its own, and takes it away after it, however it ended.
    package static func with<Result>(
        liveRestore: Bool = false,
        _ body: (LabEngine) async throws -> Result
    ) async throws -> Result {
        let engine = try LabEngine(isLiveRestore: liveRestore)
        do {
            try await engine.start()
            let result = try await body(engine)
            await engine.end()
            return result
        } catch {
            await engine.end()
            throw error
        }
    }

    /// Starts it and waits until it answers.
    package func start() async throws {
        guard let program = Self.program else {
            throw LabFailure("there is no dockerd: apt-get install docker.io")
        }
        let log = root + "/log"
        let child = try Child(
            [
                program, "--data-root", root + "/data", "--exec-root", root + "/exec", "--pidfile", root + "/pid",
                "--host",
                "unix://\(socket.path)", "--bridge", "none", "--live-restore=\(isLiveRestore)",
            ],
            output: log
        )
        self.child.withLock { $0 = child }
        try await until("an answer of \(socket.path)", within: Self.startLimit) {
            if let code = child.ended {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""  // then there is nothing to show
                throw LabFailure("dockerd ended with \(code): \(text.suffix(1500))")
            }
            return socket.answers
        }
    }

    /// Ends the daemon: asked to, or with SIGKILL; containers go on if it was told to leave them alone.
    package func stop(_ signal: Int32 = SIGTERM) async throws {
        guard let child = child.withLock({ $0 }) else { return }
        child.signal(signal)
        try await child.wait(within: Self.endLimit)
        self.child.withLock { $0 = nil }
        // A killed one leaves it, and the next would not start.
        unlink(root + "/pid")
        guard signal == SIGKILL else { return }
        // Its containerd is told to end with it, but not waited for; the next would wait for the one that goes.
        let pidFile = root + "/exec/containerd/containerd.pid"
        let text = (try? String(contentsOfFile: pidFile, encoding: .utf8)) ?? ""  // not there: none runs
        guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { return }
        try await until("the end of the containerd of \(root)") {
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""  // it has ended
            return !line.contains(root)
        }
        unlink(pidFile)
    }

    private func end() async {
        if let running = try? socket.request("GET", "/containers/json?all=1"),
            let list = try? JSONSerialization.jsonObject(with: running.body) as? [[String: Any]]
        {
            for id in list.compactMap({ $0["Id"] as? String }) {
                // One that cannot be removed ends with its engine.
                _ = try? socket.request("DELETE", "/containers/\(id)?force=1&v=1")
            }
        }
        _ = try? socket.request("POST", "/networks/prune")  // as above
        try? await stop()
        let clear = """
            for m in $(awk -v d='\(root)' 'index($2, d "/") == 1 {print $2}' /proc/mounts); do umount -l "$m"; done
            rm -rf '\(root)'
            """
        guard let child = try? Child(["/bin/sh", "-c", clear], output: "/dev/null") else { return }
        _ = try? await child.wait(within: .seconds(30))  // what is left lies below /tmp under this process's number
    }

    private static let program = ["/usr/sbin/dockerd", "/usr/bin/dockerd", "/usr/local/bin/dockerd"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}
