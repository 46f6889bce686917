import Foundation
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
            try Data().write(to: URL(filePath: path))
            try await FakeHost.serve(FakeDaemon(), at: path) { socket in
                let type = try FileManager.default.attributesOfItem(atPath: socket)[.type] as? FileAttributeType
                #expect(type == .typeSocket)
            }
        }
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
