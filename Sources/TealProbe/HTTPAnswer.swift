/// A whole answer to one probe.
package struct HTTPAnswer: Hashable, Sendable {
    package var status: Int
    /// Names as they were sent, in the order of the answer; names may repeat.
    package var headers: [Header]
    package var body: [UInt8]
    /// From the start of connecting to the last byte of the answer.
    package var latency: Duration

    /// One field of the answer's head.
    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(status: Int, headers: [Header] = [], body: [UInt8] = [], latency: Duration = .zero) {
        self.status = status
        self.headers = headers
        self.body = body
        self.latency = latency
    }

    /// Every value of a header, in order; names compare without regard to case (RFC 9110 section 5.1).
    func values(of name: String) -> [String] {
        let name = name.lowercased()
        return headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
}
