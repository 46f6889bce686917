import Testing

@testable import TealSample

@Suite struct `A relay room joins two` {
    private final class Ear: RelayMember {
        var heard: [String] = []
        var endedWith: UInt16?
        func say(_ text: String) { heard.append(text) }
        func end(code: UInt16) { endedWith = code }
    }

    @Test func `the second makes both paired, the third is refused`() {
        let rooms = RelayRooms(version: "v1")
        let ears = (0..<3).map { _ in Ear() }
        for ear in ears { rooms.join("a", ear) }
        #expect(ears.map(\.heard) == [["waiting v1", "paired v1"], ["paired v1"], []])
        #expect(ears[2].endedWith == RelayRooms.fullCode)
        #expect(rooms.partner(of: ears[0], in: "a") === ears[1])
    }

    @Test func `when one leaves the other is sent away and the room is free again`() {
        let rooms = RelayRooms(version: "v1")
        let (first, second, third) = (Ear(), Ear(), Ear())
        rooms.join("a", first)
        rooms.join("a", second)
        rooms.leave("a", first)
        rooms.leave("a", second)
        rooms.join("a", third)
        #expect(second.endedWith == RelayRooms.leftCode)
        #expect(third.heard == ["waiting v1"])
    }
}
