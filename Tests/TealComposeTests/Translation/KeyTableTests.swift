import Foundation
import Testing

@testable import TealCompose

struct `The table of Compose keys` {
    /// Every path that a file may have, with `*` for names and `[]` for items.
    private static func paths(_ shape: Shape, _ path: [String], into all: inout Set<[String]>) {
        switch shape {
        case .fields(let fields):
            for (key, inner) in fields.shapes {
                all.insert(path + [key])
                paths(inner, path + [key], into: &all)
            }
        case .named(let inner, let isFree):
            // Names that people choose are no keys.
            guard !isFree else { return }
            all.insert(path + ["*"])
            paths(inner, path + ["*"], into: &all)
        case .list(let inner, _):
            all.insert(path + ["[]"])
            paths(inner, path + ["[]"], into: &all)
        case .either(let shapes): for shape in shapes { paths(shape, path, into: &all) }
        case .anything, .kinds, .whole, .choice, .form: break
        }
    }

    private static var all: Set<[String]> {
        var all: Set<[String]> = []
        paths(Shapes.file, [], into: &all)
        for (section, shape) in Shapes.lenient {
            all.insert([section, "*"])
            paths(shape, [section, "*"], into: &all)
        }
        return all
    }

    /// Whether a path or one above it, which speaks for all below it, is in the table.
    private static func isKnown(_ path: [String]) -> Bool {
        let table = Dictionary(ComposeKeyTable.keys.map { ($0.path, $0.isWhole) }) { $1 }
        if table[path.joined(separator: ".")] != nil { return true }
        // A list of names alone is the short form of its mapping.
        if path.last == "[]", table[path.dropLast().joined(separator: ".")] != nil { return true }
        return (1..<path.count).contains { table[path.prefix($0).joined(separator: ".")] == true }
    }

    @Test func `has every key of the specification`() {
        let missing = Self.all.filter { !Self.isKnown($0) }.map { $0.joined(separator: ".") }.sorted()
        #expect(missing == [])
        #expect(Self.all.count > 200)
    }

    @Test func `has no key that the specification does not know, and each once`() {
        let known = Set(Self.all.map { $0.joined(separator: ".") })
        #expect(ComposeKeyTable.keys.map(\.path).filter { !known.contains($0) } == [])
        #expect(Set(ComposeKeyTable.keys.map(\.path)).count == ComposeKeyTable.keys.count)
    }

    @Test func `is what the documentation says`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/compose-keys.md")
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" {
            try Data(KeysPage.text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == KeysPage.text)
    }
}
