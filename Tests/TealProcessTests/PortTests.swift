import TealTestSupport
import Testing

@testable import TealProcess

struct `Ports are given once` {
    private let range = 20_000...20_003

    @Test func `a place keeps its port`() throws {
        var book = PortBook()
        let first = try book.assign("a", fixed: nil, from: range) { _ in true }
        _ = try book.assign("b", fixed: nil, from: range) { _ in true }
        #expect(try book.assign("a", fixed: nil, from: range) { _ in true } == first)
        let again = try #require(PortBook(parsing: String(decoding: book.bytes, as: UTF8.self)))
        #expect(again == book)
    }

    @Test func `a place moves on when a stranger has taken its port`() throws {
        var book = PortBook()
        let first = try book.assign("a", fixed: nil, from: range) { _ in true }
        #expect(try book.assign("a", fixed: nil, from: range) { $0 != first } == first + 1)
    }

    @Test func `homes begin to look at different places`() throws {
        var book = PortBook()
        #expect(try book.assign("a", fixed: nil, from: range, startingAt: 20_002) { _ in true } == 20_002)
    }

    @Test func `a port that something listens on is passed over`() throws {
        var book = PortBook()
        #expect(try book.assign("a", fixed: nil, from: range) { $0 != 20_000 } == 20_001)
    }

    @Test func `a port that was let go rests until the others are used`() throws {
        var book = PortBook()
        #expect(try book.assign("a", fixed: nil, from: range) { _ in true } == 20_000)
        book.release("a")
        for port in 20_001...20_003 {
            #expect(try book.assign("\(port)", fixed: nil, from: range) { _ in true } == port)
        }
        #expect(try book.assign("late", fixed: nil, from: range) { _ in true } == 20_000)
        #expect(throws: PortRefusal.none(range)) { try book.assign("none", fixed: nil, from: range) { _ in true } }
    }

    @Test func `a fixed port that another place holds is refused`() throws {
        var book = PortBook()
        #expect(try book.assign("a", fixed: 8000, from: range) { _ in true } == 8000)
        #expect(throws: PortRefusal.held(8000, by: "a")) {
            try book.assign("b", fixed: 8000, from: range) { _ in true }
        }
        book.release("a")
        #expect(try book.assign("b", fixed: 8000, from: range) { _ in true } == 8000)
    }

    @Test(arguments: UInt64(0)..<100)
    func `no two places hold one port, whatever is asked`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var book = PortBook()
        for _ in 0..<200 {
            let place = "p\(Int.random(in: 0..<6, using: &random))"
            if Bool.random(using: &random) {
                book.release(place)
            } else {
                _ = try? book.assign(place, fixed: nil, from: range) { _ in true }  // none left is right too
            }
            let held = book.entries.values.filter(\.isHeld).map(\.port)
            try #require(Set(held).count == held.count, "seed \(seed)")
        }
    }

    @Test func `the range lies outside of the ephemeral ports`() {
        #expect(PortRange.choose(outside: 32_768...60_999) == 20_000...29_999)
        #expect(PortRange.choose(outside: 15_000...60_999) == 61_000...65_000)
        #expect(PortRange.choose(outside: 25_000...60_999) == 10_000...19_999)
    }
}
