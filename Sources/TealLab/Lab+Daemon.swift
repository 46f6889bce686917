import Foundation
import Synchronization
import TealAPI
import TealClient
import TealCore

/// The daemon's life and death.
extension Lab {
    /// Starts the daemon and waits until it answers.
    ///
    /// - Parameter environment: Variables that it gets besides.
    /// - Throws: ``LabFailure`` with its last words when it ends instead.
    package func startDaemon(_ environment: [String: String] = [:]) async throws {
        let place =
            state.withLock { $0.nginx }?.words(publicPort) ?? ["--listen", "127.0.0.1:\(publicPort)"]
        let child = try Child(
            inBoot(
                [programs.teal, "serve", "--home", home, "--internal-listen", "127.0.0.1:\(internalPort)"] + place
                    + (runtime.socket.map { ["--docker-socket", $0.path] } ?? [])
            ),
            environment: ["TEAL_FAULT_POINT": faults].merging(environment) { $1 },
            output: daemonLog
        )
        state.withLock { $0.daemon = child }
        try await until("an answer of the daemon", within: .seconds(40)) {
            if let code = child.ended {
                throw LabFailure(
                    "the daemon ended with \(code): \(lastLines(of: daemonLog, 8).joined(separator: " | "))"
                )
            }
            // Nobody answers yet.
            return (try? await client.version()) != nil
        }
    }

    /// The daemon's pid; nil when none runs.
    package var daemonPid: Int32? { state.withLock { $0.daemon.flatMap { $0.ended == nil ? $0.pid : nil } } }

    /// Sends the daemon a signal and waits for its end.
    package func killDaemon(_ signal: Int32 = SIGKILL) async throws {
        guard let child = state.withLock({ $0.daemon }) else { return }
        child.signal(signal)
        try await child.wait(within: .seconds(30))
        state.withLock { $0.daemon = nil }
    }

    /// Ends the daemon and starts it again; proxy and replicas go on meanwhile.
    package func restartDaemon(_ signal: Int32 = SIGTERM) async throws {
        try await killDaemon(signal)
        try await startDaemon()
    }
}
