import TealCore
import TealDriverKit
import Testing

@testable import TealNginx

@Suite struct `A line of the log` {
    private static let position = TablePosition(epoch: 1, version: 6)

    private func line(
        address: String = "127.0.0.1:8000",
        head: String = "0.012",
        status: String = "200",
        method: String = "GET",
        completion: String = "OK",
        received: String = "10",
        announced: String = "10"
    ) -> [UInt8] {
        Array(
            #"{"t":"1.6","a":"\#(address)","h":"\#(head)","s":"\#(status)","m":"\#(method)","c":"\#(completion)","n":"\#(received)","l":"\#(announced)"}"#
                .utf8
        )
    }

    @Test func `tells the target, the status and the time`() throws {
        let read = try #require(AccessLine(line()))
        #expect(read.position == Self.position)
        #expect(read.attempts == [.init(address: "127.0.0.1:8000", head: .milliseconds(12))])
        #expect(read.status == 200)
        #expect(!read.isCut)
    }

    @Test func `tells every target that was tried`() throws {
        let read = try #require(AccessLine(line(address: "127.0.0.1:8000, 127.0.0.1:8001", head: "-, 0.003")))
        #expect(
            read.attempts == [
                .init(address: "127.0.0.1:8000", head: nil), .init(address: "127.0.0.1:8001", head: .milliseconds(3)),
            ]
        )
    }

    @Test func `knows an upgraded connection's target, and that an upstream's name is none`() throws {
        #expect(AccessLine(line(address: "[::ffff:10.0.0.7]:80"))?.attempts.first?.address == "10.0.0.7:80")
        #expect(AccessLine(line(address: "[fd00::7]:80"))?.attempts.first?.address == "[fd00::7]:80")
        #expect(AccessLine(line(address: "teal_shop_web", head: "-", status: "502"))?.attempts.isEmpty == true)
        #expect(AccessLine(line(address: "", head: "", status: "404"))?.attempts.isEmpty == true)
    }

    @Test func `shows an answer that was cut, where its length was announced`() {
        #expect(AccessLine(line(received: "4", announced: "10"))?.isCut == true)
        #expect(AccessLine(line(received: "4", announced: ""))?.isCut == false)
        #expect(AccessLine(line(method: "HEAD", received: "0", announced: "10"))?.isCut == false)
        #expect(AccessLine(line(status: "304", received: "0", announced: "10"))?.isCut == false)
        // The client went.
        #expect(AccessLine(line(completion: "", received: "4", announced: "10"))?.isCut == false)
    }

    @Test(arguments: [
        "", "{", "{}", "not JSON", #"{"t":"1.6"}"#, #"{"t":"1","a":"","s":"200"}"#, #"{"t":"1.6","a":"","s":"ok"}"#,
        #"{"t":"1.6","a":"x","s":"200""#, #"{"t":"1.6" "a":"","s":"200"}"#,
    ])
    func `that is not whole, or not Teal's, is none`(text: String) {
        #expect(AccessLine(Array(text.utf8)) == nil)
    }

    @Test func `that is too long is none`() {
        #expect(AccessLine(line(address: String(repeating: "x", count: AccessLine.bytesMax))) == nil)
    }

    @Test func `is added to the last target that was tried, and a failed try counts as a request`() throws {
        let web = TargetID("web")
        let other = TargetID("other")
        var counted = LogCounters()
        func add(_ line: [UInt8]) {
            counted.add(line[...]) { address, position in
                #expect(position == Self.position)
                return address == "127.0.0.1:8000" ? web : other
            }
        }
        add(line())
        add(line(status: "404"))
        add(line(status: "301"))
        add(line(status: "500"))
        add(line(head: "-", status: "502"))
        add(line(head: "-", status: "499"))
        add(line(status: "101"))
        add(line(received: "4"))
        add(line(address: "127.0.0.1:8000, 127.0.0.1:8001", head: "-, 70.1"))
        add(Array("rubbish".utf8))
        let counters = counted.counters(of: web)
        #expect(counters.requests == 9)
        #expect(counters.successes == 2)
        #expect(counters.clientErrors == 1)
        #expect(counters.redirects == 1)
        #expect(counters.serverErrors == 1)
        #expect(counters.switchErrors == 1)
        #expect(counters.cutAnswers == 1)
        #expect(counters.latency.counts.reduce(0, +) == 6)
        #expect(counted.counters(of: other).successes == 1)
        // Above the last bound is the last bucket.
        #expect(counted.counters(of: other).latency.counts.last == 1)
        #expect(counted.unreadable == 1)
    }
}
