/// A value that travels as a message of tagged fields.
package protocol WireMessage: Sendable {
    /// Writes the value's fields.
    func write(to writer: inout WireWriter)
    /// Reads a value from its fields; unknown tags are skipped.
    init(from reader: inout WireReader) throws(WireError)
}

extension WireMessage {
    /// The value as bytes.
    package var wireBytes: [UInt8] {
        var writer = WireWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Reads a value from all of `bytes`.
    package init(wireBytes bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader)
    }
}
