import CTealSystem
import Glibc
package import TealCore
import TealDocker
import TealDriverKit
import TealEngine
import TealShimWire

/// Everything that runs and was made for a home: daemon, proxy, shims with their replicas, containers and networks.
///
/// For homes that come and go, such as those that services are worked on in; a host that serves users keeps its own.
package struct Household: Sendable {
    /// What was ended and taken away.
    package struct End: Hashable, Sendable {
        /// Whether a daemon, a proxy or a shim still ran.
        package var wasRunning = false
        package var containers: [String] = []
        package var networks: [String] = []
        package var volumes: [String] = []
        /// Volumes that are left, with what is in them.
        package var keptVolumes: [String] = []

        package init() {}
    }

    private struct Member: Hashable {
        let pid: pid_t
        let name: String
    }

    /// How long the daemon may take to end, and the proxy.
    private static let endLimit: Duration = .seconds(30)
    /// How long shims may take, which give their replicas the time that was written for them.
    private static let shimLimit: Duration = .seconds(600)
    private static let look: Duration = .milliseconds(20)
    /// What is left of a home whose volumes are kept: whose they are, and on which engine.
    private static let kept = ["docker/engine", "docker/id"]

    private let home: String
    private let docker: DockerConfiguration

    /// - Parameters:
    ///   - home: An absolute path.
    ///   - dockerSocket: The Engine's socket; nil for the one of `DOCKER_HOST`, or the first usual one that is there.
    package init(home: String, dockerSocket: String?) {
        self.home = home
        docker = DockerConfiguration(socket: LocalEngine.socket(dockerSocket), subnetPool: "", home: home)
    }

    /// Ends all of it; repeating it ends what a first try has left.
    ///
    /// - Parameters:
    ///   - withVolumes: Whether the volumes and what is known of them go too.
    ///   - atOnce: Whether replicas are killed instead of told to stop.
    /// - Returns: What went, and what is left.
    /// - Throws: `dev.left` with what could not be taken away.
    package func end(withVolumes: Bool, atOnce: Bool) async throws(Problem) -> End {
        var end = End()
        // The daemon first: it would start again what ends before it. The proxy last: requests in flight end with replicas.
        for name in ["teal", "teal-shim", "teal-proxy"] {
            let asked = members().filter { $0.name == name }
            end.wasRunning = end.wasRunning || !asked.isEmpty
            let isKilled = atOnce && name == "teal-shim"
            for member in asked { kill(member.pid, isKilled ? SIGKILL : SIGTERM) }
            await untilGone(asked, within: name == "teal-shim" ? Self.shimLimit : Self.endLimit)
            for member in members() where asked.contains(member) { kill(member.pid, SIGKILL) }
            await untilGone(asked, within: .seconds(5))
        }
        let left = members()
        guard left.isEmpty else {
            throw self.left(
                "the \(left[0].name) with the process id \(left[0].pid) does not end, although it was killed"
            )
        }
        try await takeContainers(withVolumes, atOnce, &end)
        do throws(SystemError) {
            try removeFiles(withVolumes)
        } catch {
            throw self.left("\(error)")
        }
        return end
    }

    private func takeContainers(_ withVolumes: Bool, _ atOnce: Bool, _ end: inout End) async throws(Problem) {
        let runtime = DockerRuntime(docker) { _ throws(SecretError) in nil }
        let result: Result<HomeRemoval?, RuntimeError>
        do throws(RuntimeError) {
            result = .success(try await runtime.removeHome(withVolumes: withVolumes, atOnce: atOnce))
        } catch {
            result = .failure(error)
        }
        await runtime.shutdown()
        switch result {
        case .success(let removal):
            end.containers = removal?.containers ?? []
            end.networks = removal?.networks ?? []
            end.volumes = removal?.volumes ?? []
            end.keptVolumes = removal?.keptVolumes ?? []
        case .failure(let error): throw left(RuntimeWords.text(error))
        }
    }

    private func left(_ why: String) -> Problem {
        Problem(
            "dev.left",
            "not everything is down: \(why)",
            at: [home],
            next: ["Mend that, then `teal dev down` again; what is down already stays so"]
        )
    }

    /// Nothing is kept but what says whose the volumes are.
    private func removeFiles(_ withVolumes: Bool) throws(SystemError) {
        var kept: [(path: String, bytes: [UInt8])] = []
        for name in Self.kept where !withVolumes {
            if let bytes = try Files.read("\(home)/\(name)") { kept.append(("\(home)/\(name)", bytes)) }
        }
        guard !kept.isEmpty else { return try Files.removeTree(home) }
        for name in entries(of: home) where name != "docker" { try Files.removeTree("\(home)/\(name)") }
        for name in entries(of: "\(home)/docker") where !Self.kept.contains("docker/\(name)") {
            try Files.removeTree("\(home)/docker/\(name)")
        }
    }

    /// What a directory holds; nothing where it cannot be read.
    private func entries(of directory: String) -> [String] { (try? Files.names(in: directory)) ?? [] }

    // MARK: Processes

    /// Programs of Teal that have the home among their arguments.
    private func members() -> [Member] {
        entries(of: "/proc").compactMap { entry in
            guard let pid = pid_t(entry), pid != getpid(),
                // It may have ended since, and then it is none; so is one of somebody else's.
                let bytes = try? Files.read("/proc/\(pid)/cmdline")
            else { return nil }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let name = words.first?.split(separator: "/").last.map(String.init),
                name == "teal" && words.dropFirst().first == "serve" || ["teal-proxy", "teal-shim"].contains(name),
                words.contains(where: { $0 == home || $0.hasPrefix(home + "/") })
            else { return nil }
            return Member(pid: pid, name: name)
        }
    }

    private func untilGone(_ asked: [Member], within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            for member in asked {
                // One that was started here has to be collected; of others this says nothing.
                var status: Int32 = 0
                waitpid(member.pid, &status, WNOHANG)
            }
            guard !members().filter(asked.contains).isEmpty else { return }
            // Cancelled, it only looks more often.
            try? await Task.sleep(for: Self.look)
        }
    }
}
