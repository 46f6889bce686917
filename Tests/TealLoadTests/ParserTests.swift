import NIOCore
import Testing

@testable import TealLoad

@Suite struct `Answers are read piece by piece` {
    /// Feeds the text in pieces and gives statuses, the joined body and the number of ends.
    private func read(_ text: String, by size: Int) throws -> (statuses: [Int], body: String, ends: Int) {
        var parser = ResponseParser()
        var result: (statuses: [Int], body: String, ends: Int) = ([], "", 0)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            parser.feed(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let part = try parser.next() {
                switch part {
                case .head(let head): result.statuses.append(head.status)
                case .body(let piece): result.body += String(buffer: piece)
                case .end: result.ends += 1
                }
            }
        }
        return result
    }

    @Test(arguments: [1, 2, 7, 1000])
    func `whatever the pieces`(size: Int) throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
            + "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nT: t\r\n\r\n"
            + "HTTP/1.1 204 None\r\n\r\n"
        let result = try read(text, by: size)
        #expect(result.statuses == [200, 500, 204])
        #expect(result.body == "abcdef")
        #expect(result.ends == 3)
    }

    @Test(arguments: [
        "FTP 200\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
    ])
    func `and refused when they are not HTTP`(text: String) {
        #expect(throws: ResponseError.self) { try read(text, by: 1000) }
    }

    @Test func `a body without length ends with the connection`() throws {
        var parser = ResponseParser()
        parser.feed(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\nabc"))
        while try parser.next() != nil {}
        #expect(parser.endsWithConnection)
    }

    @Test func `WebSocket frames of any length are read when complete`() throws {
        var frames = WebSocketFrames()
        var long = ByteBuffer(bytes: [0x81, 126, 0, 200])
        long.writeRepeatingByte(0x61, count: 199)
        frames.feed(long)
        #expect(try frames.next() == nil)
        frames.feed(ByteBuffer(bytes: [0x61, 0x88, 2, 0x03, 0xe9]))
        #expect(try frames.next()?.data.readableBytes == 200)
        #expect(try frames.next()?.closeCode == 1001)
    }

    @Test func `a stream is whole when its lines grow, from one release, up to the last`() {
        var check = StreamCheck(prefix: "")
        #expect(check.take(ByteBuffer(string: "v1 1\nv1 ")) == nil)
        #expect(check.take(ByteBuffer(string: "2\nend\n")) == nil)
        #expect(check.hasEnded)
        var mixed = StreamCheck(prefix: "data: ")
        #expect(mixed.take(ByteBuffer(string: "id: 1\ndata: v1 1\n\ndata: v2 2\n")) == "changed from v1 to v2")
    }
}
