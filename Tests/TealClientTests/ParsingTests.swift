import Testing

@testable import TealClient

@Suite struct `Bytes become lines and events` {
    @Test(arguments: 1...7)
    func `however they are cut`(size: Int) throws {
        let text =
            ": alive\n\nid: 3\nevent: moment\ndata: {\"a\":\"ü\"}\n\nid:4\r\ndata:one\r\ndata: two\r\n\r\nevent: lonely\n\n"
        var splitter = LineSplitter(bytesMax: 100)
        var parser = EventParser()
        var events: [EventParser.Event] = []
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            for line in try splitter.add(bytes.prefix(size)) {
                if let event = parser.add(line) { events.append(event) }
            }
            bytes = bytes.dropFirst(size)
        }
        #expect(
            events == [
                .init(name: "moment", data: "{\"a\":\"ü\"}", id: "3"),
                .init(name: "message", data: "one\ntwo", id: "4"),
            ]
        )
    }

    @Test func `a line beyond the limit is refused`() throws {
        var splitter = LineSplitter(bytesMax: 4)
        #expect(try splitter.add(Array("1234\n123".utf8)) == ["1234"])
        #expect(throws: LineSplitter.TooLong.self) { try splitter.add(Array("45".utf8)) }
    }
}

@Suite struct `The socket is found` {
    @Test func `by what was said most closely`() {
        #expect(SocketPath.choose(socket: nil, home: nil) == "/run/teal/teal.sock")
        #expect(SocketPath.choose(socket: nil, home: "/var/lib/teal") == "/run/teal/teal.sock")
        #expect(SocketPath.choose(socket: nil, home: "/tmp/h/") == "/tmp/h/run/teal.sock")
        #expect(SocketPath.choose(socket: "/x.sock", home: "/tmp/h") == "/x.sock")
    }

    @Test func `and may be part of a URL`() { #expect(Exchange.encode("/tmp/ä b") == "%2Ftmp%2F%C3%A4%20b") }
}
