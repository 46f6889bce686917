import NIOCore
import TealCore
import Testing

@testable import TealDocker

struct `The Engine's wire` {
    private func frame(_ kind: UInt8, _ text: String) -> ByteBuffer {
        var buffer = ByteBuffer(bytes: [kind, 0, 0, 0])
        buffer.writeInteger(UInt32(text.utf8.count))
        buffer.writeString(text)
        return buffer
    }

    @Test func `frames are split wherever the stream is cut`() throws {
        var whole = frame(1, "one\n")
        whole.writeImmutableBuffer(frame(2, "zwei"))
        whole.writeImmutableBuffer(frame(1, ""))
        for size in 1...whole.readableBytes {
            var splitter = FrameSplitter()
            var rest = whole
            var found: [FrameSplitter.Frame] = []
            while rest.readableBytes > 0 {
                guard let part = rest.readSlice(length: min(size, rest.readableBytes)) else { break }
                found += try splitter.feed(part)
            }
            #expect(
                found == [
                    .init(isError: false, bytes: Array("one\n".utf8)), .init(isError: true, bytes: Array("zwei".utf8)),
                    .init(isError: false, bytes: []),
                ]
            )
            #expect(splitter.isAtBorder)
        }
    }

    @Test func `what is no frame, and a frame that is too long, are refused`() {
        var splitter = FrameSplitter()
        #expect(throws: FrameSplitter.Failure.notAFrame) { try splitter.feed(ByteBuffer(string: "plain text")) }
        splitter = FrameSplitter()
        #expect(throws: FrameSplitter.Failure.tooLong(bytes: 0x7FFF_FFFF)) {
            try splitter.feed(ByteBuffer(bytes: [1, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]))
        }
    }

    @Test func `a stream that ends inside a frame is not at a border`() throws {
        var splitter = FrameSplitter()
        #expect(try splitter.feed(ByteBuffer(bytes: [1, 0, 0, 0, 0, 0, 0, 9, 65])).isEmpty)
        #expect(!splitter.isAtBorder)
    }

    @Test func `lines are split wherever the stream is cut, and their rest is kept`() throws {
        let text = "{\"a\":1}\r\n\n\u{1E}{\"b\":2}\n{\"c\""
        for size in 1...text.utf8.count {
            var splitter = LineSplitter()
            var rest = ByteBuffer(string: text)
            var found: [String] = []
            while rest.readableBytes > 0 {
                guard let part = rest.readSlice(length: min(size, rest.readableBytes)) else { break }
                found += try splitter.feed(part).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(found == ["{\"a\":1}", "{\"b\":2}"])
            #expect(String(decoding: splitter.rest, as: UTF8.self) == "{\"c\"")
        }
    }

    @Test func `a line without an end is given up at its limit`() throws {
        var splitter = LineSplitter()
        let part = ByteBuffer(repeating: 65, count: 1 << 20)
        for _ in 0..<4 { #expect(try splitter.feed(part).isEmpty) }
        #expect(throws: LineSplitter.TooLong()) { try splitter.feed(part) }
    }

    @Test(arguments: [
        ("1.41", nil, "1.41"), ("1.43", "1.12", "1.43"), ("1.52", "1.44", "1.52"), ("1.60", "1.50", "1.52"),
    ])
    func `the newest version that both sides know is spoken`(highest: String, lowest: String?, chosen: String) throws {
        let version = try APIVersion.negotiate(
            highest: try #require(APIVersion(parsing: highest)),
            lowest: lowest.flatMap { APIVersion(parsing: $0) }
        )
        #expect("\(version)" == chosen)
    }

    @Test func `engines that are too old and too new are told apart`() throws {
        #expect(throws: DockerError.engineTooOld(speaks: APIVersion(1, 40), needed: .oldest)) {
            try APIVersion.negotiate(highest: APIVersion(1, 40), lowest: nil)
        }
        #expect(throws: DockerError.engineTooNew(needs: APIVersion(1, 60), known: .newest)) {
            try APIVersion.negotiate(highest: APIVersion(1, 70), lowest: APIVersion(1, 60))
        }
    }

    @Test(arguments: ["", "1", "1.x", "1.2.3", "-1.2", "v1.2"])
    func `what is no version is none`(text: String) { #expect(APIVersion(parsing: text) == nil) }

    @Test func `what comes from outside is encoded in a target`() {
        var call = EngineCall("GET", "/containers/\(EngineCall.part("a/b?c"))/json", "inspect")
        call.query = [EngineCall.filters(["label": ["teal.home=x y"]])]
        let target = call.target(APIVersion(1, 41))
        #expect(
            target
                == "/v1.41/containers/a%2Fb%3Fc/json?filters=%7B%22label%22%3A%5B%22teal.home%3Dx%20y%22%5D%7D"
        )
        #expect(EngineCall.imagePart("ghcr.io/a/b@sha256:0") == "ghcr.io/a/b%40sha256%3A0")
    }

    @Test func `a login is sent as base64url of its JSON`() {
        let login = RegistryLogin(username: "teal", password: Secret("p?>~"), registry: "127.0.0.1:5001")
        #expect(!login.header.contains("+") && !login.header.contains("/"))
        #expect(!"\(login)".contains("p?>~"))
        #expect(
            login.header
                == "eyJwYXNzd29yZCI6InA_Pn4iLCJzZXJ2ZXJhZGRyZXNzIjoiMTI3LjAuMC4xOjUwMDEiLCJ1c2VybmFtZSI6InRlYWwifQ=="
        )
    }

    @Test func `an event's shape may be that of any version`() throws {
        let new =
            #"{"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"exitCode":"137"}},"timeNano":5}"#
        let event = try #require(JSONValue(parsing: Array(new.utf8)).flatMap { EngineEvent($0) })
        #expect(event.kind == .died(code: 137) && event.container == "c1" && event.time == 5)
        let left =
            #"{"Type":"network","Action":"disconnect","Actor":{"ID":"n","Attributes":{"container":"c2"}},"time":2}"#
        let other = try #require(JSONValue(parsing: Array(left.utf8)).flatMap { EngineEvent($0) })
        #expect(other.kind == .changed && other.container == "c2" && other.time == 2_000_000_000)
        #expect(EngineEvent(["Type": "container", "Action": "exec_start", "Actor": ["ID": "c"]]) == nil)
        #expect(
            EngineEvent(["Type": "container", "Action": "health_status: unhealthy", "Actor": ["ID": "c"]])?.kind
                == .unhealthy
        )
    }
}
