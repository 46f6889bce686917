import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Speaks to a Docker Engine over its Unix socket.
///
/// Follows the Docker Engine API, versions 1.41 to 1.52, as both sides know it. Every answer has a limit of time and of
/// size; streams have a client of their own, so that they never keep a call waiting.
package final class EngineClient: Sendable {
    /// How many calls may run at once.
    private static let callsMax = 64
    /// How many streams may be open at once: logs and events.
    private static let streamsMax = 512
    /// How long a connection to the socket may take; whether somebody listens is looked at before.
    private static let connectLimit: Duration = .seconds(5)

    let socket: EngineSocket
    private let calls: HTTPClient
    private let streams: HTTPClient
    private let negotiated = Mutex<APIVersion?>(nil)
    private let podman = Mutex(false)
    /// Where the engine keeps everything, as it said last.
    private let root = Mutex<String?>(nil)

    package init(socket: String) {
        self.socket = EngineSocket(path: socket)
        calls = Self.client(connectionsMax: Self.callsMax)
        streams = Self.client(connectionsMax: Self.streamsMax)
    }

    private static func client(connectionsMax: Int) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = TimeAmount(span: connectLimit)
        // A stream may be silent for hours; calls have their own limit on the whole answer.
        configuration.timeout.read = nil
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // A client that is dropped without this ends the program; a second time does nothing.
        calls.shutdown { _ in }
        streams.shutdown { _ in }
    }

    package func shutdown() async {
        // Only open connections could fail to close.
        try? await calls.shutdown()
        try? await streams.shutdown()
    }

    // MARK: Calls

    /// Asks, and gives back the whole answer.
    ///
    /// - Parameters:
    ///   - call: What is asked.
    ///   - accepted: Statuses of 400 and more that are answers too.
    /// - Returns: The answer.
    /// - Throws: ``DockerError/status(_:message:call:)`` for every other status of 400 and more.
    func answer(_ call: EngineCall, accepting accepted: Set<Int> = []) async throws(DockerError) -> EngineAnswer {
        let answer = try await versioned(call)
        guard answer.status >= 400, !accepted.contains(answer.status) else { return answer }
        throw await refusal(answer.status, answer.message, call)
    }

    /// What a refusal means; one for want of room names the directory that has none.
    ///
    /// - Parameters:
    ///   - status: The answer's; nil for an error in a stream that had begun well.
    ///   - message: What the engine said.
    ///   - call: What was asked.
    /// - Returns: The error to throw.
    func refusal(_ status: Int?, _ message: String, _ call: EngineCall) async -> DockerError {
        if DockerError.saysDiskFull(message) {
            return .diskFull(root: await dataRoot(), message: message, call: call.what)
        }
        guard let status else { return .streamed(message: message, call: call.what) }
        return .status(status, message: message, call: call.what)
    }

    private func dataRoot() async -> String {
        if let known = root.withLock({ $0 }) { return known }
        // An engine without room may not answer this either; then its usual place is named.
        return (try? await info())?["DockerRootDir"].string ?? "/var/lib/docker"
    }

    /// The engine's account of itself (`GET /info`).
    func info() async throws(DockerError) -> JSONValue {
        let call = EngineCall("GET", "/info", "info")
        let answer = try await versioned(call)
        guard answer.status < 400 else { throw .status(answer.status, message: answer.message, call: call.what) }
        guard let value = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: call.what, reason: "it is no JSON")
        }
        if let said = value["DockerRootDir"].string, !said.isEmpty { root.withLock { $0 = said } }
        return value
    }

    /// Asks, and reads the answer's JSON.
    func json(_ call: EngineCall) async throws(DockerError) -> JSONValue {
        let answer = try await answer(call)
        guard let value = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: call.what, reason: "it is no JSON")
        }
        return value
    }

    /// Asks once more with a version that is negotiated anew, when the engine was exchanged under the daemon.
    private func versioned(_ call: EngineCall) async throws(DockerError) -> EngineAnswer {
        let answer = try await exchange(call, try await version())
        guard DockerError.status(answer.status, message: answer.message, call: call.what).isVersionRefused else {
            return answer
        }
        negotiated.withLock { $0 = nil }
        return try await exchange(call, try await version())
    }

    /// The version that both sides speak; asked for once.
    package func version() async throws(DockerError) -> APIVersion {
        if let known = negotiated.withLock({ $0 }) { return known }
        let said = try await versionAnswer()
        guard let highest = said["ApiVersion"].string.flatMap({ APIVersion(parsing: $0) }) else {
            throw .unreadable(call: "version", reason: "it does not say its API version")
        }
        let lowest = said["MinAPIVersion"].string.flatMap { APIVersion(parsing: $0) }
        let chosen = try APIVersion.negotiate(highest: highest, lowest: lowest)
        podman.withLock { $0 = EngineFacts.isPodman(said) }
        negotiated.withLock { $0 = chosen }
        return chosen
    }

    /// Whether it is Podman that answers; false before anything was asked.
    var isPodman: Bool { podman.withLock { $0 } }

    /// What the engine says of itself, without a version in the path.
    func versionAnswer() async throws(DockerError) -> JSONValue {
        let answer = try await exchange(EngineCall("GET", "/version", "version", limit: .seconds(5)), nil)
        guard answer.status == 200 else { throw .status(answer.status, message: answer.message, call: "version") }
        guard let value = JSONValue(parsing: answer.bytes) else {
            throw .unreadable(call: "version", reason: "it is no JSON")
        }
        return value
    }

    private func exchange(_ call: EngineCall, _ version: APIVersion?) async throws(DockerError) -> EngineAnswer {
        try await withDeadline(call.limit, call.what) { [self] () async throws(DockerError) in
            let response = try await send(call, version, over: calls)
            var bytes: [UInt8] = []
            do {
                for try await part in response.body {
                    guard bytes.count + part.readableBytes <= call.bytesMax else {
                        throw DockerError.tooLong(call: call.what, bytesMax: call.bytesMax)
                    }
                    bytes.append(contentsOf: part.readableBytesView)
                }
            } catch {
                throw Self.mapped(error, call)
            }
            return EngineAnswer(status: Int(response.status.code), bytes: bytes)
        }
    }

    // MARK: Streams

    /// Opens a stream; its head must come within the call's limit, its parts may take as long as they like.
    func open(_ call: EngineCall) async throws(DockerError) -> EngineStream {
        do throws(DockerError) {
            return try await opened(call)
        } catch {
            guard error.isVersionRefused else { throw error }
            negotiated.withLock { $0 = nil }
            return try await opened(call)
        }
    }

    private func opened(_ call: EngineCall) async throws(DockerError) -> EngineStream {
        let version = try await version()
        let response = try await withDeadline(call.limit, call.what) { [self] () async throws(DockerError) in
            try await send(call, version, over: streams)
        }
        let stream = EngineStream(body: response.body, call: call, client: self)
        guard response.status.code < 400 else {
            let bytes = try await withDeadline(call.limit, call.what) { () async throws(DockerError) in
                try await stream.collect(bytesMax: 64 << 10)
            }
            let answer = EngineAnswer(status: Int(response.status.code), bytes: bytes)
            throw await refusal(answer.status, answer.message, call)
        }
        return stream
    }

    private func send(
        _ call: EngineCall,
        _ version: APIVersion?,
        over client: HTTPClient
    ) async throws(DockerError) -> HTTPClientResponse {
        try socket.check()
        var request = HTTPClientRequest(url: "http+unix://\(socket.host)\(call.target(version))")
        request.method = HTTPMethod(rawValue: call.method)
        // The client leaves Host out for Unix sockets, and the engine's server demands it.
        request.headers.add(name: "Host", value: "docker")
        // Each call on a connection of its own: one that an engine leaves behind when it stops would lose the next call.
        request.headers.add(name: "Connection", value: "close")
        if let auth = call.registryAuth { request.headers.add(name: "X-Registry-Auth", value: auth) }
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.compacted.bytes))
        }
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw Self.mapped(error, call)
        }
    }

    static func mapped(_ error: any Error, _ call: EngineCall) -> DockerError {
        if let error = error as? DockerError { return error }
        if error is CancellationError || Task.isCancelled { return .cancelled }
        guard let error = error as? HTTPClientError else { return .cutOff(call: call.what, reason: "\(error)") }
        if error == .cancelled { return .cancelled }
        if error == .connectTimeout || error == .deadlineExceeded {
            return .timedOut(call: call.what, after: call.limit)
        }
        if error == .remoteConnectionClosed { return .cutOff(call: call.what, reason: "the engine closed it") }
        return .cutOff(call: call.what, reason: "\(error)")
    }
}
