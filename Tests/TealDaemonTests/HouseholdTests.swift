import Foundation
import Glibc
import TealCore
import TealDaemon
import Testing

@Suite struct `A home that comes and goes` {
    /// A home with some of what a daemon leaves in one, and no engine.
    private func withHome(_ body: (String) async throws -> Void) async throws {
        let root = NSTemporaryDirectory() + "teal-household-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: root + "/home/docker", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: root + "/home/releases/shop", withIntermediateDirectories: true)
        try Data("one".utf8).write(to: URL(filePath: root + "/home/releases/shop/web"))
        // As releases are unpacked.
        chmod(root + "/home/releases/shop", 0o500)
        do {
            try await body(root + "/home")
        } catch {
            try? FileManager.default.removeItem(atPath: root)  // the test has failed already
            throw error
        }
        try FileManager.default.removeItem(atPath: root)
    }

    private func household(_ home: String) -> Household {
        Household(home: home, dockerSocket: home + "/no-engine.sock")
    }

    @Test func `goes whole when nothing of it is on an engine, and going twice is no failure`() async throws {
        try await withHome { home in
            let end = try await household(home).end(withVolumes: false, atOnce: false)
            #expect(end == Household.End())
            #expect(!FileManager.default.fileExists(atPath: home))
            #expect(try await household(home).end(withVolumes: true, atOnce: true) == Household.End())
        }
    }

    @Test func `says what it could not take away, and can be asked again`() async throws {
        try await withHome { home in
            try Data("f00d\n".utf8).write(to: URL(filePath: home + "/docker/id"))
            let problem = await #expect(throws: Problem.self) {
                try await household(home).end(withVolumes: false, atOnce: false)
            }
            #expect(problem?.code == "dev.left")
            #expect(problem?.summary.hasPrefix("not everything is down: the runtime gives no answer") == true)
            #expect(FileManager.default.fileExists(atPath: home + "/docker/id"))
        }
    }

    @Test func `leaves strangers alone that only speak of it`() async throws {
        try await withHome { home in
            let stranger = Process()
            stranger.executableURL = URL(filePath: "/bin/sh")
            stranger.arguments = ["-c", "for i in $(seq 300); do sleep 0.1; done", home + "/daemon.log"]
            try stranger.run()
            _ = try await household(home).end(withVolumes: false, atOnce: true)
            #expect(stranger.isRunning)
            // What is started from here may have signals blocked.
            kill(stranger.processIdentifier, SIGKILL)
            stranger.waitUntilExit()
        }
    }

    @Test func `who has a port is told by name`() async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, length)
                _ = listen(descriptor, 1)
                _ = getsockname(descriptor, $0, &length)
            }
        }
        let port = Int(in_port_t(bigEndian: address.sin_port))
        let holder = await LocalEngine.holder(of: HostPort(port: port), dockerSocket: "/nonexistent")
        #expect(holder?.contains("(pid \(getpid()))") == true, "\(holder ?? "nobody")")
    }
}

@Suite struct `The arguments of a build` {
    @Test func `have values in the surroundings, where nobody else reads them`() {
        var variables = ["PATH": "/bin", "MODE": "fast", "SAME": "1"]
        let given = [
            "--file", "a=b", "--build-arg", "TOKEN=s3=cret", "--build-arg", "MODE=slow", "--build-arg", "SAME=1",
            "--build-arg", "NONE", "--build-arg", "DOCKER_HOST=tcp://elsewhere", "--build-arg", "EMPTY=", ".",
        ]
        let words = DockerBuild.words(given, &variables)
        #expect(
            words == [
                "--file", "a=b", "--build-arg", "TOKEN", "--build-arg", "MODE=slow", "--build-arg", "SAME",
                "--build-arg", "NONE", "--build-arg", "DOCKER_HOST=tcp://elsewhere", "--build-arg", "EMPTY", ".",
            ]
        )
        #expect(variables == ["PATH": "/bin", "MODE": "fast", "SAME": "1", "TOKEN": "s3=cret", "EMPTY": ""])
    }
}
