import Foundation
import Logging
import ServiceLifecycle
import TealCore
package import TealServer

/// A daemon's API on a real socket, for as long as a test needs it.
package enum FakeHost {
    /// A directory of the test's own with a path that is short enough for a socket.
    package static func withDirectory<Result>(_ work: (String) async throws -> Result) async throws -> Result {
        let path = "/tmp/teal-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        do {
            let result = try await work(path)
            try FileManager.default.removeItem(atPath: path)
            return result
        } catch {
            // The test has failed already; what is left in /tmp does not matter beside that.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }

    /// Serves `control` at a socket while `work` runs.
    package static func serve<Result: Sendable>(
        _ control: any DaemonControl,
        at socket: String,
        heartbeat: Duration = .seconds(5),
        _ work: @Sendable (String) async throws -> Result
    ) async throws -> Result {
        var logger = Logger(label: "teal.test")
        logger.logLevel = .error
        let (listening, feed) = AsyncStream.makeStream(of: Void.self)
        let server = try SocketServer(
            path: socket,
            router: APIRouter(control: control, heartbeat: heartbeat),
            logger: logger,
            onListening: { feed.finish() }
        )
        let services = ServiceGroup(configuration: .init(services: [server], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Also when it never comes to listen.
                defer { feed.finish() }
                try await services.run()
            }
            for await _ in listening {}
            do {
                let result = try await work(socket)
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return result
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
        }
    }

    /// Serves `control` in a directory of its own.
    package static func serve<Result: Sendable>(
        _ control: any DaemonControl,
        heartbeat: Duration = .seconds(5),
        _ work: @Sendable (String) async throws -> Result
    ) async throws -> Result {
        try await withDirectory { directory in
            try await serve(control, at: directory + "/teal.sock", heartbeat: heartbeat, work)
        }
    }
}
