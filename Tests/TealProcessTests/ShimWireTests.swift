import TealCore
import TealTestSupport
import Testing

@testable import TealShimWire

struct `What the daemon and a shim share` {
    @Test func `a line survives its way, whatever its values hold`() {
        let line = WireLine("state", ["reason": "no such file: 100% \n\t=\u{7F} ü", "empty": "", "a": "b=c"])
        #expect(WireLine(parsing: line.description) == line)
        #expect(line.bytes.filter { $0 == 10 }.count == 1)
    }

    @Test func `names that are not known are ignored`() throws {
        let record = try ReplicaRecord(sample.line)
        var more = sample.line
        more["from-the-future"] = "1"
        #expect(try ReplicaRecord(more) == record)
    }

    @Test func `a record of another version is refused`() {
        var line = sample.line
        line["version"] = "2"
        #expect(throws: RecordError.version(2)) { try ReplicaRecord(line) }
    }

    private var sample: ReplicaRecord {
        var record = ReplicaRecord(
            release: "shop/web@3",
            boot: BootID("b"),
            shim: ProcessIdentity(pid: 7, startTicks: 9)
        )
        record.child = ProcessIdentity(pid: 8, startTicks: 10)
        record.phase = .restarting
        record.restarts = 3
        record.run = 4
        record.lastEnd = .init(code: 137, outOfMemory: true)
        record.restartsByItself = true
        return record
    }

    @Test func `a record survives its way`() throws {
        #expect(try ReplicaRecord(sample.line) == sample)
    }

    @Test func `a launch spec survives its way`() throws {
        var spec = LaunchSpec(
            release: "shop/web@3",
            content: "ab",
            program: "/bin/sh",
            arguments: ["-c", "", "a=b\nc"],
            environment: ["A=1", "B=", "C=x=y\nz"],
            directory: "/"
        )
        spec.memoryBytesMax = 5
        spec.port = 20_001
        #expect(try LaunchSpec(parsing: spec.bytes) == spec)
    }

    @Test(arguments: UInt64(0)..<200)
    func `a spec that was cut or changed is refused or read, and never crashes`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let spec = LaunchSpec(
            release: "shop/web@3",
            content: "ab",
            program: "/bin/sh",
            arguments: ["-c"],
            environment: ["A=1"],
            directory: "/"
        )
        var bytes = spec.bytes
        for _ in 0..<3 {
            let place = Int.random(in: bytes.indices, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        _ = try? LaunchSpec(parsing: bytes)  // either is right
    }

    @Test func `the highest common version is spoken, or none`() {
        #expect(ShimProtocol.common(least: 1, most: 1) == 1)
        #expect(ShimProtocol.common(least: 1, most: 2, with: 2...3) == 2)
        #expect(ShimProtocol.common(least: 3, most: 9, with: 2...3) == 3)
        #expect(ShimProtocol.common(least: 4, most: 9, with: 2...3) == nil)
        #expect(ShimProtocol.common(least: 0, most: 0) == nil)
    }

    @Test func `a process may have any name`() throws {
        let tail = (0..<60).map { "\($0 + 100)" }.joined(separator: " ")
        let entry = try #require(ProcessEntry.parse("42 (a ) (b) c) S 7 8 9 \(tail)"))
        #expect(entry.name == "a ) (b) c")
        #expect(entry.parent == 7 && entry.session == 9)
        #expect(ProcessEntry.parse("42 (half") == nil)
    }

    @Test func `a log line survives its way, and half a line is none`() {
        let record = LogRecord(milliseconds: 1_700_000_000_007, stream: .error, text: Array("a  b c".utf8))
        #expect(LogRecord(parsing: record.bytes.dropLast()) == record)
        #expect(LogRecord(parsing: Array("1700000000.0".utf8)) == nil)
        #expect(LogRecord(parsing: Array("1700000000.007 x text".utf8)) == nil)
    }

    @Test func `lines are cut at their limit`() {
        var buffer = LineBuffer(bytesMax: 4)
        #expect(buffer.take(Array("ab\ncdefghij".utf8)).map { String(decoding: $0, as: UTF8.self) } == ["ab", "cdef"])
        #expect(buffer.take(Array("k\n\n".utf8)).map { String(decoding: $0, as: UTF8.self) } == ["ghij", "k", ""])
        #expect(buffer.flush() == nil)
    }

    @Test func `signals have their names`() {
        #expect(SignalNumber(named: "TERM")?.raw == 15)
        #expect(SignalNumber(named: "sigusr1")?.raw == 10)
        #expect(SignalNumber(named: "9")?.raw == 9)
        #expect(SignalNumber(named: "NOTHING") == nil && SignalNumber(named: "0") == nil)
    }
}
