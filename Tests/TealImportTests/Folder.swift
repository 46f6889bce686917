import Foundation
import TealConfig
import TealCore
import TealImport
import Testing

/// A directory with foreign files in it, removed at the end of its life.
final class Folder {
    let path: String
    private let base: String

    init(_ files: [String: String] = [:]) throws {
        base =
            NSTemporaryDirectory()
            + "teal-import-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        path = base + "/shop"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(name, text) }
    }

    deinit {
        // What is left in the system's directory for temporary files does no harm.
        try? FileManager.default.removeItem(atPath: base)
    }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Options without node, on a machine with two cores.
    var options: ForeignImport.Options { .init(target: path, cores: 2, runsNode: false) }

    /// What an ecosystem file becomes, read as data.
    func pm2(_ text: String, name: String = "ecosystem.config.js") throws -> ForeignImport {
        try write(name, text)
        return try ForeignImport.pm2("\(path)/\(name)", options)
    }

    /// What an app becomes whose keys are given as they stand between its braces.
    func app(_ keys: String) throws -> ForeignImport { try pm2("module.exports = {apps: [{\(keys)}]}") }

    func kamal(_ text: String) throws -> ForeignImport {
        try write("config/deploy.yml", text)
        return try ForeignImport.kamal("\(path)/config/deploy.yml", options)
    }

    func procfile(_ text: String, app: String? = nil) throws -> ForeignImport {
        try write("Procfile", text)
        if let app { try write("app.json", app) }
        return try ForeignImport.procfile("\(path)/Procfile", options)
    }

    /// The project that Teal reads in what was made.
    @discardableResult
    func accepted(_ made: ForeignImport, environment: String? = nil) throws -> ProjectSpec {
        do {
            return try ConfigurationFile.read(
                made.text,
                directory: path,
                environment: try environment.map { try EnvironmentName(parsing: $0) }
            )
        } catch {
            Issue.record("\(error)\n\(made.text)")
            throw error
        }
    }

    /// The root of the checkout.
    static var checkout: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }
}

extension ForeignImport {
    func entry(_ key: String) -> ImportEntry? { report.entries.first { $0.key == key } }
}

extension ProjectSpec {
    func named(_ name: String) throws -> ServiceSpec {
        try #require(services.first { $0.name.description == name })
    }
}
