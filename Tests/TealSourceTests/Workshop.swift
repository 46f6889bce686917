import Foundation
import Synchronization
import TealCore
import TealDriverKit
import TealProcess

@testable import TealSource

/// A bare repository, somebody's clone of it, and a builder with a store of its own; removed at the end of its life.
final class Workshop: Sendable {
    let root: String
    let builder: GitSourceBuilder
    let artifacts: ArtifactStore

    var bare: String { root + "/shop.git" }
    var clone: String { root + "/clone" }
    var home: String { root + "/home" }

    init(environment: [String: String] = [:]) throws {
        root = "\(NSTemporaryDirectory())/teal-source-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
        // As it is found by whoever resolves links.
        (builder, artifacts) = try Self.open(root, environment)
        try git(["init", "--quiet", "--bare", "--initial-branch=main", bare], in: root)
        try git(["init", "--quiet", "--initial-branch=main", clone], in: root)
        try git(["remote", "add", "origin", bare], in: clone)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)  // only rubbish is left otherwise
    }

    static func open(
        _ root: String,
        _ environment: [String: String] = [:]
    ) throws -> (GitSourceBuilder, ArtifactStore) {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let shim = URL(filePath: own).deletingLastPathComponent().path + "/teal-shim"
        let artifacts = ArtifactStore(home: root + "/store")
        let builder = try GitSourceBuilder(
            home: root + "/home",
            shimProgram: shim,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            hasArtifact: { artifacts.contains($0) },
            keep: { directory throws(SourceError) in
                do throws(RuntimeError) {
                    let hash = try artifacts.importDirectory(directory)
                    try artifacts.check(hash)
                    return hash
                } catch {
                    throw .unfit("\(error)")
                }
            }
        )
        return (builder, artifacts)
    }

    // MARK: The repository

    @discardableResult
    func git(
        _ arguments: [String],
        in directory: String,
        input: String? = nil,
        environment: [String: String] = [:]
    )
        throws -> String
    {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/git")
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": root, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
        ].merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let asked = Pipe()
        process.standardInput = asked
        try process.run()
        if let input { asked.fileHandleForWriting.write(Data(input.utf8)) }
        try asked.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(text: "git \(arguments) ended with \(process.terminationStatus)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    struct Failure: Error {
        let text: String
    }

    /// Commits files and pushes them.
    @discardableResult
    func push(_ files: [String: String], to branch: String = "main") throws -> GitCommit {
        for (name, text) in files {
            let file = URL(filePath: "\(clone)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        try git(["add", "--all"], in: clone)
        try git(["commit", "--quiet", "--allow-empty", "--message", "change"], in: clone)
        try git(["push", "--quiet", "origin", "HEAD:refs/heads/\(branch)"], in: clone)
        return try GitCommit(parsing: try git(["rev-parse", "HEAD"], in: clone))
    }

    // MARK: Builds

    func source(_ ref: String = "main", _ change: (inout GitSource) -> Void = { _ in }) throws -> GitSource {
        var source = GitSource(repository: try GitRepository(parsing: bare), ref: try GitRef(parsing: ref))
        source.timeout = .seconds(60)
        change(&source)
        return source
    }

    func order(
        _ source: GitSource,
        _ commit: GitCommit,
        service: String = "web",
        secrets: [String: String] = [:]
    ) throws -> BuildOrder {
        BuildOrder(
            service: ServiceKey(
                project: try ProjectName(parsing: "shop"),
                service: try ServiceName(parsing: service)
            ),
            environment: try EnvironmentName(parsing: "production"),
            source: source,
            commit: commit,
            secrets: secrets.mapValues { Secret($0) },
            secretsMark: secrets.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(),
            access: nil,
            mask: { text in secrets.values.reduce(text) { $0.replacing($1, with: "<redacted>") } }
        )
    }

    /// Builds, and says what was told meanwhile.
    func build(_ order: BuildOrder, again: Bool = false) async throws -> (built: BuiltSource, notes: [BuildNote]) {
        let notes = Notes()
        let built = try await builder.build(order, again: again) { notes.add($0) }
        return (built, notes.all)
    }

    /// Builds what cannot be built.
    func failure(_ order: BuildOrder) async throws -> (error: SourceError, notes: [BuildNote]) {
        let notes = Notes()
        do throws(SourceError) {
            _ = try await builder.build(order, again: false) { notes.add($0) }
        } catch {
            return (error, notes.all)
        }
        throw Failure(text: "it was built")
    }

    final class Notes: Sendable {
        private let notes = Mutex<[BuildNote]>([])
        func add(_ note: BuildNote) { notes.withLock { $0.append(note) } }
        var all: [BuildNote] { notes.withLock { $0 } }
        var output: [String] {
            all.compactMap { note in
                if case .output(let line) = note { line } else { nil }
            }
        }
    }

    /// The text of a file of an artifact; nil when it has none of that name.
    func text(_ name: String, in artifact: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/tar")
        process.arguments = ["-xOf", "\(root)/store/artifacts/\(artifact)/artifact", "./\(name)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }

    /// What is left of builds that have ended.
    var leftovers: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: home + "/work") }
    }

    var records: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: home + "/records").count }
    }
}
