import Foundation

/// A request or response as a test sees it.
struct Message {
    let line: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: String) {
        var lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        line = lines.isEmpty ? "" : lines.removeFirst()
        fields = lines.map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    var status: Int { Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    var method: String { line.split(separator: " ").first.map(String.init) ?? "" }
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension RawSocket {
    /// Reads one response with its body.
    func response(toHead: Bool = false, within seconds: Double = 10) throws -> Message {
        var message = Message(head: try read(through: "\r\n\r\n", within: seconds))
        if toHead || message.status == 204 || message.status == 304 || message.status < 200 { return message }
        message.body = try body(of: message, within: seconds) ?? readToEnd(within: seconds)
        return message
    }

    /// Reads one request, with its body where that is wanted; nil when the connection ends first.
    func request(within seconds: Double = 60, withBody: Bool = true) -> Message? {
        // The proxy ending an unused connection is how every target's loop ends.
        guard let head = try? read(through: "\r\n\r\n", within: seconds) else { return nil }
        var message = Message(head: head)
        if message["expect"] == "100-continue" {
            // A client that has gone shows in the read that follows.
            try? send("HTTP/1.1 100 Continue\r\n\r\n")
        }
        if withBody { message.body = ((try? body(of: message, within: seconds)) ?? nil) ?? [] }
        return message
    }

    private func body(of message: Message, within seconds: Double) throws -> [UInt8]? {
        if message["transfer-encoding"]?.lowercased() == "chunked" {
            var body: [UInt8] = []
            while true {
                let line = try read(through: "\r\n", within: seconds).dropLast(1)
                let size = Int(line.prefix { $0.isHexDigit }, radix: 16) ?? 0
                if size == 0 {
                    while try read(through: "\r\n", within: seconds) != "\r\n" {}
                    return body
                }
                body += try read(size, within: seconds)
                _ = try read(2, within: seconds)
            }
        }
        if let length = message["content-length"].flatMap({ Int($0) }) { return try read(length, within: seconds) }
        return message.line.hasPrefix("HTTP/") ? nil : []
    }
}
