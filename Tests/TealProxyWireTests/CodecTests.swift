import Testing

@testable import TealProxyWire

@Suite struct `Messages survive the wire` {
    @Test(arguments: Samples.requests)
    func `a request comes back as it was`(request: ControlRequest) throws {
        var decoder = ControlFrameDecoder()
        decoder.feed(request.frame.bytes)
        let frame = try #require(try decoder.next())
        #expect(try ControlRequest(frame) == request)
        #expect(try decoder.next() == nil)
    }

    @Test(arguments: Samples.replies)
    func `a reply comes back as it was`(reply: ControlReply) throws {
        var decoder = ControlFrameDecoder()
        for byte in reply.frame.bytes { decoder.feed([byte]) }
        let frame = try #require(try decoder.next())
        #expect(try ControlReply(frame) == reply)
    }

    @Test func `fields of a later version are skipped`() throws {
        var writer = WireWriter()
        writer.field(900, "from the future")
        Samples.table.write(to: &writer)
        writer.field(901, UInt64(7))
        #expect(try RouteTable(wireBytes: writer.bytes) == Samples.table)
    }

    @Test func `an unknown kind of request is told apart from a damaged one`() throws {
        #expect(try ControlRequest(ControlFrame(kind: 77, body: [])) == nil)
        #expect(throws: WireError.missing("target")) { try ControlRequest(ControlFrame(kind: 8, body: [])) }
    }

    @Test func `a frame longer than the limit is refused before it is collected`() {
        var decoder = ControlFrameDecoder()
        decoder.feed([0x7f, 0, 0, 0])
        #expect(throws: WireError.frameTooLong(0x7f00_0000)) { try decoder.next() }
    }

    @Test func `numbers of every length come back`() throws {
        for shift in 0..<64 as Range<UInt64> {
            for value in [1 << shift, (1 << shift) &- 1, UInt64.max] {
                var writer = WireWriter()
                writer.field(1, value)
                var reader = WireReader(writer.bytes)
                #expect(try reader.next()?.number("value") == value)
            }
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func `damaged bytes are an error or a value, never a crash`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let frames = Samples.requests.map(\.frame) + Samples.replies.map(\.frame)
        for frame in frames {
            var body = frame.body
            for _ in 0..<Int.random(in: 1...4, using: &random) where !body.isEmpty {
                body[Int.random(in: body.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if !body.isEmpty, Bool.random(using: &random) {
                body.removeLast(Int.random(in: 0..<body.count, using: &random))
            }
            let damaged = ControlFrame(kind: frame.kind, body: body)
            // What matters is that each returns; either outcome is right.
            _ = try? ControlRequest(damaged)
            _ = try? ControlReply(damaged)
        }
    }

    @Test func `a table cut short at any byte is never read as another table`() {
        let bytes = Samples.table.wireBytes
        for count in bytes.indices {
            // A cut between two fields can be read, since lists may be shorter; it must then differ.
            let table = try? RouteTable(wireBytes: Array(bytes[..<count]))
            #expect(table != Samples.table)
        }
    }
}
