import NIOCore
import NIOHTTP1

/// A complete request; of its body only the length and the checksum are kept.
struct Request {
    let head: HTTPRequestHead
    private(set) var bodyBytes = 0
    private var checksum = Checksum()

    init(head: HTTPRequestHead) {
        self.head = head
    }

    mutating func take(_ piece: ByteBuffer) {
        bodyBytes += piece.readableBytes
        checksum.feed(piece.readableBytesView)
    }

    var checksumText: String { checksum.text }

    /// The target without its query.
    var path: String {
        head.uri.prefix { $0 != "?" }.description
    }

    /// The first value of a query item, not percent-decoded.
    func query(_ name: String) -> String? {
        guard let mark = head.uri.firstIndex(of: "?") else { return nil }
        for item in head.uri[head.uri.index(after: mark)...].split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.first.map(String.init) == name { return parts.count == 2 ? String(parts[1]) : "" }
        }
        return nil
    }

    /// A whole number of the query, brought into the range.
    func count(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        let asked = query(name).flatMap { Int($0) } ?? fallback
        return min(max(asked, range.lowerBound), range.upperBound)
    }

    /// Whether the client asks for another protocol (RFC 9110, section 7.8).
    var asksForUpgrade: Bool {
        head.headers.contains(name: "Upgrade")
            && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
    }
}
