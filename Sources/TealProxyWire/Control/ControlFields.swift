/// The fields of a control message by tag; the last of a repeated tag counts.
struct ControlFields {
    private var byTag: [UInt64: WireReader.Field] = [:]

    /// The most different tags of one message.
    private static let tagsMax = 256

    init(_ body: [UInt8]) throws(WireError) {
        var reader = WireReader(body)
        while let field = try reader.next() {
            byTag[field.tag] = field
            guard byTag.count <= Self.tagsMax else { throw .tooLong("fields") }
        }
    }

    private func field(_ tag: UInt64, _ name: String) throws(WireError) -> WireReader.Field {
        guard let field = byTag[tag] else { throw .missing(name) }
        return field
    }

    func has(_ tag: UInt64) -> Bool { byTag[tag] != nil }

    func number<Value: FixedWidthInteger>(_ tag: UInt64, _ name: String, as type: Value.Type) throws(WireError) -> Value
    {
        try field(tag, name).number(name, as: type)
    }

    func text(_ tag: UInt64, _ name: String, default fallback: String? = nil) throws(WireError) -> String {
        if let fallback, byTag[tag] == nil { return fallback }
        return try field(tag, name).text(name)
    }

    func flag(_ tag: UInt64, _ name: String, default fallback: Bool) throws(WireError) -> Bool {
        guard let field = byTag[tag] else { return fallback }
        return try field.flag(name)
    }

    func message(_ tag: UInt64, _ name: String) throws(WireError) -> WireReader {
        try field(tag, name).message
    }
}
