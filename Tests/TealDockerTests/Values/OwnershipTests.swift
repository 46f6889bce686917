import Testing

@testable import TealDocker

struct `Who may write to a directory of a container` {
    /// A block as `tar` writes it.
    private func block(
        _ kind: Character,
        mode: String = "0000755",
        owner: String = "0000000",
        group: String = "0000000",
        size: String = "00000000000"
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put("data/", at: 0)
        put(mode, at: 100)
        put(owner, at: 108)
        put(group, at: 116)
        put(size, at: 124)
        put(String(kind), at: 156)
        return block
    }

    private func padded(_ text: String) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0, count: (512 - text.utf8.count % 512) % 512)
    }

    @Test func `the head of a directory says whose it is`() throws {
        let entry = try #require(TarEntry(first: block("5", mode: "0041750", owner: "0001750", group: "0000012")))
        #expect(entry.isDirectory && entry.owner == 1000 && entry.group == 10 && entry.mode == 0o1750)
    }

    @Test func `a file comes with its content, and what stands before it counts`() throws {
        let record = "18 uid=4000000000\n"
        let first = block("x", size: "00000000022") + padded(record)
        let entry = try #require(TarEntry(first: first + block("0", size: "00000000005") + padded("a:b\nc")))
        #expect(entry.owner == 4_000_000_000 && !entry.isDirectory)
        #expect(String(decoding: entry.content, as: UTF8.self) == "a:b\nc")
    }

    @Test func `a large owner in GNU's manner is read`() throws {
        var head = block("5")
        head.replaceSubrange(108..<116, with: [0x80, 0, 0, 0, 0xEE, 0x6B, 0x28, 0x00])
        #expect(try #require(TarEntry(first: head)).owner == 4_000_000_000)
    }

    @Test func `what is no archive has no entry`() {
        #expect(TarEntry(first: []) == nil)
        #expect(TarEntry(first: [UInt8](repeating: 0, count: 1024)) == nil)
        #expect(TarEntry(first: Array("no".utf8)) == nil)
    }

    private static let passwd = "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n"
    private static let group = "root:x:0:\nstaff:x:50:app,other\nweb:x:33:other\n"

    @Test(
        arguments: [
            ("app", 1000, [1001, 50]), ("1000", 1000, [1001, 50]), ("app:web", 1000, [33]), ("1000:7", 1000, [7]),
            ("2000", 2000, [0]), ("root", 0, [0]),
        ] as [(String, Int, Set<Int>)]
    )
    func `a user is who the image says`(user: String, owner: Int, groups: Set<Int>) throws {
        let account = try #require(ContainerAccount(user, passwd: Self.passwd, group: Self.group))
        #expect(account.owner == owner && account.groups == groups)
    }

    @Test(arguments: ["nobody-here", "app:nothing"])
    func `a name that the image does not know is nobody`(user: String) {
        #expect(ContainerAccount(user, passwd: Self.passwd, group: Self.group) == nil)
    }

    @Test(
        arguments: [
            ("0000755", 0, 0, false), ("0000755", 1000, 0, true), ("0000555", 1000, 0, false),
            ("0000775", 0, 50, true), ("0000755", 0, 50, false), ("0001777", 0, 0, true), ("0000757", 1000, 50, true),
            // Its own rights count for the owner, whatever others may.
            ("0000077", 1000, 50, false),
        ]
    )
    func `rights are those of the owner, or the group, or everybody`(
        mode: String,
        owner: Int,
        group: Int,
        may: Bool
    ) throws {
        let account = try #require(ContainerAccount("app", passwd: Self.passwd, group: Self.group))
        func octal(_ number: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: 7 - digits.count) + digits
        }
        let entry = try #require(TarEntry(first: block("5", mode: mode, owner: octal(owner), group: octal(group))))
        #expect(account.mayWrite(to: entry) == may)
    }
}
