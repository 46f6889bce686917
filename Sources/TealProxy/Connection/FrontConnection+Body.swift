import NIOCore

extension FrontConnection {
    /// Passes bytes of the request body on, as they are.
    func forwardBody(_ buffer: ByteBuffer) {
        var buffer = buffer
        targetSpokeAt = loop.now
        bodySpanBytes &+= buffer.readableBytes
        switch requestBody {
        case .length:
            let count = buffer.readableBytes
            if count < bodyLeft {
                bodyLeft -= count
                send(buffer)
            } else {
                let length = bodyLeft
                bodyLeft = 0
                requestBody = .done
                sendPrefix(of: &buffer, length)
            }
        case .chunked:
            let used = buffer.withUnsafeReadableBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return chunks.feed(base.assumingMemoryBound(to: UInt8.self), bytes.count, loop.classes)
            }
            if used < 0 {
                failRequest(.badRequest)
                return
            }
            if let service, isTooLong(for: service) {
                failRequest(.bodyTooLong)
                return
            }
            if chunks.isDone { requestBody = .done }
            sendPrefix(of: &buffer, used)
        case .done: break
        }
        guard phase == .exchange else { return }
        if requestBody == .done {
            if buffer.readableBytes > 0 { stash = buffer }
        } else if let back, back.isConnected ? !back.canWrite : pendingBytes > ByteLimit.pending {
            pauseReading()
        }
    }

    /// Whether a chunked body is longer than its service takes.
    ///
    /// The framing counts by itself, or chunks of one byte would bring six times as much.
    private func isTooLong(for service: ServiceState) -> Bool {
        chunks.contentBytes > service.bodyBytesMax
            || chunks.framingBytes > max(service.bodyBytesMax, ByteLimit.chunkFraming)
    }

    private func sendPrefix(of buffer: inout ByteBuffer, _ length: Int) {
        if length == buffer.readableBytes {
            send(buffer)
            buffer.moveReaderIndex(forwardBy: length)
        } else if let slice = buffer.readSlice(length: length) {
            send(slice)
        }
    }

    private func send(_ buffer: ByteBuffer) {
        guard let back else { return }
        if back.isConnected {
            back.write(buffer)
        } else {
            pending.append(buffer)
            pendingBytes += buffer.readableBytes
        }
    }

    /// Ends a request whose body is not what it should be.
    private func failRequest(_ refusal: Refusal) {
        keepsAlive = false
        releaseTarget()
        if isResponding {
            dropBack()
            finish()
        } else {
            answer(refusal)
        }
    }

    /// The target's connection takes bytes again.
    func backCanWrite() {
        if phase == .tunnel || requestBody != .done { resumeReading() }
    }
}
