import TealDriverKit
import Testing

@testable import TealDocker

struct `Lines of a container's log` {
    private let now = EngineMoment(seconds: 7, nanoseconds: 0)

    private func frame(_ text: String, error: Bool = false) -> FrameSplitter.Frame {
        .init(isError: error, bytes: Array(text.utf8))
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-21T10:59:21.5Z", 1_795_258_761, 500_000_000),
        ("2000-02-29T23:59:59.000000001Z", 951_868_799, 1),
        ("2026-11-21T12:59:21.123456789+02:00", 1_795_258_761, 123_456_789),
        ("2026-11-21T05:29:21-05:30", 1_795_258_761, 0),
    ])
    func `moments are read to the nanosecond`(text: String, seconds: Int, nanoseconds: Int) {
        #expect(EngineMoment(parsing: text) == EngineMoment(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: ["", "yesterday", "2026-11-21", "2026-13-21T10:59:21Z", "2026-11-21T10:59:21"])
    func `what is no moment is none`(text: String) { #expect(EngineMoment(parsing: text) == nil) }

    @Test func `the next moment carries over`() {
        #expect("\(EngineMoment(seconds: 3, nanoseconds: 999_999_999).next)" == "4.000000000")
        #expect("\(EngineMoment(nanosecondsSince1970: 1_700_000_000_000_000_001))" == "1700000000.000000001")
    }

    @Test func `lines of two outputs are in the order of their moments, and equal ones as they came`() {
        let lines = [
            LogLine(time: 2, text: "why", isError: true), LogLine(time: 1, text: "a", isError: false),
            LogLine(time: 1, text: "b", isError: false), LogLine(time: 3, text: "c", isError: false),
        ]
        #expect(DockerRuntime.inOrder(lines).map(\.text) == ["a", "b", "why", "c"])
    }

    @Test func `a line that the Engine cut is one line again`() {
        var assembler = LogAssembler(isStamped: true, release: "shop/web@3")
        #expect(assembler.feed(frame("2026-11-21T10:59:21.5Z half"), at: now).isEmpty)
        #expect(assembler.feed(frame("2026-11-21T10:59:21.6Z err\n", error: true), at: now).map(\.text) == ["err"])
        let lines = assembler.feed(frame("2026-11-21T10:59:22Z  a line\n"), at: now)
        #expect(lines == [LogLine(time: 1_795_258_761.5, text: "half a line", isError: false, release: "shop/web@3")])
        #expect(assembler.last == EngineMoment(parsing: "2026-11-21T10:59:22Z"))
        #expect(assembler.rest().isEmpty)
    }

    @Test func `an attached stream has no moments, and frames of several lines`() {
        var assembler = LogAssembler(isStamped: false, release: nil)
        #expect(assembler.feed(frame("one\r\ntwo\nthr"), at: now).map(\.text) == ["one", "two"])
        #expect(assembler.rest() == [LogLine(time: 7, text: "thr", isError: false, release: nil)])
    }

    @Test func `a line is cut at its limit`() throws {
        var assembler = LogAssembler(isStamped: false, release: nil)
        _ = assembler.feed(frame(String(repeating: "x", count: 10_000)), at: now)
        let line = try #require(assembler.feed(frame(String(repeating: "y", count: 10_000) + "\n"), at: now).first)
        #expect(line.text == String(repeating: "x", count: LogAssembler.lineBytesMax))
    }

    @Test func `a followed log begins with the last lines, goes on after them, and takes all of a new container`() {
        var position = FollowPosition(linesMax: 5)
        #expect(position.begin("one", at: now) == (5, nil))
        #expect(position.begin("one", at: now) == (nil, "7.000000001"), "nothing came, and nothing comes twice")
        position.last = EngineMoment(seconds: 9, nanoseconds: 1)
        #expect(position.begin("one", at: now) == (nil, "9.000000002"))
        #expect(position.begin("two", at: now) == (nil, nil))
    }
}
