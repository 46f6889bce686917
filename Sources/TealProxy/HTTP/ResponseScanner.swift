/// Reads a response head in one pass over the raw bytes, without allocation (RFC 9112 section 4).
///
/// As strict as ``RequestScanner``: what is refused here is answered 502.
struct ResponseScanner {
    let classes: ByteClasses

    @inline(__always)
    func scan(_ base: UnsafePointer<UInt8>, _ count: Int, _ head: inout ResponseHead, _ lines: inout FieldLines) -> Scan
    {
        head = ResponseHead()
        lines.removeAll()
        // "HTTP/1.1 200" and a CRLF at least.
        if count < 14 { return .more }
        guard base[0] == 0x48, base[1] == 0x54, base[2] == 0x54, base[3] == 0x50, base[4] == 0x2f, base[5] == 0x31,
            base[6] == 0x2e, base[7] == 0x30 || base[7] == 0x31, base[8] == 0x20,
            let status = RawText.decimal(base + 9, 3), status >= 100, status <= 599, base[12] == 0x20 || base[12] == 13
        else { return .refused(.badResponse) }
        head.minor = base[7] &- 0x30
        head.status = status
        var position = FieldScan.valueEnd(base, 12, count)
        if position < 0 { return unfinished(position, count) }
        position &+= 2
        head.lineEnd = position

        var lineCount = 0
        while true {
            if position >= count { return unfinished(FieldScan.incomplete, count) }
            if base[position] == 13 {
                if position + 1 >= count { return .more }
                guard base[position + 1] == 10 else { return .refused(.badResponse) }
                head.end = position + 2
                if head.isChunked, head.contentLength >= 0 || head.minor == 0 { return .refused(.badResponse) }
                return .complete
            }
            var name = position
            while name < count, classes.has(base[name], ByteClasses.token) { name &+= 1 }
            if name == count { return unfinished(FieldScan.incomplete, count) }
            guard name > position, base[name] == UInt8(ascii: ":") else { return .refused(.badResponse) }
            let end = FieldScan.valueEnd(base, name &+ 1, count)
            if end < 0 { return unfinished(end, count) }
            lineCount &+= 1
            if lineCount > HeadLimit.lines { return .refused(.badResponse) }
            if !field(base, position, name, end, &head, &lines) { return .refused(.badResponse) }
            position = end &+ 2
        }
    }

    @inline(__always) private func unfinished(_ end: Int, _ count: Int) -> Scan {
        end == FieldScan.malformed || count > HeadLimit.responseBytes ? .refused(.badResponse) : .more
    }

    /// Takes in one field; false when the response cannot be framed with it.
    @inline(__always)
    private func field(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ nameEnd: Int,
        _ end: Int,
        _ head: inout ResponseHead,
        _ lines: inout FieldLines
    ) -> Bool {
        let name = base + start
        let count = nameEnd &- start
        var kind: FieldLine.Kind?
        switch name[0] | 0x20 {
        case 0x63:  // c
            if RawText.equals(name, count, "connection") {
                kind = .connection
            } else if RawText.equals(name, count, "content-length") {
                kind = .contentLength
            }
        case 0x6b: if RawText.equals(name, count, "keep-alive") { kind = .keepAlive }  // k
        case 0x70: if RawText.equals(name, count, "proxy-connection") { kind = .proxyConnection }  // p
        case 0x74: if RawText.equals(name, count, "transfer-encoding") { kind = .transferEncoding }  // t
        case 0x75: if RawText.equals(name, count, "upgrade") { kind = .upgrade }  // u
        default: break
        }
        guard let kind else { return true }
        let (from, to) = FieldScan.trimmed(base, nameEnd &+ 1, end)
        lines.append(
            FieldLine(
                start: Int32(truncatingIfNeeded: start),
                end: Int32(truncatingIfNeeded: end &+ 2),
                valueStart: Int32(truncatingIfNeeded: from),
                kind: kind
            )
        )
        return note(kind, base + from, to &- from, &head)
    }

    @inline(__always)
    private func note(
        _ kind: FieldLine.Kind,
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ head: inout ResponseHead
    ) -> Bool {
        switch kind {
        case .contentLength:
            guard head.contentLength < 0, let length = RawText.decimal(value, count) else { return false }
            head.contentLength = length
        case .transferEncoding:
            guard !head.isChunked, RawText.equals(value, count, "chunked") else { return false }
            head.isChunked = true
        case .connection:
            if RawText.equals(value, count, "keep-alive") {
                head.connectionKeepAlive = true
                return true
            }
            var forbidden = false
            RawText.forEachToken(value, count) { token, length in
                if RawText.equals(token, length, "close") {
                    head.connectionClose = true
                } else if RawText.equals(token, length, "keep-alive") {
                    head.connectionKeepAlive = true
                } else if !RawText.equals(token, length, "upgrade") {
                    head.nominated &+= 1
                    forbidden = forbidden || FieldScan.mustStay(token, length)
                }
            }
            return !forbidden && head.nominated <= FieldScan.nominatedMax
        case .keepAlive:
            RawText.forEachToken(value, count) { token, length in
                if length > 8, RawText.equals(token, "timeout"), token[7] == UInt8(ascii: "=") {
                    head.keepAliveSeconds = RawText.decimal(token + 8, min(length - 8, 9)) ?? -1
                }
            }
        default: break
        }
        return true
    }
}
