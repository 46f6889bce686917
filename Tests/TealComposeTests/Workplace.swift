import Foundation
import TealCore
import Testing

@testable import TealCompose

/// A folder of its own with files, removed when the last one lets go of it.
final class Workplace {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "teal-compose-\(UUID().uuidString.lowercased())/shop")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
        for (name, text) in files { try write(text, to: name) }
    }

    deinit {
        // A folder that cannot be removed is left to the system.
        try? FileManager.default.removeItem(atPath: path.replacing("/shop", with: ""))
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func settings(_ files: [String] = ["compose.yml"], environment: [String: String] = [:]) -> ComposeSettings {
        ComposeSettings(files: files, environment: environment, workingDirectory: path)
    }
}

/// One reading of Compose texts.
enum Reading {
    /// The project of one file.
    static func project(_ text: String, environment: [String: String] = [:]) throws -> ComposeProject {
        let place = try Workplace(["compose.yml": text])
        return try ComposeFiles(place.settings(environment: environment)).read().project
    }

    /// The texts of the problems of one file, without the folder that it was in.
    static func problems(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        let place = try Workplace(["compose.yml": text])
        return problems(place.settings(environment: environment), in: place)
    }

    static func problems(_ settings: ComposeSettings, in place: Workplace) -> [String] {
        do {
            _ = try ComposeFiles(settings).read()
            return []
        } catch {
            return error.findings.map { $0.problem.description.replacing(place.path + "/", with: "") }
        }
    }
}
