import TealCore

/// The request of one probe as it is sent.
struct ProbeRequest: Sendable {
    let method: String
    let path: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// Headers that belong to the connection and its framing; what a person wrote for them is not sent.
    private static let own: Set<String> = ["connection", "content-length", "transfer-encoding", "host"]

    init(_ expectation: HTTPExpectation, to endpoint: Endpoint) {
        method = expectation.method
        path = expectation.path
        body = Array((expectation.body ?? "").utf8)
        let written = expectation.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let names = Set(written.map { $0.name.lowercased() })
        var headers = [(name: "Host", value: written.first { $0.name.lowercased() == "host" }?.value ?? "\(endpoint)")]
        headers += written.filter { !Self.own.contains($0.name.lowercased()) }
        if !names.contains("user-agent") { headers.append((name: "User-Agent", value: "teal-probe")) }
        if !names.contains("accept") { headers.append((name: "Accept", value: "*/*")) }
        // RFC 9110 section 8.6: a length of zero is said for methods that expect a body.
        if expectation.body != nil || ["POST", "PUT", "PATCH"].contains(expectation.method) {
            headers.append((name: "Content-Length", value: "\(body.count)"))
        }
        headers.append((name: "Connection", value: "close"))
        self.headers = headers
    }
}
