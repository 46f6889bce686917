import Foundation
import Testing

/// The codes of problems in the sources, and those that `docs/errors.md` has.
enum ErrorsPage {
    static let areas = [
        "accessory", "adopt", "api", "artifact", "cli", "compose", "config", "daemon", "deploy", "dev", "doctor",
        "exec",
        "import", "logs", "preflight", "prune", "rollback", "rollout", "scale", "secrets", "service", "source", "store",
    ]
    /// What looks like a code and is none: keys of log lines, keys of Compose files and of teal.yml, and usual names of files.
    static let others: Set = [
        "artifact.hash", "compose.yaml", "compose.yml", "deploy.labels", "deploy.mode", "deploy.placement",
        "deploy.replicas",
        "deploy.resources", "rollout.id", "source.build", "source.directory", "source.env", "source.key",
        "source.output", "source.password", "source.ref", "source.repository", "source.secrets", "source.username",
    ]
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func inSources() throws -> Set<String> {
        var found: Set<String> = []
        let code = try Regex("\"((?:\(areas.joined(separator: "|")))\\.[a-z]+(?:-[a-z]+)*)\"")
        let sources = root.appending(path: "Sources")
        for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
            ?? .init()
        where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: code) {
                if let text = match.output[1].substring { found.insert(String(text)) }
            }
        }
        return found.subtracting(others)
    }

    static func inPage() throws -> Set<String> {
        let page = try String(contentsOf: root.appending(path: "docs/errors.md"), encoding: .utf8)
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("### `") && $0.hasSuffix("`") }
        return Set(headings.map { String($0.dropFirst("### `".count).dropLast()) })
    }
}

@Suite struct `Every problem is explained` {
    @Test func `each code of the sources has an entry in the page`() throws {
        let missing = try ErrorsPage.inSources().subtracting(ErrorsPage.inPage())
        #expect(missing.isEmpty, "docs/errors.md lacks \(missing.sorted())")
    }

    @Test func `each entry of the page is a code of the sources`() throws {
        let extra = try ErrorsPage.inPage().subtracting(ErrorsPage.inSources())
        #expect(extra.isEmpty, "docs/errors.md explains what nobody says: \(extra.sorted())")
    }
}
