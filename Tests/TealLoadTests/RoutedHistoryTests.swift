import Testing

@testable import TealLoad

@Suite struct `An answer's release must have been routed` {
    private let history = RoutedHistory(text: "100 v1\n200 v1,v2\n300 v2\nnonsense\n")

    @Test(arguments: [
        ("v1", 120, 130, true), ("v2", 120, 130, false), ("v2", 190, 200, true), ("v1", 299, 400, true),
        ("v1", 300, 400, false), ("v2", 300, 900, true), ("v1", 50, 60, true), ("v9", 50, 60, false),
        ("v2", 50, 190, false), ("v9", 150, 900, false),
    ])
    func `at some moment from sending to receiving`(release: String, sent: UInt64, received: UInt64, allowed: Bool) {
        #expect(history.allows(release, sent: sent, received: received) == allowed)
    }

    @Test func `lines that are no entry are counted`() {
        #expect(history.badLines == 1)
        #expect(!history.isUsable)
    }

    @Test func `without any line nothing was routed, and the run fails`() {
        let empty = RoutedHistory(text: "\n")
        #expect(!empty.isUsable)
        #expect(!empty.allows("v1", sent: 1, received: 2))
        #expect(RoutedHistory(text: "1 v1\n").isUsable)
    }

    @Test func `lines may come in any order`() {
        let late = RoutedHistory(text: "300 v2\n100 v1\n200 v1,v2\n")
        #expect(!late.allows("v2", sent: 120, received: 130))
        #expect(!late.allows("v1", sent: 300, received: 400))
    }

    @Test func `and is counted as failed if it was not`() {
        var record = Record()
        _ = record.answered(due: 310, sent: 310, received: 320, release: "v1", isError: false)
        _ = record.answered(due: 310, sent: 310, received: 320, release: "v2", isError: false)
        record.judge(history)
        #expect(record.failed == 1)
        #expect(record.failures[.wrongRelease]?.examples.map(\.at) == [310])
    }
}
