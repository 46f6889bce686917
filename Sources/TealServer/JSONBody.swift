import HTTPTypes
import Hummingbird
import NIOCore
import TealAPI
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Values as JSON, the same way everywhere in the API: keys sorted, slashes as they are.
enum JSONBody {
    static func bytes(of value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    /// Reads a whole request body.
    ///
    /// - Throws: `api.too-large` beyond ``APILimits/requestBytesMax``, `api.malformed` with the place of the mistake. The
    ///   message never holds a value, which may be secret.
    static func decode<Value: Decodable>(_: Value.Type, from request: Request) async throws -> Value {
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: APILimits.requestBytesMax)
        } catch is NIOTooManyBytesError {
            throw APIProblem.tooLarge(bytesMax: APILimits.requestBytesMax)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw APIProblem.tooLarge(bytesMax: APILimits.requestBytesMax)
        }
        return try decode(Value.self, from: body)
    }

    /// Reads a value from bytes that are there.
    static func decode<Value: Decodable>(_: Value.Type, from bytes: ByteBuffer) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw APIProblem.malformed(words(for: error))
        }
    }

    /// Bytes in base 64 (RFC 4648 section 4).
    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func response(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        contentType: String = "application/json"
    ) throws -> Response {
        let bytes = try bytes(of: value)
        return Response(status: status, headers: [.contentType: contentType], body: .init(byteBuffer: bytes))
    }

    private static func words(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context): "\(place(context.codingPath)) is not \(type)"
        case .valueNotFound(let type, let context): "\(place(context.codingPath)) is null instead of \(type)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is no JSON" : "\(place(context.codingPath)) has a value that is not allowed"
        @unknown default: "it does not have the expected form"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        "'" + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + "'"
    }
}
