import NIOCore
import TealProxyWire

extension FrontConnection {
    /// Reads a request head and sends the request on its way, or answers it here.
    func readHead(_ buffer: ByteBuffer) {
        var buffer = buffer
        let outcome = buffer.withUnsafeReadableBytes { bytes -> Scan in
            guard let base = bytes.baseAddress else { return .more }
            let bytes8 = base.assumingMemoryBound(to: UInt8.self)
            let scan = loop.requestScanner.scan(bytes8, bytes.count, &head, &loop.lines)
            guard case .complete = scan else { return scan }
            return begin(bytes8)
        }
        switch outcome {
        case .more:
            if headStartedAt == 0 {
                loop.updateNow()
                headStartedAt = loop.now
            }
            stash = buffer
        case .refused(let refusal):
            phase = .exchange
            headStartedAt = 0
            switch refusal {
            case .notFound, .misdirected, .ambiguousPath: expectBody(behind: &buffer)
            default:
                // What follows cannot be told apart from the request, so the connection ends.
                keepsAlive = false
                buffer.moveReaderIndex(forwardBy: buffer.readableBytes)
                requestBody = .length
            }
            answer(refusal)
        case .complete:
            phase = .exchange
            headStartedAt = 0
            if let service, head.contentLength > service.bodyBytesMax {
                requestBody = .length
                answer(.bodyTooLong)
                return
            }
            buffer.moveReaderIndex(forwardBy: head.end)
            prepareBody()
            // Looked at now: an answer made here leads on to the next request, whose body this is not.
            let isBody = requestBody != .done
            let hasMore = buffer.readableBytes > 0
            if hasMore, !isBody { stash = buffer }
            dispatch()
            if hasMore, isBody, phase == .exchange { forwardBody(buffer) }
        }
    }

    /// Sets aside what follows the head of a request that is answered here.
    private func expectBody(behind buffer: inout ByteBuffer) {
        buffer.moveReaderIndex(forwardBy: head.end)
        keepsAlive = head.minor == 1 ? !head.connectionClose : head.connectionKeepAlive && !head.connectionClose
        prepareBody()
        stash = requestBody == .done && buffer.readableBytes > 0 ? buffer : nil
    }

    @inline(__always) private func prepareBody() {
        if head.isChunked {
            requestBody = .chunked
            chunks = ChunkScanner()
            if head.nominates { chunks.nominated = nominatedNames }
        } else if head.contentLength > 0 {
            requestBody = .length
            bodyLeft = head.contentLength
        } else {
            requestBody = .done
        }
        bodySpanStartedAt = loop.now
        bodySpanBytes = 0
    }

    /// Finds the route and writes the head for the target.
    @inline(__always) private func begin(_ base: UnsafePointer<UInt8>) -> Scan {
        loop.updateNow()
        startedAt = loop.now
        clientSpokeAt = loop.now
        targetSpokeAt = loop.now
        isResponding = false
        hasRetried = false
        keepsAlive = head.minor == 1 ? !head.connectionClose : head.connectionKeepAlive && !head.connectionClose
        let host = base + head.hostStart
        let hostCount = head.hostEnd - head.hostStart
        if !hostCache.holds(host, hostCount, generation: loop.generation) {
            do throws(Refusal) {
                let bytes = UnsafeBufferPointer(start: host, count: hostCount)
                try hostCache.fill(bytes, loop: loop, listener: listener, scope: scope, peer: peer)
            } catch {
                return .refused(error)
            }
        }
        guard let routes = hostCache.routes else { return .refused(.misdirected) }
        var path = base + head.pathStart
        var pathCount = head.pathEnd - head.pathStart
        if pathCount == 0 || path[0] != UInt8(ascii: "/") {
            // `*`, or an absolute form without a path, is about the whole service.
            path = Self.rootPath
            pathCount = 1
        }
        if head.isCareful {
            do throws(Refusal) {
                route = try routes.matchCarefully(UnsafeBufferPointer(start: path, count: pathCount))
            } catch {
                return .refused(error)
            }
        } else {
            route = routes.match(path, pathCount)
        }
        guard let route else { return .refused(.notFound) }
        if head.hasUpgrade { prepareUpgrade(route, path, pathCount) }
        writeHead(base, route)
        return .complete
    }

    private static var rootPath: UnsafePointer<UInt8> { ("/" as StaticString).utf8Start }

    /// Whether the request asks for an upgrade that is passed on.
    ///
    /// Not with a body, and not to HTTP/2, whose requests would then pass unseen (RFC 9113 section 3.1 did away with
    /// that upgrade).
    var wantsUpgrade: Bool {
        head.hasUpgrade && head.connectionUpgrade && head.minor == 1 && !head.hasBody && !head.upgradesToHTTP2
    }

    private func prepareUpgrade(_ route: Route, _ path: UnsafePointer<UInt8>, _ count: Int) {
        guard wantsUpgrade else { return }
        tunnel = Tunnel(rule: route.service.upgradedRule(path, count), isWebSocket: head.upgradesToWebSocket)
    }

    /// Writes the head for the target: the client's lines but for those that end here, then the proxy's own.
    ///
    /// Dropped are the fields that hold for one connection only (RFC 9110 section 7.6.1), those that `Connection`
    /// names, and the forwarded fields, which are replaced or extended.
    @inline(__always) private func writeHead(_ base: UnsafePointer<UInt8>, _ route: Route) {
        var lines = loop.lines
        if head.nominates {
            FieldScan.markNominated(base, head.lineEnd, head.end, &lines)
            nominatedNames = head.isChunked ? FieldScan.nominatedNames(base, lines) : []
        }
        let extends = head.hasForwarded && hostCache.trustsPeer
        let forwarded =
            extends
            ? ForwardedFields.extended(
                base,
                lines,
                peer: peer,
                host: String(
                    decoding: UnsafeBufferPointer(start: base + head.hostStart, count: head.hostEnd - head.hostStart),
                    as: UTF8.self
                )
            ) : hostCache.forwarded
        // The longest the proxy's own lines can be: upgrade, trailers, prefix, host.
        let capacity = head.end + forwarded.count + 256 + route.prefix.bytes.count
        out.clear(minimumCapacity: capacity)
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var writer = HeadWriter(memory)
            var from = head.start
            if route.stripsPrefix || head.authorityEnd > 0 || head.minor == 0 {
                writeLine(base, route, &writer)
                from = head.lineEnd
            }
            for index in 0..<lines.count {
                let line = lines[index]
                if passes(line.kind, extends: extends) { continue }
                writer.put(base + from, Int(line.start) &- from)
                from = Int(line.end)
            }
            writer.put(base + from, head.end &- 2 &- from)
            if wantsUpgrade { writer.put("Connection: Upgrade\r\n") }
            if head.acceptsTrailers { writer.put("Connection: TE\r\nTE: trailers\r\n") }
            writer.put(forwarded)
            return writer.count
        }
    }

    @inline(__always) private func passes(_ kind: FieldLine.Kind, extends: Bool) -> Bool {
        switch kind {
        case .contentLength, .transferEncoding: true
        case .expect: head.minor == 1
        case .upgrade: wantsUpgrade
        case .connection, .keepAlive, .proxyConnection, .te, .host, .nominated: false
        case .forwarded, .forwardedFor: false
        case .forwardedProto, .forwardedHost, .forwardedPort, .forwardedOther: extends
        }
    }

    /// Writes a request line that is not the client's own: in origin form, as HTTP/1.1, without the prefix.
    ///
    /// The authority of an absolute form becomes the Host field (RFC 9112 section 3.2.2).
    private func writeLine(_ base: UnsafePointer<UInt8>, _ route: Route, _ writer: inout HeadWriter) {
        writer.put(base + head.start, head.targetStart - head.start)
        var from = head.pathStart
        let strips = route.stripsPrefix && !route.prefix.bytes.isEmpty && base[from] == UInt8(ascii: "/")
        if strips { from += route.prefix.bytes.count }
        // Without a path, or with nothing left of it, the target is the root.
        if from == head.targetEnd || base[from] == UInt8(ascii: "?") { writer.put("/") }
        writer.put(base + from, head.targetEnd - from)
        writer.put(" HTTP/1.1\r\n")
        if strips {
            writer.put("X-Forwarded-Prefix: ")
            writer.put(route.prefix.bytes)
            writer.put("\r\n")
        }
        if head.authorityEnd > 0 {
            writer.put("Host: ")
            writer.put(base + head.authorityStart, head.authorityEnd - head.authorityStart)
            writer.put("\r\n")
        } else if !head.hasHost {
            writer.put("Host: localhost\r\n")
        }
    }
}
