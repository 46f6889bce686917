import Testing

@testable import TealProcess

struct `The table of listeners` {
    private let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    private func line(_ address: String, _ state: String, _ inode: Int) -> String {
        "   0: \(address) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 \(inode) 1 0 0\n"
    }

    @Test func `only listening sockets count, and the closest address takes the connection`() {
        let text =
            head + line("0100007F:4E20", "0A", 11) + line("00000000:4E20", "0A", 12)
            + line("0100007F:4E20", "01", 13) + line("0200007F:4E20", "0A", 14) + line("00000000:4E21", "0A", 15)
        let table = ListenerTable(entries: ListenerTable.parse(text))
        #expect(table.takers(of: 20_000) == ["11"])
        #expect(table.takers(of: 20_001) == ["15"])
        #expect(table.takers(of: 20_002) == [])
    }

    @Test func `a socket for every IPv6 address takes IPv4 too, if no other does`() {
        let any = String(repeating: "0", count: 32)
        let six = head + line("\(any):4E20", "0A", 21)
        #expect(ListenerTable(entries: ListenerTable.parse(six)).takers(of: 20_000) == ["21"])
        let both = ListenerTable.parse(six) + ListenerTable.parse(head + line("00000000:4E20", "0A", 22))
        #expect(ListenerTable(entries: both).takers(of: 20_000) == ["22"])
    }
}
