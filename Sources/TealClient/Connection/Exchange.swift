import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One request to the daemon and its answer.
struct Exchange: Sendable {
    let http: HTTPClient
    let socket: String

    /// Asks and gives back the head and the unread body of an answer that is no problem.
    ///
    /// - Parameters:
    ///   - operation: What is asked.
    ///   - target: Its path and query.
    ///   - body: What is sent along; nil for nothing.
    ///   - contentType: Of the body.
    ///   - headers: Further headers.
    ///   - limit: Until the head is there.
    /// - Returns: The head, with the body to be read.
    /// - Throws: What the daemon or the connection said.
    func open(
        _ operation: Operation,
        _ target: String,
        body: HTTPClientRequest.Body? = nil,
        contentType: String? = nil,
        headers: [(String, String)] = [],
        within limit: Duration
    ) async throws(ClientFailure) -> HTTPClientResponse {
        do {
            try SocketProbe.check(socket)
        } catch {
            throw .unreachable(error)
        }
        var request = HTTPClientRequest(url: "http+unix://\(Self.encode(socket))\(target)")
        request.method = HTTPMethod(rawValue: operation.method)
        // Host is left out for Unix sockets by the client, and RFC 9112 section 3.2 demands it.
        request.headers.add(name: "Host", value: "teal")
        request.headers.add(name: TealVersion.header, value: "\(TealVersion.apiPresent)")
        if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = body
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, timeout: TimeAmount(limit))
        } catch is CancellationError {
            throw .cancelled
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw .lost(ConnectionProblem.notAnswered(seconds: Int(limit.inSeconds), socket: socket))
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .lost(ConnectionProblem.lost(socket: socket, because: Self.words(for: error)))
        }
        guard response.status.code >= 400, operation != .hasArtifact else { return response }
        throw await refusal(response)
    }

    /// Asks and decodes the whole answer.
    func call<Answer: Decodable & Sendable>(
        _ operation: Operation,
        _ target: String,
        sending value: (any Encodable & Sendable)? = nil,
        within limit: Duration
    ) async throws(ClientFailure) -> Answer {
        let bytes = try await collect(try await open(operation, target, sending: value, within: limit))
        return try decode(bytes)
    }

    /// Asks with a value as JSON, and gives back the head and the unread body of an answer that is no problem.
    func open(
        _ operation: Operation,
        _ target: String,
        sending value: (any Encodable & Sendable)?,
        within limit: Duration
    ) async throws(ClientFailure) -> HTTPClientResponse {
        var body: HTTPClientRequest.Body?
        if let value { body = .bytes(try Self.encoded(value)) }
        return try await open(
            operation,
            target,
            body: body,
            contentType: value == nil ? nil : "application/json",
            within: limit
        )
    }

    /// The whole body of an answer.
    func collect(_ response: HTTPClientResponse) async throws(ClientFailure) -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: APILimits.answerBytesMax)
        } catch is NIOTooManyBytesError {
            throw .lost(ConnectionProblem.unreadable(socket: socket, what: "it is longer than any answer"))
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .lost(ConnectionProblem.lost(socket: socket, because: Self.words(for: error)))
        }
    }

    func decode<Answer: Decodable>(_ bytes: ByteBuffer) throws(ClientFailure) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView))
        } catch {
            throw .lost(ConnectionProblem.unreadable(socket: socket, what: "it is no \(Answer.self)"))
        }
    }

    private func refusal(_ response: HTTPClientResponse) async -> ClientFailure {
        do throws(ClientFailure) {
            return .refused(try decode(try await collect(response)))
        } catch {
            // Not a Teal daemon, or one that failed so badly that only the status is left.
            guard case .lost = error else { return error }
            return .lost(
                ConnectionProblem.unreadable(socket: socket, what: "status \(response.status.code) without a problem")
            )
        }
    }

    static func encoded(_ value: any Encodable) throws(ClientFailure) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return ByteBuffer(bytes: try encoder.encode(value))
        } catch {
            throw .refused(ProblemBody(APIProblem.malformed("a \(type(of: value)) cannot be written as JSON")))
        }
    }

    /// Percent-encodes everything but letters and digits, so that the path is one part of the URL.
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                encoded.append(Character(UnicodeScalar(byte)))
            default:
                encoded.append("%")
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return encoded
    }

    static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .remoteConnectionClosed: "the daemon closed it"
        case let error as HTTPClientError where error == .readTimeout: "the daemon went silent"
        case let error as IOError: String(describing: error)
        default: "\(error)"
        }
    }
}
