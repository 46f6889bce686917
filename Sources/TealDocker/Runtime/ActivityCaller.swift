import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TealCore
import TealDriverKit

/// Sends the one `POST` that tells a replica to begin or to end its background work.
final class ActivityCaller: Sendable {
    private let http: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // A client that is dropped without this ends the program; a second time does nothing.
        http.shutdown { _ in }
    }

    func shutdown() async {
        // Only open connections could fail to close.
        try? await http.shutdown()
    }

    /// Sends it, and waits for the answer's status.
    ///
    /// - Throws: ``RuntimeError/activityRefused(_:)`` for everything but a 2xx.
    func post(
        _ path: String,
        active: Bool,
        to endpoint: Endpoint,
        within limit: Duration
    ) async throws(RuntimeError) {
        guard path.hasPrefix("/"), !path.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw .activityRefused("'\(path)' is no path")
        }
        var request = HTTPClientRequest(url: "http://\(endpoint)\(path)")
        request.method = .POST
        request.headers.add(name: "User-Agent", value: "teal")
        request.headers.add(name: "Teal-Active", value: active ? "1" : "0")
        request.headers.add(name: "Connection", value: "close")
        let status: UInt
        do {
            // What it says beside the status is of no use, and is dropped with the connection.
            status = try await http.execute(request, timeout: TimeAmount(span: limit)).status.code
        } catch {
            if error is CancellationError || Task.isCancelled { throw .cancelled }
            if let error = error as? HTTPClientError, error == .deadlineExceeded || error == .connectTimeout {
                throw .activityRefused("POST \(path) was not answered in time")
            }
            throw .activityRefused("POST \(path) at \(endpoint): \(error)")
        }
        guard (200...299).contains(status) else { throw .activityRefused("POST \(path) was answered with \(status)") }
    }
}
