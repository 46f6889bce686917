/// One line of the shim's protocol and of its records: a verb and named values, `verb name=value name=value`.
///
/// Values are percent-encoded where they hold a space, a percent sign or a control character. A reader takes the names
/// that it knows and ignores the others, so that a newer writer may add some.
package struct WireLine: Hashable, Sendable, CustomStringConvertible {
    /// The longest line that is read, in bytes.
    package static let bytesMax = 16 << 10

    package let verb: String
    package var fields: [String: String]

    package init(_ verb: String, _ fields: [String: String] = [:]) {
        self.verb = verb
        self.fields = fields
    }

    package subscript(name: String) -> String? {
        get { fields[name] }
        set { fields[name] = newValue }
    }

    /// The line without a line end; names ascending.
    package var description: String {
        fields.sorted { $0.key < $1.key }.reduce(verb) { $0 + " \($1.key)=\(Self.encoded($1.value))" }
    }

    package var bytes: [UInt8] { Array("\(self)\n".utf8) }

    /// Reads a line without its end; nil when it has no verb or a value is encoded wrongly.
    package init?(parsing text: some StringProtocol) {
        var parts = text.split(separator: " ")[...]
        guard let verb = parts.popFirst() else { return nil }
        self.verb = String(verb)
        fields = [:]
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            guard let value = Self.decoded(part[part.index(after: equals)...]) else { return nil }
            fields[String(part[..<equals])] = value
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func encoded(_ value: String) -> String {
        var bytes: [UInt8] = []
        for byte in value.utf8 {
            if byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
