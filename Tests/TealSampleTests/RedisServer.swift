import Foundation

@testable import TealSample

/// A Redis server of its own on a loopback port, without anything on disk.
struct RedisServer {
    static let program = "/usr/bin/redis-server"
    /// Missing is a skip that is seen, or a failure where services are required.
    static let isWanted =
        FileManager.default.isExecutableFile(atPath: program)
        || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"

    let port: Int
    private let process: Process

    /// Starts it and waits until it answers.
    static func start() async throws -> RedisServer {
        for _ in 0..<20 {
            let port = Int.random(in: 19_700..<20_000)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = [
                "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no", "--daemonize", "no",
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            let server = RedisServer(port: port, process: process)
            for _ in 0..<500 where process.isRunning {
                // Not yet there, or somebody else's port.
                if (try? server.ask("PING")) == .text("PONG") { return server }
                try await Task.sleep(for: .milliseconds(10))
            }
            server.stop()
        }
        throw RedisFailure(what: "no port on which \(program) answers")
    }

    func stop() {
        // It has nothing to save, and a mask that it got from this process cannot keep it.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        for _ in 0..<500 where process.isRunning { usleep(10_000) }
    }

    /// What it answers to a command; each is asked on a connection of its own.
    func ask(_ words: String...) throws -> RedisReply {
        let socket = try BlockingSocket(host: "127.0.0.1", port: port, limit: 5)
        try socket.write(RedisReply.command(words))
        var bytes: [UInt8] = []
        while true {
            if let found = try RedisReply.parse(bytes) { return found.reply }
            let more = try socket.read()
            guard !more.isEmpty else { throw RedisFailure(what: "\(words) had no answer") }
            bytes += more
        }
    }
}

struct RedisFailure: Error {
    let what: String
}
