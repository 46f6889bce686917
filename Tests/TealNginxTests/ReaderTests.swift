import Foundation
import Testing

@testable import TealNginx

@Suite struct `The log is followed` {
    private func run(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/tngl-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory + "/teal.log")
    }

    private func append(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
    }

    private func lines(_ reader: inout LogReader, max: Int = 100) -> [String] {
        var lines: [String] = []
        reader.look(lineBytesMax: max) { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    @Test func `from its end on, in whole lines`() throws {
        try run { path in
            try append("before\n", to: path)
            var reader = LogReader(path: path)
            #expect(lines(&reader) == [])
            try append("one\ntwo\nthr", to: path)
            #expect(lines(&reader) == ["one", "two"])
            try append("ee\n", to: path)
            #expect(lines(&reader) == ["three"])
            #expect(lines(&reader) == [])
        }
    }

    @Test func `from its beginning where it was made later`() throws {
        try run { path in
            var reader = LogReader(path: path)
            #expect(lines(&reader) == [])
            try append("one\n", to: path)
            #expect(lines(&reader) == ["one"])
        }
    }

    @Test func `when it is renamed away, and written to under both names`() throws {
        try run { path in
            try append("", to: path)
            var reader = LogReader(path: path)
            try append("one\n", to: path)
            #expect(rename(path, path + ".1") == 0)
            try append("two\n", to: path + ".1")
            #expect(lines(&reader) == ["one", "two"])
            try append("four\n", to: path)
            try append("three\n", to: path + ".1")
            // The look that finds the new file has read the old one already.
            #expect(lines(&reader) == ["three", "four"])
            try append("five\n", to: path + ".1")
            try append("six\n", to: path)
            #expect(lines(&reader) == ["five", "six"])
        }
    }

    @Test func `when it is emptied`() throws {
        try run { path in
            try append("", to: path)
            var reader = LogReader(path: path)
            try append("one\n", to: path)
            #expect(lines(&reader) == ["one"])
            #expect(truncate(path, 0) == 0)
            try append("2\n", to: path)
            #expect(lines(&reader) == ["2"])
        }
    }

    @Test func `and emptied once it is large`() throws {
        try run { path in
            try append("", to: path)
            var reader = LogReader(path: path)
            try append("one\n", to: path)
            #expect(lines(&reader) == ["one"])
            reader.emptyIfLarge(bytesMax: 100)
            #expect(try Data(contentsOf: URL(filePath: path)).count == 4)
            reader.emptyIfLarge(bytesMax: 3)
            #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
            try append("two\n", to: path)
            #expect(lines(&reader) == ["two"])
        }
    }

    @Test func `without lines that are too long`() throws {
        try run { path in
            try append("", to: path)
            var reader = LogReader(path: path)
            try append(String(repeating: "x", count: 1000), to: path)
            #expect(lines(&reader) == [])
            try append(String(repeating: "x", count: 1000) + "\nshort\n", to: path)
            #expect(lines(&reader) == ["short"])
        }
    }
}
