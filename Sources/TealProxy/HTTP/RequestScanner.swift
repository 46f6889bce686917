/// Reads a request head in one pass over the raw bytes, without allocation (RFC 9112).
///
/// What is ambiguous is refused, since a lenient reading here and another one behind is how requests are smuggled:
/// bare CR or LF, folded lines, blanks before the colon, repeated or odd lengths, a length beside a transfer coding, a
/// transfer coding in HTTP/1.0, a repeated or missing Host.
struct RequestScanner {
    let classes: ByteClasses

    @inline(__always)
    func scan(_ base: UnsafePointer<UInt8>, _ count: Int, _ head: inout RequestHead, _ lines: inout FieldLines) -> Scan
    {
        head = RequestHead()
        lines.removeAll()
        var position = 0
        // RFC 9112 section 2.2: an empty line before the request line is ignored.
        while count >= position + 2, base[position] == 13, base[position + 1] == 10, position < 8 { position &+= 2 }
        head.start = position

        switch scanLine(base, count, position, &head) {
        case .complete: break
        case .more: return .more
        case .refused(let refusal): return .refused(refusal)
        }
        position = head.lineEnd

        var lineCount = 0
        while true {
            if position >= count { return count > HeadLimit.bytes ? .refused(.headTooLong) : .more }
            if base[position] == 13 {
                if position + 1 >= count { return .more }
                guard base[position + 1] == 10 else { return .refused(.badRequest) }
                head.end = position + 2
                if head.end > HeadLimit.bytes { return .refused(.headTooLong) }
                return finish(base, &head)
            }
            var name = position
            while name < count, classes.has(base[name], ByteClasses.token) { name &+= 1 }
            if name == count { return count > HeadLimit.bytes ? .refused(.headTooLong) : .more }
            guard name > position, base[name] == UInt8(ascii: ":") else { return .refused(.badRequest) }
            let end = FieldScan.valueEnd(base, name &+ 1, count)
            if end < 0 {
                if end == FieldScan.malformed { return .refused(.badRequest) }
                return count > HeadLimit.bytes ? .refused(.headTooLong) : .more
            }
            lineCount &+= 1
            if lineCount > HeadLimit.lines { return .refused(.headTooLong) }
            if let refusal = field(base, position, name, end, &head, &lines) { return .refused(refusal) }
            position = end &+ 2
        }
    }

    /// `method SP request-target SP HTTP-version CRLF` (RFC 9112 section 3).
    @inline(__always)
    private func scanLine(
        _ base: UnsafePointer<UInt8>,
        _ count: Int,
        _ start: Int,
        _ head: inout RequestHead
    ) -> Scan {
        var position = start
        while position < count, classes.has(base[position], ByteClasses.token) { position &+= 1 }
        if position == count { return count - start > HeadLimit.requestLineBytes ? .refused(.badRequest) : .more }
        guard position > start, base[position] == 0x20 else { return .refused(.badRequest) }
        let methodCount = position &- start
        position &+= 1
        head.targetStart = position
        head.pathStart = position
        var previous: UInt8 = 0
        var query = -1
        while position < count {
            let byte = base[position]
            let flags = classes.flags[Int(byte)]
            if flags & ByteClasses.target == 0 { break }
            if query < 0 {
                if byte == UInt8(ascii: "?") {
                    query = position
                } else if flags & ByteClasses.careful != 0
                    || (previous == UInt8(ascii: "/") && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")))
                {
                    head.isCareful = true
                }
                previous = byte
            }
            position &+= 1
        }
        if position - start > HeadLimit.requestLineBytes { return .refused(.targetTooLong) }
        // " HTTP/1.1\r\n" is eleven bytes.
        if position == count || count < position + 11 { return .more }
        guard base[position] == 0x20, position > head.targetStart else { return .refused(.badRequest) }
        head.targetEnd = position
        head.pathEnd = query < 0 ? position : query
        let version = base + position + 1
        guard version[0] == 0x48, version[1] == 0x54, version[2] == 0x54, version[3] == 0x50, version[4] == 0x2f,
            version[6] == 0x2e, version[8] == 13, version[9] == 10
        else { return .refused(.badRequest) }
        guard version[5] == 0x31, version[7] == 0x31 || version[7] == 0x30 else {
            return .refused(.versionNotSupported)
        }
        head.minor = version[7] &- 0x30
        head.lineEnd = position + 11
        if methodCount == 7, RawText.equals(base + start, "connect") { return .refused(.notImplemented) }
        if base[head.targetStart] != UInt8(ascii: "/") {
            if let refusal = scanOtherTarget(base, methodCount, start, &head) { return .refused(refusal) }
        }
        head.method = method(base + start, methodCount)
        return .complete
    }

    /// `*` for OPTIONS and the absolute form (RFC 9112 section 3.2).
    private func scanOtherTarget(
        _ base: UnsafePointer<UInt8>,
        _ methodCount: Int,
        _ start: Int,
        _ head: inout RequestHead
    ) -> Refusal? {
        let target = base + head.targetStart
        let count = head.targetEnd - head.targetStart
        if count == 1, target[0] == UInt8(ascii: "*") {
            return methodCount == 7 && RawText.equals(base + start, "options") ? nil : .badRequest
        }
        let scheme: Int
        if count > 7, RawText.equals(target, "http"), target[4] == 0x3a, target[5] == 0x2f, target[6] == 0x2f {
            scheme = 7
        } else if count > 8, RawText.equals(target, "https"), target[5] == 0x3a, target[6] == 0x2f, target[7] == 0x2f {
            scheme = 8
        } else {
            return .badRequest
        }
        head.authorityStart = head.targetStart + scheme
        var end = head.authorityStart
        while end < head.targetEnd, base[end] != UInt8(ascii: "/"), base[end] != UInt8(ascii: "?") {
            guard classes.has(base[end], ByteClasses.host) else { return .badRequest }
            end += 1
        }
        head.authorityEnd = end
        guard end > head.authorityStart else { return .badRequest }
        head.pathStart = end
        // The two slashes of the scheme were taken for an empty segment, and a "?" cannot lie before the path.
        head.isCareful = true
        if head.pathEnd < end { head.pathEnd = end }
        return nil
    }

    @inline(__always) private func method(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> RequestHead.Method {
        // Methods are case-sensitive, so these compare exactly.
        switch count {
        case 3:
            if bytes[0] == 0x47, bytes[1] == 0x45, bytes[2] == 0x54 { return .get }
            if bytes[0] == 0x50, bytes[1] == 0x55, bytes[2] == 0x54 { return .otherIdempotent }
        case 4: if bytes[0] == 0x48, bytes[1] == 0x45, bytes[2] == 0x41, bytes[3] == 0x44 { return .head }
        case 5: if RawText.equals(bytes, "trace"), bytes[0] == 0x54 { return .otherIdempotent }
        case 6: if RawText.equals(bytes, "delete"), bytes[0] == 0x44 { return .otherIdempotent }
        case 7: if RawText.equals(bytes, "options"), bytes[0] == 0x4f { return .otherIdempotent }
        default: break
        }
        return .other
    }

    @inline(__always)
    private func field(
        _ base: UnsafePointer<UInt8>,
        _ start: Int,
        _ nameEnd: Int,
        _ end: Int,
        _ head: inout RequestHead,
        _ lines: inout FieldLines
    ) -> Refusal? {
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
        case 0x65: if RawText.equals(name, count, "expect") { kind = .expect }  // e
        case 0x66: if RawText.equals(name, count, "forwarded") { kind = .forwarded }  // f
        case 0x68:  // h
            if RawText.equals(name, count, "host") {
                if head.hasHost { return .badRequest }
                head.hasHost = true
                let (from, to) = FieldScan.trimmed(base, nameEnd &+ 1, end)
                head.hostStart = from
                head.hostEnd = to
                if head.authorityEnd > 0 { kind = .host }
            }
        case 0x6b: if RawText.equals(name, count, "keep-alive") { kind = .keepAlive }  // k
        case 0x70: if RawText.equals(name, count, "proxy-connection") { kind = .proxyConnection }  // p
        case 0x74:  // t
            if RawText.equals(name, count, "transfer-encoding") {
                kind = .transferEncoding
            } else if RawText.equals(name, count, "te") {
                kind = .te
            }
        case 0x75: if RawText.equals(name, count, "upgrade") { kind = .upgrade }  // u
        case 0x78: if count >= 9 { kind = forwardedKind(name, count) }  // x
        default: break
        }
        guard let kind else { return nil }
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

    private func forwardedKind(_ name: UnsafePointer<UInt8>, _ count: Int) -> FieldLine.Kind? {
        // With `_` for `-` a service behind CGI, or alike, cannot tell them from the proxy's own.
        if count == 9, RawText.equalsLoosely(name, "x-real-ip") { return .forwardedOther }
        guard count > 12, RawText.equalsLoosely(name, "x-forwarded-") else { return nil }
        guard RawText.equals(name, "x-forwarded-") else { return .forwardedOther }
        let rest = name + 12
        if RawText.equals(rest, count - 12, "for") { return .forwardedFor }
        if RawText.equals(rest, count - 12, "proto") { return .forwardedProto }
        if RawText.equals(rest, count - 12, "host") { return .forwardedHost }
        if RawText.equals(rest, count - 12, "port") { return .forwardedPort }
        return .forwardedOther
    }

    /// Takes in what a field means; a refusal when it means nothing good.
    private func note(
        _ kind: FieldLine.Kind,
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ head: inout RequestHead
    ) -> Refusal? {
        switch kind {
        case .contentLength:
            guard head.contentLength < 0, let length = RawText.decimal(value, count) else { return .badRequest }
            head.contentLength = length
        case .transferEncoding:
            if head.isChunked { return .badRequest }
            guard RawText.equals(value, count, "chunked") else { return .notImplemented }
            head.isChunked = true
        case .connection:
            var forbidden = false
            RawText.forEachToken(value, count) { token, length in
                if RawText.equals(token, length, "close") {
                    head.connectionClose = true
                } else if RawText.equals(token, length, "keep-alive") {
                    head.connectionKeepAlive = true
                } else if RawText.equals(token, length, "upgrade") {
                    head.connectionUpgrade = true
                } else if RawText.equals(token, length, "te") {
                    // Dropped by its own kind.
                } else {
                    head.nominated &+= 1
                    forbidden = forbidden || FieldScan.mustStay(token, length)
                }
            }
            if forbidden || head.nominated > FieldScan.nominatedMax { return .badRequest }
        case .upgrade:
            head.hasUpgrade = true
            RawText.forEachToken(value, count) { token, length in
                if RawText.equals(token, length, "websocket") { head.upgradesToWebSocket = true }
                if length == 3, RawText.equals(token, "h2c") { head.upgradesToHTTP2 = true }
            }
        case .expect:
            guard RawText.equals(value, count, "100-continue") else { return .expectationFailed }
            head.expectsContinue = true
        case .te:
            RawText.forEachToken(value, count) { token, length in
                if length >= 8, RawText.equals(token, "trailers") { head.acceptsTrailers = true }
            }
        case .forwarded, .forwardedFor, .forwardedProto, .forwardedHost, .forwardedPort, .forwardedOther:
            head.hasForwarded = true
        case .keepAlive, .proxyConnection, .host, .nominated: break
        }
        return nil
    }

    @inline(__always) private func finish(_ base: UnsafePointer<UInt8>, _ head: inout RequestHead) -> Scan {
        if head.isChunked, head.contentLength >= 0 || head.minor == 0 { return .refused(.badRequest) }
        if head.minor == 1, !head.hasHost || head.hostEnd == head.hostStart { return .refused(.badRequest) }
        for index in head.hostStart..<head.hostEnd where !classes.has(base[index], ByteClasses.host) {
            return .refused(.badRequest)
        }
        if head.authorityEnd > 0 {
            // RFC 9112 section 3.2.2: the authority counts, whatever Host says.
            head.hostStart = head.authorityStart
            head.hostEnd = head.authorityEnd
        }
        return .complete
    }
}
