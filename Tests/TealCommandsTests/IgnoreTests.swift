import Foundation
import TealAPI
import TealCore
import TealFakeDaemon
import Testing

@testable import TealCommands

@Suite struct `A line of .tealignore is read as gitignore reads it` {
    @Test(arguments: [
        ("a.log", "a.log", true), ("a.log", "d/a.log", true), ("*.log", "d/e/a.log", true), ("*.log", "a.logs", false),
        ("/a.log", "a.log", true), ("/a.log", "d/a.log", false), ("d/*.md", "d/a.md", true),
        ("d/*.md", "d/e/a.md", false), ("d/**/*.md", "d/e/f/a.md", true), ("d/**/*.md", "d/a.md", true),
        ("**/x", "x", true), ("**/x", "a/b/x", true), ("a/**", "a/b", true), ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("*", "anything", true), ("*a*b*c", "xaxbxc", true), ("*a*b*c", "xaxbx", false), ("[id]", "[id]", true),
        ("\\#x", "#x", true), ("\\!x", "!x", true), ("x  ", "x", true), ("ü*", "üx", true), ("d/x", "e/d/x", false),
    ])
    func `and means a file or not`(line: String, path: String, isMet: Bool) throws {
        let pattern = try #require(IgnorePattern(line: line))
        #expect(pattern.matches(path, isDirectory: false) == isMet)
        #expect(!pattern.isNegated)
    }

    @Test func `directories, comments and exceptions`() throws {
        let pattern = try #require(IgnorePattern(line: "build/"))
        #expect(pattern.matches("a/build", isDirectory: true))
        #expect(!pattern.matches("a/build", isDirectory: false))
        for line in ["", "   ", "# build", "/", "!"] { #expect(IgnorePattern(line: line) == nil, "'\(line)'") }
        #expect(try #require(IgnorePattern(line: "!build")).isNegated)
    }

    @Test func `many stars take no time`() throws {
        let pattern = try #require(IgnorePattern(line: String(repeating: "*a", count: 40) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 250), isDirectory: false))
        let deep = try #require(IgnorePattern(line: String(repeating: "**/a/", count: 40) + "b"))
        #expect(!deep.matches(Array(repeating: "a", count: 100).joined(separator: "/"), isDirectory: false))
    }
}

@Suite struct `What is secret is no part of an artifact` {
    private static let secret = "hunter2-in-a-file"

    /// A project whose artifact is its own directory, with everything in it that must not leave it.
    private func make(_ directory: String, ignore: String = "", more: [String: String] = [:]) throws {
        var files = [
            ".teal/secrets.env": "A=\(Self.secret)\n", ".env": "B=\(Self.secret)\n",
            "config/web.env": "LEVEL=\(Self.secret)\n",
            "prod.env": "A=\(Self.secret)\n", ".git/HEAD": "ref: refs/heads/main\n", "sub/.env": "C=\(Self.secret)\n",
            "web": "#!/bin/sh\n", "log/a.log": "x", ".tealignore": ignore,
            "teal.yml": """
            project: shop
            secretsFile: prod.env
            services:
              web:
                artifact: .
                command: ./web
                port: 8080
                host: shop.example.com
                envFile: config/web.env
                secrets: [A]
            """,
        ]
        files.merge(more) { $1 }
        for (name, text) in files {
            let file = URL(filePath: directory + "/" + name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory + "/web")
        for name in ["prod.env", ".teal/secrets.env"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: directory + "/" + name)
        }
    }

    private func packed(_ directory: String) async throws -> (paths: [String], bytes: [UInt8]) {
        let project = try ProjectFile(path: directory + "/teal.yml", environment: nil)
        var paths: [String] = []
        let (_, archives) = try project.order(words: [], gitCommit: nil) { source in
            paths = try DirectoryWalk(root: source.path, rules: source.rules).find().entries.map(\.path)
            return try ArtifactArchive(path: source)
        }
        var bytes: [UInt8] = []
        for try await piece in try #require(archives.first).pieces() { bytes += piece }
        return (paths, bytes)
    }

    @Test func `even when it is the project's own directory`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory)
            let (paths, bytes) = try await packed(directory)
            #expect(paths == ["config", "log", "log/a.log", "sub", "teal.yml", "web"])
            #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.secret))
        }
    }

    @Test func `and .tealignore brings back only what is meant for the service`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory, ignore: "*.log\nlog/\n!.env\n!web.env\n!prod.env\n!.teal\n!.git\nteal.yml\n")
            let (paths, _) = try await packed(directory)
            #expect(paths == [".env", "config", "config/web.env", "sub", "sub/.env", "web"])
        }
    }

    @Test func `a file of secrets is known under every name`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory)
            #expect(link(directory + "/prod.env", directory + "/harmless.txt") == 0)
            let (paths, _) = try await packed(directory)
            #expect(!paths.contains("harmless.txt"))
        }
    }

    @Test func `patterns beside teal.yml count for an artifact below it`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory, ignore: "build/*.map\n/app.js\n", more: ["build/app.js": "1", "build/app.js.map": "2"])
            let rules = try IgnoreRules(artifact: directory + "/build", project: directory)
            let walk = try DirectoryWalk(root: directory + "/build", rules: rules).find()
            #expect(walk.entries.map(\.path) == ["app.js"])
        }
    }

    @Test func `validate says what was left out, and what looks secret and was not`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory, more: ["server.key": "k", ".env.production": "A=1", ".env.example": "A="])
            let run = await CommandRun.run(["validate", "--file", directory + "/teal.yml"])
            #expect(run.code == 0, "\(run.errors)")
            #expect(
                run.output.contains(
                    "  assumed: web: .env, .teal/, config/web.env, prod.env and sub/.env are left out of the artifact, as they may hold secrets\n"
                )
            )
            #expect(
                run.output.contains(
                    "  warning: web: .env.production and server.key look secret and are part of the artifact; if not meant so, name them in `.tealignore`\n"
                )
            )
        }
    }

    @Test func `validate says what a deploy would be refused for`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory)
            #expect(mkfifo(directory + "/pipe", 0o600) == 0)
            let run = await CommandRun.run(["validate", "--file", directory + "/teal.yml"])
            #expect(
                run.output.contains(
                    "  warning: web: a deploy would be refused: the artifact cannot be read: it is a pipe: \(directory)/pipe\n"
                )
            )
        }
    }

    @Test func `a .tealignore that cannot be read is no empty one`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory)
            try Data([0x61, 0xFF]).write(to: URL(filePath: directory + "/.tealignore"))
            await #expect {
                _ = try await packed(directory)
            } throws: { error in
                (error as? Problem)?.summary.hasSuffix("it is not UTF-8 text") == true
            }
        }
    }

    @Test func `the page says the limits that are kept`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/teal.yml.md"), encoding: .utf8)
        #expect(page.contains("at most \(DirectoryWalk.entriesMax) files and directories, 4 GiB, and"))
        #expect(page.contains("paths of \(DirectoryWalk.pathBytesMax) bytes"))
        #expect(APILimits.artifactBytesMax == 4 << 30)
    }
}
