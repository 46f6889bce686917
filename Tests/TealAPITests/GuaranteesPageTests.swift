import Foundation
import Testing

/// What `docs/guarantees.md` says holds its promises.
enum GuaranteesPage {
    /// `- test: ` and a name, for a test also the target that it is in.
    struct Holder: Hashable {
        let kind: String
        let name: String
        let target: String?
    }

    static let root = ErrorsPage.root

    static func holders() throws -> [Holder] {
        let page = try String(contentsOf: root.appending(path: "docs/guarantees.md"), encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            guard let match = line.wholeMatch(of: /- (test|mutant|invariant): `([^`]+)`(?: \((\w+)\))?/) else {
                return nil
            }
            return Holder(kind: String(match.1), name: String(match.2), target: match.3.map(String.init))
        }
    }

    /// Whether something of that kind and name is in the sources.
    static func isThere(_ holder: Holder) throws -> Bool {
        switch holder.kind {
        case "mutant":
            let path = root.appending(path: "mutants/\(holder.name).patch").path(percentEncoded: false)
            return FileManager.default.fileExists(atPath: path)
        case "invariant":
            let file = root.appending(path: "Sources/TealEngine/Audit/Invariant.swift")
            return try String(contentsOf: file, encoding: .utf8).contains("case \(holder.name) = ")
        default:
            guard let target = holder.target else { return false }
            return try texts(of: target).contains { text in
                ["func", "struct"].contains { text.contains("\($0) `\(holder.name)`") }
            }
        }
    }

    private static func texts(of target: String) throws -> [String] {
        let directory = root.appending(path: "Tests/\(target)")
        guard let walk = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil) else {
            return []
        }
        return try walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }
}

extension GuaranteesPage {
    /// The tests that the tables of `docs/seeds-gotchas.md` name, for each row.
    static func gotchas() throws -> [[Holder]] {
        let page = try String(contentsOf: root.appending(path: "docs/seeds-gotchas.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| failure |") }
        return rows.map { row in
            row.matches(of: /`([^`]+)` \((\w+Tests)\)/).map {
                Holder(kind: "test", name: String($0.1), target: String($0.2))
            }
        }
    }
}

@Suite struct `Every failure of scripts has its answer` {
    @Test func `each row names tests that are in the sources`() throws {
        let rows = try GuaranteesPage.gotchas()
        #expect(rows.count > 35)
        for row in rows {
            #expect(!row.isEmpty)
            for holder in row {
                #expect(try GuaranteesPage.isThere(holder), "\(holder.name) in \(holder.target ?? "-")")
            }
        }
    }
}

@Suite struct `Every guarantee is held by something` {
    @Test func `what the page names is in the sources`() throws {
        let holders = try GuaranteesPage.holders()
        #expect(holders.count > 40)
        for holder in holders { #expect(try GuaranteesPage.isThere(holder), "\(holder.kind) \(holder.name)") }
    }

    @Test func `each promise of the page names what holds it`() throws {
        let page = try String(contentsOf: GuaranteesPage.root.appending(path: "docs/guarantees.md"), encoding: .utf8)
        let listed = page.split(separator: "\n").filter { $0.contains(/^- (test|mutant|invariant):/) }
        #expect(
            try listed.count == GuaranteesPage.holders().count,
            "each line has its name in backticks, a test its target"
        )
        let promises = page.split(separator: "\n## ").dropFirst().filter { !$0.hasPrefix("Limits") }
        for section in promises {
            #expect(section.contains("\n- "), "nothing holds '\(section.prefix { $0 != "\n" })'")
        }
    }
}
