import Foundation
import Glibc
import TealSocket
import Testing

@Suite struct `A visit at a Unix socket` {
    /// Runs `body` in a directory of its own.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/teal-socket-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }  // what is left is in /tmp
        try body(directory)
    }

    /// A socket that is bound to a path and not yet listened at.
    private func bound(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(result == 0)
        return descriptor
    }

    @Test func `tells who listens from who does not, and from nobody`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            #expect(SocketVisit(at: path).code == ENOENT)
            let descriptor = bound(path)
            #expect(SocketVisit(at: path).code == ECONNREFUSED)
            #expect(listen(descriptor, 8) == 0)
            #expect(SocketVisit(at: path).isAnswered)
            close(descriptor)
            let left = SocketVisit(at: path)
            #expect(left.code == ECONNREFUSED && left.reason == "Connection refused")
        }
    }

    @Test func `does not wait where the queue is full, and counts as answered`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let descriptor = bound(path)
            defer { close(descriptor) }
            #expect(listen(descriptor, 0) == 0)
            // Nobody accepts: after the first connections the queue is full.
            let began = ContinuousClock.now
            var waiting: [Int32] = []
            defer { for other in waiting { close(other) } }
            for _ in 0..<8 { waiting.append(connecting(to: path)) }
            #expect(SocketVisit(at: path).isAnswered)
            #expect(ContinuousClock.now - began < .seconds(5))
        }
    }

    @Test func `says that a file is no socket, and a path too long`() throws {
        try withDirectory { directory in
            let path = directory + "/file"
            try Data().write(to: URL(fileURLWithPath: path))
            #expect(SocketVisit(at: path).code == ECONNREFUSED)
            #expect(SocketVisit(at: directory + "/" + String(repeating: "x", count: 200)).code == ENAMETOOLONG)
        }
    }

    /// A connection that is kept, without waiting for anybody.
    private func connecting(to path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return descriptor
    }
}
