import Foundation
import Glibc
import Synchronization
import TealTestSupport

@testable import TealDocker

/// Podman's Docker-compatible socket, with everything that it keeps in a directory of the tests.
actor PodmanEngine {
    static let shared = PodmanEngine()
    static let missing = "podman, runc and busybox are needed, and root"

    /// Whether the suites that need it can run; always when `TEAL_REQUIRE_SERVICES=1`, which makes them fail instead.
    static let isThere: Bool = {
        if ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1" { return true }
        return DockerEngine.busybox != nil && Shell.has("podman") && Shell.has("runc") && geteuid() == 0
    }()

    private static let directory = "/tmp/teal-podman-\(getpid())"
    private var starting: Task<String, any Error>?

    func socket() async throws -> String {
        if let starting { return try await starting.value }
        // Awaited by every caller.
        let task = Task { try await Self.start() }
        starting = task
        return try await task.value
    }

    private static func start() async throws -> String {
        guard let podman = Shell.path(of: "podman"), let runc = Shell.path(of: "runc") else {
            throw Shell.Failed(description: missing)
        }
        Fixture.removeTree(directory)
        mkdir(directory, 0o700)
        try write(
            "storage.conf",
            "[storage]\ndriver = \"vfs\"\nrunroot = \"\(directory)/run\"\ngraphroot = \"\(directory)/data\"\n"
        )
        try write(
            "containers.conf",
            """
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            tmp_dir = "\(directory)/tmp"
            volume_path = "\(directory)/volumes"
            [engine.runtimes]
            runc = ["\(directory)/runc"]
            [network]
            network_config_dir = "\(directory)/networks"

            """
        )
        // It asks a registry on loopback by TLS alone, unless it is told otherwise.
        try write("registries.conf", "[[registry]]\nlocation = \"\(Registry.address)\"\ninsecure = true\n")
        try write("runc", wrapper.replacing("RUNC", with: runc))
        chmod(directory + "/runc", 0o755)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: podman)
        let socket = directory + "/podman.sock"
        process.arguments = ["system", "service", "--time=0", "unix://\(socket)"]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "CONTAINERS_CONF": directory + "/containers.conf", "CONTAINERS_STORAGE_CONF": directory + "/storage.conf",
            "CONTAINERS_REGISTRIES_CONF": directory + "/registries.conf",
        ]) { $1 }
        _ = FileManager.default.createFile(atPath: directory + "/log", contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: directory + "/log")
        process.standardError = FileHandle(forWritingAtPath: directory + "/log")
        // Ends it however the tests end, but for a kill.
        atexit { PodmanEnd.end() }
        try await Shell.launch(process)
        leftover.withLock { $0 = (process.processIdentifier, directory) }
        let client = EngineClient(socket: socket)
        try await eventually(within: .seconds(60), "Podman answers") {
            guard process.isRunning else {
                let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
                throw Shell.Failed(description: "podman ended: \(log.suffix(2000))")
            }
            // It is not there yet.
            return (try? await client.version()) != nil
        }
        await client.shutdown()
        return socket
    }

    private static func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    /// Podman asks for the highest limits of files and processes that the kernel knows, which a machine without
    /// CAP_SYS_RESOURCE refuses; through its API no default takes their place.
    private static let wrapper = #"""
        #!/bin/sh
        last=
        for word; do
            case "$last" in
            --bundle|-b) file="$word/config.json" ;;
            --process|-p) file="$word" ;;
            *) file= ;;
            esac
            [ -n "$file" ] && [ -f "$file" ] && sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$file"
            last="$word"
        done
        exec RUNC "$@"

        """#
}

/// The service that was started here, and where it keeps everything.
private let leftover = Mutex<(pid: Int32, directory: String)?>(nil)

private enum PodmanEnd {
    static func end() {
        guard let (pid, directory) = leftover.withLock({ $0 }) else { return }
        kill(pid, SIGTERM)
        for _ in 0..<100 where kill(pid, 0) == 0 {
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
