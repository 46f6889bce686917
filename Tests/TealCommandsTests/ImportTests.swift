import Foundation
import TealCommands
import Testing

/// A directory with an ecosystem file, removed at the end of its life.
private final class EcosystemFolder {
    let path: String
    var source: String { "\(path)/ecosystem.config.js" }
    var target: String { "\(path)/teal.yml" }

    init(_ text: String = "module.exports = {apps: [{name: 'api', script: 'a.js', port: 8000, watch: true}]}") throws {
        path =
            NSTemporaryDirectory()
            + "teal-import-command-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: source))
    }

    deinit {
        // What is left in the system's directory for temporary files does no harm.
        try? FileManager.default.removeItem(atPath: path)
    }

    func run(_ more: String...) async -> CommandRun {
        await CommandRun.run(["import", "pm2", source, "--no-node", "-o", target] + more)
    }
}

@Suite struct `An import` {
    @Test func `writes a file that is fine, tells every key, and what comes next`() async throws {
        let folder = try EcosystemFolder()
        let run = await folder.run()
        #expect(run.code == 0, "\(run.errors)")
        #expect(
            run.output.hasPrefix("wrote \(folder.target) from \(folder.source) (read as data, without running it)\n")
        )
        for text in [
            "carried over (", "carried over differently (", "not carried over (1)\n  apps[0].watch :1\n    refused: ",
        ] {
            #expect(run.output.contains(text), "\(run.output)")
        }
        #expect(run.output.hasSuffix("\nnext: look through \(folder.target), then `teal validate` and `teal plan`\n"))
        #expect(!run.output.contains("\u{1B}"))
        let validated = await CommandRun.run(["validate", "--file", folder.target])
        #expect(validated.code == 0, "\(validated.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                "ecosystem.config.js", "teal.yml",
            ]
        )
    }

    @Test func `never changes a file that is there`() async throws {
        let folder = try EcosystemFolder("process.exit(1)")
        try Data("mine".utf8).write(to: URL(filePath: folder.target))
        let run = await folder.run()
        #expect(run.code == 1)
        #expect(run.errors.contains("nothing has been changed: \(folder.target) exists already [cli.file-exists]"))
        #expect(run.errors.contains("-o PATH"))
        #expect(try String(contentsOfFile: folder.target, encoding: .utf8) == "mine")
    }

    @Test func `is one value as JSON`() async throws {
        let folder = try EcosystemFolder()
        let run = await folder.run("--output", "json")
        let value = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(value["file"] as? String == folder.target)
        let keys = try #require(value["keys"] as? [[String: Any]])
        #expect(keys.contains { $0["key"] as? String == "apps[0].watch" && $0["fate"] as? String == "dropped" })
        #expect((value["complaints"] as? [String]) == [])
    }

    @Test func `writes nothing for a file that cannot be read`() async throws {
        let folder = try EcosystemFolder("module.exports = {apps: require('./x')}")
        let run = await folder.run()
        #expect(run.code == 1)
        #expect(run.errors.contains("`require` is code, not data, and code is not run here [import.not-data]"))
        #expect(run.errors.contains("ecosystem.config.js:1:25"))
        #expect(!FileManager.default.fileExists(atPath: folder.target))
    }
}
