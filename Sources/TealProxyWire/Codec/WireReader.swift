/// Reads what ``WireWriter`` wrote, from bytes that may be anything.
package struct WireReader: Sendable {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// One field: its tag and its bytes, not yet understood.
    package struct Field: Sendable {
        package let tag: UInt64
        package let payload: ArraySlice<UInt8>
    }

    /// The next field; nil at the end.
    package mutating func next() throws(WireError) -> Field? {
        if rest.isEmpty { return nil }
        let tag = try varint()
        let length = try varint()
        guard length <= UInt64(rest.count) else { throw .truncated }
        let payload = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        return Field(tag: tag, payload: payload)
    }

    mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard let byte = rest.popFirst() else { throw .truncated }
            if shift == 63, byte > 1 { throw .unfit("varint") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .unfit("varint") }
        }
    }

    fileprivate var isAtEnd: Bool { rest.isEmpty }
}

extension WireReader.Field {
    /// The payload as a number.
    package func number(_ name: String) throws(WireError) -> UInt64 {
        var reader = WireReader(payload)
        let value = try reader.varint()
        guard reader.isAtEnd else { throw .unfit(name) }
        return value
    }

    /// The payload as a number of a narrower type.
    package func number<Value: FixedWidthInteger>(_ name: String, as _: Value.Type) throws(WireError) -> Value {
        guard let value = Value(exactly: try number(name)) else { throw .unfit(name) }
        return value
    }

    /// The payload as a flag.
    package func flag(_ name: String) throws(WireError) -> Bool {
        switch try number(name) {
        case 0: false
        case 1: true
        default: throw .unfit(name)
        }
    }

    /// The payload as text.
    package func text(_ name: String, bytesMax: Int = RouteTable.textBytesMax) throws(WireError) -> String {
        guard payload.count <= bytesMax else { throw .tooLong(name) }
        guard let text = String(validating: payload, as: UTF8.self) else { throw .unfit(name) }
        return text
    }

    /// The payload as a duration.
    package func duration(_ name: String) throws(WireError) -> Duration {
        .nanoseconds(try number(name, as: Int64.self))
    }

    /// The payload as a message of its own.
    package var message: WireReader { WireReader(payload) }

    /// The payload as a list of numbers.
    package func packed(_ name: String, countMax: Int) throws(WireError) -> [UInt64] {
        var reader = WireReader(payload)
        var values: [UInt64] = []
        while !reader.isAtEnd {
            guard values.count < countMax else { throw .tooLong(name) }
            values.append(try reader.varint())
        }
        return values
    }
}
