/// An answer that the proxy makes itself.
enum Refusal: UInt8, Error {
    case badRequest
    case ambiguousPath
    case notFound
    case timeout
    case bodyTooLong
    case targetTooLong
    case expectationFailed
    case misdirected
    case headTooLong
    case notImplemented
    case badGateway
    case badResponse
    case unavailable
    case cut
    case gatewayTimeout
    case versionNotSupported

    /// The status code and its reason phrase (RFC 9110 section 15).
    var status: (code: Int, reason: StaticString) {
        switch self {
        case .badRequest, .ambiguousPath: (400, "Bad Request")
        case .notFound: (404, "Not Found")
        case .timeout: (408, "Request Timeout")
        case .bodyTooLong: (413, "Content Too Large")
        case .targetTooLong: (414, "URI Too Long")
        case .expectationFailed: (417, "Expectation Failed")
        case .misdirected: (421, "Misdirected Request")
        case .headTooLong: (431, "Request Header Fields Too Large")
        case .notImplemented: (501, "Not Implemented")
        case .badGateway, .badResponse: (502, "Bad Gateway")
        case .unavailable, .cut: (503, "Service Unavailable")
        case .gatewayTimeout: (504, "Gateway Timeout")
        case .versionNotSupported: (505, "HTTP Version Not Supported")
        }
    }

    /// One line for the person who reads the answer.
    var text: String {
        switch self {
        case .badRequest: "The request is not valid HTTP/1.1."
        case .ambiguousPath: "The path leads to different services depending on how it is decoded."
        case .notFound: "No service is routed at this path."
        case .timeout: "The request did not arrive in time."
        case .bodyTooLong: "The request body is too long."
        case .targetTooLong: "The request target is longer than \(HeadLimit.requestLineBytes) bytes."
        case .expectationFailed: "Only the expectation 100-continue is understood."
        case .misdirected: "No service is routed for this host name."
        case .headTooLong:
            "The request head is longer than \(HeadLimit.bytes) bytes or has more than \(HeadLimit.lines) fields."
        case .notImplemented: "The method or the transfer coding is not supported."
        case .badGateway: "The service could not be reached."
        case .badResponse: "The service did not answer with valid HTTP."
        case .unavailable: "The service has no running instance at the moment."
        case .cut: "The service was stopped before it answered."
        case .gatewayTimeout: "The service did not answer in time."
        case .versionNotSupported: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
        }
    }
}

/// How long a message head may be.
enum HeadLimit {
    /// The longest request line, in bytes; a longer one is answered 414.
    static let requestLineBytes = 8 << 10
    /// The longest request head, in bytes; a longer one is answered 431.
    static let bytes = 32 << 10
    /// The longest response head, in bytes; a longer one is answered 502.
    static let responseBytes = 64 << 10
    /// The most field lines of a head.
    static let lines = 200
}

/// What a scanner found.
enum Scan {
    case complete
    /// The head is not complete yet.
    case more
    case refused(Refusal)
}
