import TealCore
import TealDriverKit

/// One line of Teal's log: a request that has ended, and the targets that it went to.
struct AccessLine: Hashable {
    /// One try at one target.
    struct Attempt: Hashable {
        /// As `Endpoint` writes it.
        let address: String
        /// Until the head of the answer was there; nil when it never was.
        let head: Duration?
    }

    /// The form of a line, for `log_format`: nothing of what a request said, only what became of it.
    static func format(position: TablePosition) -> String {
        #"{"t":"\#(position)","a":"$upstream_addr","h":"$upstream_header_time","s":"$status","m":"$request_method","#
            + #""c":"$request_completion","n":"$upstream_response_length","l":"$upstream_http_content_length"}"#
    }

    /// The longest line that is read, in bytes.
    static let bytesMax = 16 << 10

    let position: TablePosition
    /// In order; empty for a request that went to no target.
    let attempts: [Attempt]
    let status: Int
    /// Whether the answer ended before as much had come as the service had announced.
    let isCut: Bool

    /// Reads a line; nil for one that is not whole, or not Teal's.
    init?(_ line: some Collection<UInt8>) {
        guard line.count <= Self.bytesMax, let fields = FlatObject(line)?.fields,
            let position = fields["t"].flatMap({ TablePosition(parsing: $0) }),
            let status = fields["s"].flatMap({ Int($0) }), let addresses = fields["a"]
        else { return nil }
        self.position = position
        self.status = status
        let heads = Self.parts(fields["h"] ?? "")
        attempts = Self.parts(addresses).enumerated().compactMap { index, address in
            guard let address = Self.address(address) else { return nil }
            let seconds = index < heads.count ? Double(heads[index]) : nil
            return Attempt(address: address, head: seconds.map { .milliseconds(Int64(($0 * 1000).rounded())) })
        }
        let announced = fields["l"].flatMap { Int($0) }
        let received = fields["n"].flatMap { Self.parts($0).last }.flatMap { Int($0) }
        if let announced, let received, fields["m"] != "HEAD", fields["c"] == "OK", (200..<300).contains(status) {
            isCut = received < announced
        } else {
            isCut = false
        }
    }

    /// Tries are separated by commas, and by colons where the request was handed on inside nginx.
    private static func parts(_ text: String) -> [String] {
        text.split(separator: ",").flatMap { $0.split(separator: " : ") }
            .map { part in String(part.filter { $0 != " " }) }
            .filter { !$0.isEmpty }
    }

    /// Without what marks an upgraded connection's address; nil for what is no address, such as an upstream's name.
    private static func address(_ text: String) -> String? {
        let mapped = "[::ffff:"
        guard let end = text.lastIndex(of: ":"), Int(text[text.index(after: end)...]) != nil else { return nil }
        guard text.hasPrefix(mapped), text.contains("."), let close = text.firstIndex(of: "]") else { return text }
        return text[..<close].dropFirst(mapped.count) + String(text[text.index(after: close)...])
    }
}

/// A JSON object of texts only, as nginx writes it with `escape=json`.
private struct FlatObject {
    private(set) var fields: [String: String] = [:]

    init?(_ line: some Collection<UInt8>) {
        var bytes = Array(line)[...]
        guard bytes.popFirst() == UInt8(ascii: "{"), bytes.popLast() == UInt8(ascii: "}") else { return nil }
        while !bytes.isEmpty {
            guard let key = Self.text(&bytes), bytes.popFirst() == UInt8(ascii: ":"), let value = Self.text(&bytes)
            else {
                return nil
            }
            fields[key] = value
            if let next = bytes.popFirst(), next != UInt8(ascii: ",") { return nil }
        }
    }

    /// Escapes are kept as they are: no value that Teal reads has one.
    private static func text(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard bytes.popFirst() == UInt8(ascii: "\"") else { return nil }
        var index = bytes.startIndex
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.endIndex else { return nil }
        defer { bytes = bytes[(index + 1)...] }
        return String(decoding: bytes[bytes.startIndex..<index], as: UTF8.self)
    }
}
