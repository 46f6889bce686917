import Testing

@testable import TealDocker

struct `Addresses and ranges` {
    private func prefix(_ text: String) throws -> IPv4Prefix { try #require(IPv4Prefix(parsing: text)) }

    @Test func `ranges overlap when one holds the other's first address`() throws {
        #expect(try prefix("10.213.0.0/16").overlaps(prefix("10.213.7.0/24")))
        #expect(try prefix("10.213.7.0/24").overlaps(prefix("10.213.0.0/16")))
        #expect(try !prefix("10.213.7.0/24").overlaps(prefix("10.213.8.0/24")))
        #expect(try prefix("0.0.0.0/0").overlaps(prefix("203.0.113.7/32")))
        #expect(try "\(prefix("10.1.2.3/24"))" == "10.1.2.0/24")
    }

    @Test(arguments: ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.256/8", "010.0.0.0/8", "a/b"])
    func `what is no range is none`(text: String) { #expect(IPv4Prefix(parsing: text) == nil) }

    @Test func `a pool gives the ranges that overlap nothing, lowest first`() throws {
        let taken = try [prefix("10.213.0.0/24"), prefix("10.213.2.128/25"), prefix("172.17.0.0/16")]
        let free = SubnetChoice.free(in: try prefix("10.213.0.0/22"), taken: taken)
        #expect(free.map(\.description) == ["10.213.1.0/24", "10.213.3.0/24"])
        #expect(SubnetChoice.free(in: try prefix("10.213.0.0/16"), taken: []).count == 256)
        #expect(SubnetChoice.free(in: try prefix("10.0.0.0/8"), taken: [try prefix("0.0.0.0/1")]).isEmpty)
    }

    @Test func `the kernel's routes are read, the default one left out`() {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
            docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
            """
        #expect(SubnetChoice.routes(table).map(\.description) == ["172.17.0.0/16"])
    }

    @Test func `addresses are given from the second on, and never twice`() throws {
        var book = AddressBook(subnet: try prefix("10.213.4.0/24"))
        #expect("\(book.gateway)" == "10.213.4.1" && "\(book.dynamic)" == "10.213.4.192/26")
        var given: Set<IPv4Address> = []
        while let address = book.free() {
            #expect(given.insert(address).inserted && book.mayGive(address) && !book.dynamic.contains(address))
            book.taken.insert(address)
        }
        #expect(given.count == AddressBook.placesMax && given.count == 190)
        let first = try #require(IPv4Address(parsing: "10.213.4.2"))
        book.taken.remove(first)
        #expect(book.free() == first)
    }

    @Test func `the gateway, the Engine's part and other networks are not Teal's to give`() throws {
        let book = AddressBook(subnet: try prefix("10.213.4.0/24"))
        for text in ["10.213.4.0", "10.213.4.1", "10.213.4.192", "10.213.4.255", "10.213.5.2"] {
            #expect(!book.mayGive(try #require(IPv4Address(parsing: text))))
        }
    }

    @Test func `listeners are read from both tables, the Engine's name server left out`() throws {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        let tcp =
            head + """
                   0: 0B00007F:A2F1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1
                   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1
                   2: 0204D50A:1F90 0104D50A:C000 01 00000000:00000000 00:00000000 00000000     0        0 102 1
                """
        let tcp6 =
            head + """
                   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 103 1
                   1: 0000000000000000FFFF00000204D50A:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 104 1
                """
        let table = SocketTable(tcp: tcp, tcp6: tcp6)
        let own = try #require(IPv4Address(parsing: "10.213.4.2"))
        #expect(table.ports == [8080, 8081, 8082])
        #expect(table.takers(of: own, 8080).map(\.inode) == ["103"])
        #expect(table.takers(of: own, 8081).isEmpty, "its own loopback is reached by nobody else")
        #expect(table.takers(of: own, 8082).map(\.inode) == ["104"])
    }
}
