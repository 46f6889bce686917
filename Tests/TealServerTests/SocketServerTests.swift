import Foundation
import Glibc
import Logging
import TealCore
import TealFakeDaemon
import TealServer
import Testing

@Suite struct `The socket` {
    @Test func `may be used by its owner and group only, and is gone at the end`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/teal.sock"
            let mode = try await FakeHost.serve(FakeDaemon(), at: path) { socket in
                let facts = try FileManager.default.attributesOfItem(atPath: socket)
                return (facts[.posixPermissions] as? Int, facts[.type] as? FileAttributeType)
            }
            #expect(mode.0 == 0o660)
            #expect(mode.1 == .typeSocket)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test func `that is left over is replaced`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/teal.sock"
            try leaveSocket(at: path)
            try await FakeHost.serve(FakeDaemon(), at: path) { socket in
                try SocketPlace(path: socket + "2").prepare()
                #expect(throws: Problem.self) { try SocketPlace(path: socket).prepare() }
            }
        }
    }

    @Test func `takes the place of no other file`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/notes.txt"
            try Data("mine".utf8).write(to: URL(filePath: path))
            let error = await #expect(throws: Problem.self) {
                try await FakeHost.serve(FakeDaemon(), at: path) { _ in }
            }
            #expect(error?.code == "daemon.socket")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        }
    }

    @Test func `takes the place of no other daemon's, and leaves what another has put there`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/teal.sock"
            try await FakeHost.serve(FakeDaemon(), at: path) { socket in
                let error = await #expect(throws: Problem.self) {
                    try await FakeHost.serve(FakeDaemon(), at: socket) { _ in }
                }
                #expect(error?.summary == "the daemon cannot start: another one answers at its socket")
                try FileManager.default.removeItem(atPath: socket)
                try leaveSocket(at: socket)
            }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `gets its directory, for its user and group only`() async throws {
        try await FakeHost.withDirectory { directory in
            let path = directory + "/run/teal.sock"
            try await FakeHost.serve(FakeDaemon(), at: path) { _ in
                let facts = try FileManager.default.attributesOfItem(atPath: directory + "/run")
                #expect(facts[.posixPermissions] as? Int == 0o750)
            }
        }
    }

    @Test func `that cannot be made is a problem with its reason`() async throws {
        try await FakeHost.withDirectory { directory in
            let error = await #expect(throws: Problem.self) {
                try await FakeHost.serve(FakeDaemon(), at: directory + "/a/b/teal.sock") { _ in }
            }
            #expect(error?.code == "daemon.socket")
            #expect(error?.summary.contains("No such file or directory") == true)
            let path = directory + "/teal.sock"
            try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
            let bound = await #expect(throws: Problem.self) {
                try await FakeHost.serve(FakeDaemon(), at: path) { _ in }
            }
            #expect(bound?.summary.hasPrefix("the daemon cannot start: its socket could not be made (bind: ") == true)
        }
    }

    /// A socket as a daemon leaves it that was killed.
    private func leaveSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    @Test func `with a path that is too long is refused with the limit`() {
        let path = "/tmp/" + String(repeating: "x", count: 95)
        #expect {
            try SocketServer(
                path: path,
                router: APIRouter(control: FakeDaemon()),
                logger: Logger(label: "test")
            )
        } throws: { error in
            (error as? Problem)?.description == """
                error: the daemon cannot start: the path of its socket has 100 bytes, and 99 are allowed [daemon.socket-path]
                  at:   \(path)
                  next: Choose a shorter directory with `teal serve --home` or TEAL_HOME
                """
        }
    }
}
