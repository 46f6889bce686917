import Foundation
import TealConfig
import TealCore

/// A directory with a small project in it, removed at the end of its life.
final class Workplace {
    let path: String

    /// Makes the directory with `build/web`, an artifact whose program is `web`, and the given files.
    init(files: [String: String] = [:]) throws {
        let base =
            NSTemporaryDirectory()
            + "teal-config-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        path = base + "/shop-project"
        try FileManager.default.createDirectory(atPath: path + "/build", withIntermediateDirectories: true)
        try write("build/web", "#!/bin/sh\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path + "/build/web")
        for (name, text) in files { try write(name, text) }
    }

    deinit {
        // What is left in the system's directory for temporary files does no harm.
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
    }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func read(
        _ text: String,
        environment: String? = nil,
        variables: [String: String] = [:]
    ) throws -> ProjectSpec {
        try ConfigurationFile.read(
            text,
            directory: path,
            environment: environment.map { try EnvironmentName(parsing: $0) },
            variables: variables
        )
    }

    /// What is wrong with the text; empty when nothing is.
    func findings(
        _ text: String,
        environment: String? = nil,
        variables: [String: String] = [:]
    ) throws -> [ConfigurationProblem] {
        do {
            _ = try read(text, environment: environment, variables: variables)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.findings
        }
    }

    /// The project with one service, whose keys are given as they would stand below its name.
    func service(_ keys: String, named name: String = "web") throws -> ServiceSpec {
        let project = try read(Self.text(keys, named: name))
        guard let service = project.services.first else { throw MissingService() }
        return service
    }

    static func text(_ keys: String, named name: String = "web") -> String {
        let lines = keys.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        return "project: shop\nservices:\n  \(name):\n" + lines.joined(separator: "\n") + "\n"
    }

    struct MissingService: Error {}

    /// The root of the checkout.
    static var checkout: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }

    /// Whether files that are generated from the sources shall be written anew instead of compared.
    static var updatesDocuments: Bool { ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" }
}

/// The keys that are enough for a service.
let enough = "image: shop:1\nport: 8080\nhost: shop.example.com"
