import TealCore
import Testing

@Suite struct `A port of the host` {
    @Test(
        arguments: [
            ("8080", HostPort(port: 8080)),
            ("127.0.0.1:8080", HostPort(port: 8080)),
            ("0.0.0.0:80", HostPort(address: "0.0.0.0", port: 80)),
            ("[::1]:8080", HostPort(address: "::1", port: 8080)),
            ("[::]:8080", HostPort(address: "::", port: 8080)),
            ("0", nil), ("65536", nil), ("", nil), ("a:80", nil), ("::1:80", nil), ("127.0.0:80", nil),
            ("127.0.0.01:80", nil), ("127.0.0.256:80", nil), ("[127.0.0.1]:80", nil), ("80-90", nil), ("+80", nil),
        ] as [(String, HostPort?)]
    )
    func `is read with or without an address`(text: String, port: HostPort?) {
        #expect(HostPort(parsing: text) == port)
        if let port { #expect(HostPort(parsing: port.description) == port) }
    }

    @Test(
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:80", true), ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false), ("0.0.0.0:80", "127.0.0.2:80", true),
            ("127.0.0.2:80", "0.0.0.0:80", true), ("[::]:80", "127.0.0.1:80", false), ("[::]:80", "[::1]:80", true),
        ]
    )
    func `meets another where a connection could come in at both`(one: String, other: String, meets: Bool) throws {
        let first = try #require(HostPort(parsing: one))
        #expect(first.meets(try #require(HostPort(parsing: other))) == meets)
    }
}
