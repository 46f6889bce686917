/// One request to the Engine.
struct EngineCall: Sendable {
    /// How long most calls may take: they only look, or change a record.
    static let shortLimit: Duration = .seconds(15)
    /// How long a call may take that makes, starts or removes something on a slow disk.
    static let longLimit: Duration = .seconds(60)
    /// The most that is read of an answer, in bytes.
    static let answerBytesMax = 16 << 20

    var method = "GET"
    /// Without the version, beginning with `/`; parts that come from outside are encoded by ``part(_:)``.
    let path: String
    var query: [(String, String)] = []
    var body: JSONValue?
    /// Sent as `X-Registry-Auth`; holds a password.
    var registryAuth: String?
    /// What it is, for errors: `start container`.
    let what: String
    var limit: Duration = shortLimit
    var bytesMax: Int = answerBytesMax

    init(_ method: String = "GET", _ path: String, _ what: String, limit: Duration = shortLimit) {
        self.method = method
        self.path = path
        self.what = what
        self.limit = limit
    }

    /// The path with the version before it and the query behind it.
    func target(_ version: APIVersion?) -> String {
        let versioned = (version.map { "/v\($0)" } ?? "") + path
        guard !query.isEmpty else { return versioned }
        return versioned + "?" + query.map { "\(Self.part($0.0))=\(Self.part($0.1))" }.joined(separator: "&")
    }

    /// Percent-encodes everything but letters, digits and `-._~` (RFC 3986 section 2.3).
    static func part(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(Character(UnicodeScalar(byte)))
            default:
                encoded.append("%")
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return encoded
    }

    /// An image's name in a path: its slashes stay.
    static func imagePart(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false).map { part(String($0)) }.joined(separator: "/")
    }

    /// The `filters` parameter, a JSON text.
    static func filters(_ filters: [String: [String]]) -> (String, String) {
        ("filters", String(decoding: JSONValue.object(filters.mapValues { JSONValue($0) }).bytes, as: UTF8.self))
    }
}

/// A whole answer.
struct EngineAnswer: Sendable {
    let status: Int
    let bytes: [UInt8]

    /// The text of the engine's complaint: its `message`, or the beginning of what it wrote.
    var message: String {
        if let text = JSONValue(parsing: bytes)?["message"].string { return text }
        // Podman says `cause` as well; a proxy in between says anything.
        let text = String(decoding: bytes.prefix(300), as: UTF8.self)
        return text.isEmpty ? "status \(status) without a reason" : text
    }
}
