import TealShimWire
import TealTestSupport
import Testing

@testable import TealProcess

struct `Archives that no tar would write` {
    /// Reads a whole archive, as unpacking does, without a disk.
    private func read(_ bytes: [UInt8]) throws(ArtifactError) -> [TarEntry] {
        var rest = bytes[...]
        var reader = TarReader { count throws(ArtifactError) in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var entries: [TarEntry] = []
        while let entry = try reader.next() {
            entries.append(entry)
            while try !reader.body().isEmpty {}
        }
        return entries
    }

    @Test(arguments: [
        "2 ", "1 ", "0 ", "3 =", "4 a=", "-1 a=b\n", "99 a=b\n", " a=b\n", "9223372036854775807 a=b\n", "x",
    ])
    func `an extended header whose lengths are wrong is damaged`(record: String) {
        let bytes = TarBytes.archive([.pax([record]), .file("x")])
        #expect(throws: ArtifactError.archive(.badHeader)) { try read(bytes) }
    }

    @Test(arguments: [Int.max, Int.max - 511, TarUnpacker.bytesMax + 1])
    func `a file that says it is larger than all may be is refused before anything is added to it`(size: Int) {
        let bytes = TarBytes.archive([.file("first"), .pax([TarBytes.record("size", "\(size)")]), .file("x")])
        #expect(throws: ArtifactError.archive(.tooLarge("'x' has \(size) bytes"))) { try read(bytes) }
    }

    @Test(arguments: ["-1", "9223372036854775808", "ten", ""])
    func `a size that is no number is damaged`(size: String) {
        let bytes = TarBytes.archive([.pax([TarBytes.record("size", size)]), .file("x")])
        #expect(throws: ArtifactError.archive(.badHeader)) { try read(bytes) }
    }

    /// To Swift a slash with a combining mark is another character; to the kernel it is a slash.
    @Test(arguments: ["../\u{338}x", "a/../\u{338}x", "/\u{338}x", "a/..\u{0}b", "a\u{0}b"])
    func `a path is read as the kernel reads it`(path: String) {
        let named = TarBytes.archive([.pax([TarBytes.record("path", path)]), .file("x")])
        let linked = TarBytes.archive([.pax([TarBytes.record("linkpath", path)]), .link("a", to: "x")])
        #expect(throws: ArtifactError.self) { try read(named) }
        #expect(throws: ArtifactError.self) { try read(linked) }
    }

    /// Numbers that break sums, products and ranges.
    private static let numbers = [
        "0", "1", "2", "3", "7", "511", "512", "513", "-1", "+5", "99999", "17179869184", "17179869185",
        "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    ]

    private func sample(_ random: inout SeededGenerator) -> [UInt8] {
        let number = Self.numbers.randomElement(using: &random) ?? "0"
        let records = [
            TarBytes.record("path", "d/ü/long"), TarBytes.record("size", number), TarBytes.record("linkpath", "d/x"),
            "\(number) a=b\n",
        ].shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
        let entries: [TarBytes.Entry] = [
            .directory("d"), .file("d/x"), .pax(Array(records)), .file("d/y"), .link("l", to: "d/x"),
            .init(name: "L", type: "L", body: Array("d/long name\0".utf8)), .file("short"),
            .init(name: "K", type: "K", body: Array("d/x\0".utf8)), .hard("h", to: "d/x"),
            .init(name: "g", type: "g", body: Array(TarBytes.record("comment", number).utf8)), .file("last"),
        ]
        return TarBytes.archive(Array(entries.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }))
    }

    private func spoil(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            case 1:
                // A size field of some header: any bytes, base 256 too.
                let field = 512 * Int.random(in: 0..<(bytes.count / 512), using: &random) + 124
                for index in field..<(field + 12) { bytes[index] = .random(in: 0...255, using: &random) }
            case 2:
                let number = Array((Self.numbers.randomElement(using: &random) ?? "0").utf8)
                let start = Int.random(in: 0..<(bytes.count - number.count), using: &random)
                bytes.replaceSubrange(start..<(start + number.count), with: number)
            default: bytes.removeLast(Int.random(in: 0...(bytes.count - 512), using: &random))
            }
        }
        if Bool.random(using: &random) { TarBytes.repairSums(&bytes) }
    }

    @Test(arguments: UInt64(0)..<50)
    func `never crash the reader, whatever was changed in them`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var bytes = sample(&random)
            spoil(&bytes, &random)
            // Read or refused: either is right. What comes out lies inside and has a size that can be added up.
            for entry in (try? read(bytes)) ?? [] {
                #expect(!entry.path.contains(".."), "seed \(seed)")
                if case .file(let size) = entry.kind {
                    #expect((0...TarUnpacker.bytesMax).contains(size), "seed \(seed)")
                }
            }
        }
    }
}
