import Foundation
import Synchronization

/// An nginx of the lab's own, which a daemon switches.
package final class LabNginx: Sendable {
    package static let program = "/usr/sbin/nginx"
    package static let isThere = FileManager.default.isExecutableFile(atPath: program)

    /// Everything of it, in the lab's directory.
    package let directory: String
    /// The port of the loopback at which it says which table it follows.
    package let statusPort: Int
    /// A line of site, for the daemon: `shop/web=/path`; none where Teal's own file has servers.
    private let sites: [String]

    package var configuration: String { directory + "/nginx.conf" }
    package var pidFile: String { directory + "/nginx.pid" }
    package var include: String { directory + "/conf.d/teal.conf" }
    package func site(_ name: String) -> String { "\(directory)/sites/\(name)" }

    /// Its master process; nil when it does not run.
    package var master: Int32? {
        // Not there: it does not run.
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), kill(pid, 0) == 0
        else { return nil }
        return pid
    }

    fileprivate init(_ root: String, statusPort: Int, sites: [String: String]) throws {
        let directory = root + "/nginx"
        self.directory = directory
        self.statusPort = statusPort
        self.sites = sites.keys.sorted().map { "\($0)=\(directory)/sites/\($0.replacing("/", with: "-"))" }
        for name in ["conf.d", "log", "sites", "temp"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        for (service, text) in sites {
            try Data(text.utf8).write(to: URL(filePath: "\(directory)/sites/\(service.replacing("/", with: "-"))"))
        }
        // Workers of another user reopen the log themselves.
        chmod(directory + "/log", 0o777)
        try Data(main.utf8).write(to: URL(filePath: configuration))
    }

    private var main: String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "    \($0)_temp_path \(directory)/temp/\($0);\n" }.joined()
        return """
            worker_processes 2;
            pid \(pidFile);
            error_log \(directory)/log/error.log notice;
            events { worker_connections 1024; }
            http {
                access_log off;
            \(temporary)    include \(directory)/conf.d/*.conf;
                include \(directory)/sites/*;
            }

            """
    }

    /// What the daemon is told of it; users come at `port`, by a site where there are any.
    func words(_ port: Int) -> [String] {
        let place = sites.isEmpty ? ["--listen", "127.0.0.1:\(port)"] : ["--nginx-probe", "127.0.0.1:\(port)"]
        return place + [
            "--switch", "nginx", "--nginx", Self.program, "--nginx-conf", configuration, "--nginx-pid", pidFile,
            "--nginx-include", include, "--nginx-log", directory + "/log/teal.log", "--nginx-status",
            "127.0.0.1:\(statusPort)",
        ] + sites.flatMap { ["--nginx-site", $0] }
    }

    /// Starts it and waits until it runs.
    package func start() async throws {
        // It goes into the background by itself.
        _ = try await Child.output(of: [Self.program, "-c", configuration])
        try await until("a master process of nginx") { master != nil }
    }

    /// Tells it to read its files again; returns at once.
    package func reload() throws {
        guard let master else { throw LabFailure("nginx does not run") }
        kill(master, SIGHUP)
    }

    /// Puts a site in its place, tests it as people do, and has it read.
    ///
    /// - Throws: ``LabFailure`` with nginx's own words when it is refused.
    package func enable(_ name: String, _ text: String) async throws {
        try Data(text.utf8).write(to: URL(filePath: site(name)))
        _ = try await Child.output(of: [Self.program, "-t", "-c", configuration])
        try reload()
    }

    /// Ends it with all that it serves.
    package func stop() async throws {
        guard let master else { return }
        kill(master, SIGTERM)
        try await until("the end of nginx") { kill(master, 0) != 0 }
    }
}

extension Lab {
    /// Starts an nginx of the lab's own; daemons that are started from then on switch it.
    ///
    /// - Parameter sites: Sites by service, such as `shop/web`, in which the daemon rewrites one line; without any, Teal's own
    ///   file has the public address.
    /// - Returns: It; it ends with the lab.
    /// - Throws: ``LabFailure`` when it does not start.
    @discardableResult
    package func startNginx(sites: [String: String] = [:]) async throws -> LabNginx {
        guard LabNginx.isThere else { throw LabFailure("there is no nginx: apt-get install nginx") }
        guard let port = (internalPort + 1..<internalPort + 200).first(where: Self.isFree) else {
            throw LabFailure("no free port after \(internalPort)")
        }
        let nginx = try LabNginx(root, statusPort: port, sites: sites)
        state.withLock { $0.nginx = nginx }
        try await nginx.start()
        return nginx
    }

    /// Starts an nginx that stands before what the daemon switches, and that no daemon is told of.
    ///
    /// - Returns: It, without any site; it ends with the lab.
    /// - Throws: ``LabFailure`` when it does not start.
    package func startEdge() async throws -> LabNginx {
        guard LabNginx.isThere else { throw LabFailure("there is no nginx: apt-get install nginx") }
        let edge = try LabNginx(root, statusPort: 0, sites: [:])
        state.withLock { $0.edge = edge }
        try await edge.start()
        return edge
    }

    /// A port of the loopback that nobody has now, beyond those of the lab itself.
    package func freePort() throws -> Int {
        guard let port = (internalPort + 200..<internalPort + 400).first(where: Self.isFree) else {
            throw LabFailure("no free port after \(internalPort + 200)")
        }
        return port
    }

    /// Leaves nginx to itself: daemons that are started from now on have the proxy.
    package func leaveNginx() -> LabNginx? {
        state.withLock { state in
            let nginx = state.nginx
            state.nginx = nil
            if let nginx { state.undo.append { try? await nginx.stop() } }
            return nginx
        }
    }

    /// The processes of the lab's nginx.
    var nginxPids: Set<Int32> {
        Set(processes().filter { $0.words.first?.hasPrefix("nginx: ") == true }.map(\.pid))
    }
}
