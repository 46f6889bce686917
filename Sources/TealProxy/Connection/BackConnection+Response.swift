import NIOCore

extension BackConnection {
    /// Takes in bytes of the answer.
    func receive(_ buffer: ByteBuffer, for front: FrontConnection) {
        var buffer = buffer
        switch phase {
        case .head:
            if var held = stash {
                stash = nil
                held.writeBuffer(&buffer)
                buffer = held
            }
            receiveHead(&buffer, for: front)
        case .length, .chunked, .dechunked, .untilClose, .rechunked: receiveBody(&buffer, for: front)
        case .tunnel: front.tunnelFromTarget(buffer)
        case .idle, .closed: break
        }
    }

    /// Reads heads until the final one is complete, then the body behind it.
    private func receiveHead(_ buffer: inout ByteBuffer, for front: FrontConnection) {
        while true {
            let scan = buffer.withUnsafeReadableBytes { bytes -> Scan in
                guard let base = bytes.baseAddress else { return .more }
                let bytes8 = base.assumingMemoryBound(to: UInt8.self)
                return loop.responseScanner.scan(bytes8, bytes.count, &head, &loop.lines)
            }
            switch scan {
            case .more:
                stash = buffer
                return
            case .refused:
                fail(isMalformed: true)
                return
            case .complete: break
            }
            if head.status >= 200 { break }
            if head.status == 101 {
                switchProtocols(buffer, for: front)
                return
            }
            // RFC 9110 section 15.2: an interim answer is not for clients of HTTP/1.0.
            if front.head.minor == 1 { front.write(rewritten(buffer, for: front, adding: [])) }
            buffer.moveReaderIndex(forwardBy: head.end)
            if buffer.readableBytes == 0 { return }
        }
        receiveFinal(&buffer, for: front)
    }

    private func switchProtocols(_ buffer: ByteBuffer, for front: FrontConnection) {
        var buffer = buffer
        guard front.wantsUpgrade, let answer = buffer.readSlice(length: head.end) else {
            fail(isMalformed: true)
            return
        }
        loop.updateNow()
        target.countAnswer(status: 101, afterNanoseconds: loop.now &- front.startedAt)
        phase = .tunnel
        // As it is: its Connection and Upgrade fields are meant for the client.
        front.write(answer)
        front.beginTunnel()
        if buffer.readableBytes > 0 { front.tunnelFromTarget(buffer) }
    }

    /// The final head is complete: decides how the body goes on, and passes on what is there.
    @inline(__always) private func receiveFinal(_ buffer: inout ByteBuffer, for front: FrontConnection) {
        loop.updateNow()
        front.targetSpokeAt = loop.now
        target.countAnswer(status: head.status, afterNanoseconds: loop.now &- front.startedAt)
        front.isResponding = true
        isReusable = head.keepsAlive
        if head.keepAliveSeconds >= 0 { target.learn(keepAliveSeconds: head.keepAliveSeconds) }
        if front.requestBody != .done || front.isLast {
            // The answer came before the request was read to its end, so where the next one begins is not known.
            front.keepsAlive = false
        }
        let isClient11 = front.head.minor == 1
        let hasNoBody = front.head.method == .head || head.status == 204 || head.status == 304
        if hasNoBody {
            phase = .length
            bodyLeft = 0
            // A body that must not be there was announced: a service that sends it all the same sends the next answer.
            if head.isChunked || head.status == 204 && head.contentLength > 0 { isReusable = false }
        } else if head.isChunked {
            phase = isClient11 ? .chunked : .dechunked
            chunks = ChunkScanner()
            if head.nominates { noteNominated(buffer) }
            if !isClient11 { front.keepsAlive = false }
        } else if head.contentLength >= 0 {
            phase = .length
            bodyLeft = head.contentLength
        } else {
            phase = isClient11 ? .rechunked : .untilClose
            isReusable = false
            if !isClient11 { front.keepsAlive = false }
        }
        if passesAsIs(for: front) {
            passWhole(&buffer, for: front)
            return
        }
        front.write(rewritten(buffer, for: front, adding: additions(for: front)))
        buffer.moveReaderIndex(forwardBy: head.end)
        if phase == .length, bodyLeft == 0 {
            if buffer.readableBytes > 0 { isReusable = false }
            complete(for: front)
        } else if buffer.readableBytes > 0 {
            receiveBody(&buffer, for: front)
        }
    }

    /// Keeps the fields that `Connection` names from coming as trailers.
    private func noteNominated(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            chunks.nominated = FieldScan.nominatedNames(base, loop.lines)
        }
    }

    /// Whether the head can go to the client as it came, in one buffer with its body.
    ///
    /// A lone `Connection: keep-alive` may stay: it is true of the client's connection as well, and nearly every
    /// service sends it.
    @inline(__always) private func passesAsIs(for front: FrontConnection) -> Bool {
        guard front.keepsAlive, front.head.minor == 1, head.minor == 1, phase == .length || phase == .chunked else {
            return false
        }
        for index in 0..<loop.lines.count {
            switch loop.lines[index].kind {
            case .contentLength, .transferEncoding: if head.status == 204 { return false }
            case .connection: if !head.connectionKeepAlive || head.connectionClose || head.nominates { return false }
            default: return false
            }
        }
        return true
    }

    @inline(__always) private func passWhole(_ buffer: inout ByteBuffer, for front: FrontConnection) {
        let available = buffer.readableBytes &- head.end
        if phase == .length {
            if available <= bodyLeft {
                bodyLeft &-= available
                front.write(buffer)
                if bodyLeft == 0 { complete(for: front) }
                return
            }
            // More than the answer is long: the rest belongs to nothing.
            isReusable = false
            if let slice = buffer.readSlice(length: head.end &+ bodyLeft) { front.write(slice) }
            bodyLeft = 0
            complete(for: front)
        } else {
            if let slice = buffer.readSlice(length: head.end) { front.write(slice) }
            if buffer.readableBytes > 0 { receiveBody(&buffer, for: front) }
        }
    }

    private func receiveBody(_ buffer: inout ByteBuffer, for front: FrontConnection) {
        switch phase {
        case .length:
            if buffer.readableBytes < bodyLeft {
                bodyLeft &-= buffer.readableBytes
                front.write(buffer)
                return
            }
            if buffer.readableBytes > bodyLeft { isReusable = false }
            if let slice = buffer.readSlice(length: bodyLeft) { front.write(slice) }
            bodyLeft = 0
            complete(for: front)
        case .chunked, .dechunked: receiveChunks(&buffer, for: front)
        case .untilClose: front.write(buffer)
        case .rechunked:
            // The size is of the bytes at hand, and never zero, which would end the body.
            front.write(ByteBuffer(string: String(buffer.readableBytes, radix: 16) + "\r\n"))
            buffer.writeStaticString("\r\n")
            front.write(buffer)
        case .idle, .head, .tunnel, .closed: break
        }
    }

    private func receiveChunks(_ buffer: inout ByteBuffer, for front: FrontConnection) {
        var runs: [(offset: Int, length: Int)] = []
        let collects = phase == .dechunked
        let used = buffer.withUnsafeReadableBytes { bytes -> Int in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
            if collects {
                return chunks.feed(base, bytes.count, loop.classes) { runs.append(($0, $1)) }
            }
            return chunks.feed(base, bytes.count, loop.classes)
        }
        if used < 0 {
            fail(isMalformed: true)
            return
        }
        if used < buffer.readableBytes { isReusable = false }
        if collects {
            for run in runs {
                if let slice = buffer.getSlice(at: buffer.readerIndex + run.offset, length: run.length) {
                    front.write(slice)
                }
            }
        } else if let slice = buffer.readSlice(length: used) {
            front.write(slice)
        }
        if chunks.isDone { complete(for: front) }
    }

    /// The target has closed the connection, and with it the body.
    func endBody() {
        guard let front else { return }
        if phase == .rechunked { front.write(ByteBuffer(staticString: "0\r\n\r\n")) }
        isReusable = false
        complete(for: front)
    }

    @inline(__always) private func complete(for front: FrontConnection) {
        phase = .idle
        front.responseDone(isReusable: isReusable)
    }

    // MARK: Heads that change

    private func additions(for front: FrontConnection) -> [StaticString] {
        var lines: [StaticString] = []
        if phase == .rechunked { lines.append("Transfer-Encoding: chunked\r\n") }
        if !front.keepsAlive {
            lines.append("Connection: close\r\n")
        } else if front.head.minor == 0 {
            lines.append("Connection: keep-alive\r\n")
        }
        // RFC 9110 section 7.8: who sends Upgrade says so in Connection.
        if head.status == 426, loop.lines.contains(.upgrade) { lines.append("Connection: Upgrade\r\n") }
        return lines
    }

    /// The head without what holds for the target's connection only, as HTTP/1.1, and with some lines more.
    private func rewritten(_ buffer: ByteBuffer, for front: FrontConnection, adding added: [StaticString]) -> ByteBuffer
    {
        var out = ByteBufferAllocator().buffer(capacity: head.end + 64)
        buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            if head.nominates { FieldScan.markNominated(base, head.lineEnd, head.end, &loop.lines) }
            out.writeStaticString("HTTP/1.1")
            var from = 8
            for index in 0..<loop.lines.count {
                let line = loop.lines[index]
                if passes(line.kind, toMinor: front.head.minor) { continue }
                out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[from..<Int(line.start)]))
                from = Int(line.end)
            }
            out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[from..<(head.end - 2)]))
        }
        for line in added { out.writeStaticString(line) }
        out.writeStaticString("\r\n")
        return out
    }

    /// Whether a line goes to a client of HTTP/1.`minor`, which without chunks has no transfer codings.
    private func passes(_ kind: FieldLine.Kind, toMinor minor: UInt8) -> Bool {
        switch kind {
        case .contentLength: head.status != 204
        case .transferEncoding: head.status != 204 && minor == 1
        case .upgrade: head.status == 426
        case .connection, .keepAlive, .proxyConnection, .nominated: false
        default: true
        }
    }
}
