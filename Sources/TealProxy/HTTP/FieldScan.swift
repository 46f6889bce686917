/// What request and response heads have in common.
enum FieldScan {
    /// The most fields that the `Connection` fields of one head may name, since each field is compared with each name.
    static let nominatedMax = 32

    /// The line is not complete.
    static let incomplete = -1
    /// The line has a byte that a field value may not have.
    static let malformed = -2

    /// The offset of the CRLF that ends a field value, or ``incomplete`` or ``malformed``.
    ///
    /// Control characters other than tab are refused, a CR without LF and an LF without CR among them.
    @inline(__always) static func valueEnd(_ base: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int {
        var position = from
        while true {
            position = RawText.firstControl(base, position, count)
            if position == count { return incomplete }
            if base[position] == 13 {
                if position &+ 1 == count { return incomplete }
                return base[position &+ 1] == 10 ? position : malformed
            }
            if base[position] != 9 { return malformed }
            position &+= 1
        }
    }

    /// The range without blanks at both ends.
    @inline(__always) static func trimmed(_ base: UnsafePointer<UInt8>, _ from: Int, _ to: Int) -> (Int, Int) {
        var from = from
        var to = to
        while from < to, RawText.isBlank(base[from]) { from &+= 1 }
        while to > from, RawText.isBlank(base[to &- 1]) { to &-= 1 }
        return (from, to)
    }

    /// Whether a field decides framing or routing, so that `Connection` must not name it.
    static func mustStay(_ name: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        RawText.equals(name, count, "host") || RawText.equals(name, count, "content-length")
            || RawText.equals(name, count, "transfer-encoding")
    }

    /// Finds the lines that the head's `Connection` fields name and marks them, in order, among the others.
    ///
    /// - Parameters:
    ///   - base: The head's bytes.
    ///   - from: Where the first field line starts.
    ///   - end: Behind the empty line.
    ///   - lines: The lines of the scan; gains those of kind ``FieldLine/Kind/nominated``.
    static func markNominated(_ base: UnsafePointer<UInt8>, _ from: Int, _ end: Int, _ lines: inout FieldLines) {
        var known: [FieldLine] = []
        var names: [UnsafeBufferPointer<UInt8>] = []
        for index in 0..<lines.count {
            let line = lines[index]
            known.append(line)
            guard line.kind == .connection else { continue }
            RawText.forEachToken(base + Int(line.valueStart), Int(line.valueEnd - line.valueStart)) { token, count in
                names.append(UnsafeBufferPointer(start: token, count: count))
            }
        }
        lines.removeAll()
        var position = from
        var next = 0
        while position < end - 2 {
            let colon = (position..<end).first { base[$0] == UInt8(ascii: ":") } ?? end
            let lineEnd = valueEnd(base, colon + 1, end)
            guard lineEnd >= 0 else { return }
            if next < known.count, known[next].start == Int32(truncatingIfNeeded: position) {
                lines.append(known[next])
                next += 1
            } else if names.contains(where: { isSame($0, base + position, colon - position) }) {
                let (valueStart, _) = trimmed(base, colon + 1, lineEnd)
                lines.append(
                    FieldLine(
                        start: Int32(truncatingIfNeeded: position),
                        end: Int32(truncatingIfNeeded: lineEnd + 2),
                        valueStart: Int32(truncatingIfNeeded: valueStart),
                        kind: .nominated
                    )
                )
            }
            position = lineEnd + 2
        }
    }

    /// What the `Connection` fields among the lines name, in the form of ``TrailerField/normal(_:)``.
    static func nominatedNames(_ base: UnsafePointer<UInt8>, _ lines: FieldLines) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for index in 0..<lines.count where lines[index].kind == .connection {
            let line = lines[index]
            RawText.forEachToken(base + Int(line.valueStart), Int(line.valueEnd - line.valueStart)) { token, count in
                names.append(UnsafeBufferPointer(start: token, count: count).map(TrailerField.normal))
            }
        }
        return names
    }

    private static func isSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool
    {
        guard left.count == count else { return false }
        for index in 0..<count where lowered(left[index]) != lowered(right[index]) { return false }
        return true
    }

    /// A letter as lower case; any other byte as it is.
    @inline(__always) static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }
}
