import Foundation
import TealCompose
import TealCore
import Testing

/// A folder with Compose files and what they come to; `scripts/compose-oracle` reads the same folders.
struct ComposeCase: CustomTestStringConvertible, Sendable {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
    /// Stands for the folder's path in what is expected.
    static let placeholder = "{{case}}"

    let name: String

    var testDescription: String { name }
    private var folder: URL { Self.root.appending(path: name) }

    static var all: [ComposeCase] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map(ComposeCase.init)
    }

    private func lines(_ file: String) -> [String] {
        let text = (try? String(contentsOf: folder.appending(path: file), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// The settings that the case's `arguments` and `environment` say.
    func settings() throws -> ComposeSettings {
        let pairs = lines("environment").map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        }
        var settings = ComposeSettings(
            environment: Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) }),
            workingDirectory: folder.path
        )
        var arguments = lines("arguments")[...]
        while let option = arguments.popFirst() {
            let next = arguments.popFirst()
            let value = try #require(next, "\(option) of \(name) has no value")
            switch option {
            case "-f": settings.files.append(value)
            case "--env-file": settings.envFiles.append(value)
            case "--profile": settings.profiles.append(value)
            case "--project-directory": settings.projectDirectory = value
            case "-p": settings.projectName = value
            default: Issue.record("\(name): unknown argument \(option)")
            }
        }
        return settings
    }

    /// What is expected, with the folder's path filled in; nil when the other kind is.
    func expected(_ file: String) -> String? {
        let url = folder.appending(path: file)
        return (try? String(contentsOf: url, encoding: .utf8))?.replacing(Self.placeholder, with: folder.path)
    }

    func write(_ text: String, to file: String) throws {
        try Data(text.replacing(folder.path, with: Self.placeholder).utf8).write(to: folder.appending(path: file))
    }
}

@Suite struct `Compose files come to what the reference implementation makes of them` {
    @Test(arguments: ComposeCase.all)
    func `as each case says`(_ item: ComposeCase) throws {
        let outcome = ComposeConfigRun(settings: try item.settings()).outcome()
        let isFine = outcome.problems.isEmpty
        let text = (isFine ? outcome.output : outcome.problems.map(\.description).joined(separator: "\n\n")) + "\n"
        let file = isFine ? "expected.json" : "expected.txt"
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" { try item.write(text, to: file) }
        let expected = try #require(item.expected(file), "the case has no \(file), and the result is\n\(text)")
        #expect(text == expected)
    }

    @Test func `and there are cases`() { #expect(ComposeCase.all.count > 20) }
}
