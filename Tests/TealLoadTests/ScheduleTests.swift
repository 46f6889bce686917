import NIOCore
import Testing

@testable import TealLoad

@Suite struct `The schedule depends on nothing but the number` {
    private let schedule = Schedule(rate: 300, run: 1)

    @Test func `due times do not drift`() {
        #expect(schedule.dueNanoseconds(0) == 0)
        #expect(schedule.dueNanoseconds(300 * 1800) == 1_800_000_000_000)
        #expect(schedule.dueNanoseconds(301) == 1_003_333_333)
    }

    @Test func `each kind has a third, and sizes reach from 1 byte to 16 KiB`() {
        let shapes = (0..<30_000).map(schedule.shape)
        #expect(shapes.filter { $0.kind == .post }.count == 10_000)
        #expect(shapes.filter { $0.kind == .fresh }.count == 10_000)
        let sizes = shapes.filter { $0.kind == .post }.map(\.bodyBytes)
        #expect(sizes.min() == 1)
        #expect((sizes.max() ?? 0) > 16_000)
        #expect((sizes.max() ?? 0) <= Schedule.bytesMax)
        #expect(Set(shapes.map(\.nonce)).count == 30_000)
    }

    @Test func `an answer is right only byte for byte`() {
        let shape = Schedule.Shape(kind: .post, nonce: "n", bodyBytes: 0, padBytes: 2)
        let expectation = Expectation(shape: shape, index: 0)
        #expect(expectation.complaint(about: ByteBuffer(string: "n POST 0 811c9dc5\nxx")) == nil)
        for wrong in [
            "n POST 0 811c9dc5\nx", "m POST 0 811c9dc5\nxx", "n POST 0 811c9dc4\nxx", "n POST 0 811c9dc5\nxy",
        ] {
            #expect(expectation.complaint(about: ByteBuffer(string: wrong)) != nil)
        }
    }
}
