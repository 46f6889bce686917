import Foundation
import TealCore
import TealLab
import Testing

/// The stack of `examples/mas` in a directory of the lab, with shorter times and its variables filled in.
struct MASStack {
    /// The replicas that never change.
    static let stores: Set<String> = ["postgres-blue-0", "redis-blue-0"]
    /// The host name that users ask for.
    static let host = "api.example.com"
    private static let repository = "mas-backend"

    let directory: String
    private let lab: Lab
    private let registry: LabRegistry
    private let postgres: HostImage

    /// What other scripts read.
    var currentEnvFile: String { directory + "/.current_env" }

    /// - Parameters:
    ///   - lab: Where it is released.
    ///   - registry: Where builds are pushed to and pulled from.
    ///   - changes: Further replacements in `teal.yml`.
    /// - Throws: ``LabFailure`` when a program is not installed.
    init(_ lab: Lab, _ registry: LabRegistry, _ changes: [(String, String)] = []) async throws {
        self.lab = lab
        self.registry = registry
        directory = lab.root + "/mas"
        let example = FileManager.default.currentDirectoryPath + "/examples/mas"
        try FileManager.default.copyItem(atPath: example, toPath: directory)
        let times = [
            ("limit: 5m", "limit: 3s"), ("upgraded: 1m", "upgraded: 3s"), ("deadline: 80s", "deadline: 20s"),
            ("watch: {window: 30s}", "watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}"),
        ]
        var text = try String(contentsOfFile: directory + "/teal.yml", encoding: .utf8)
        for (old, new) in times + changes {
            try #require(text.contains(old), "examples/mas/teal.yml has no `\(old)`")
            text = text.replacing(old, with: new)
        }
        try Data(text.utf8).write(to: URL(filePath: directory + "/teal.yml"))
        postgres = try HostImage.postgres()
        guard let socket = lab.runtime.socket else { throw LabFailure("there is no engine") }
        try await postgres.build(on: socket)
        try await HostImage.redis.build(on: socket)
    }

    /// Builds and pushes, and writes the variables of that build, as CI does before a deploy.
    func push(_ version: String, _ settings: [String] = []) throws {
        try registry.push(version, as: Self.repository, settings)
        var lines: [String] = []
        for line in try String(contentsOfFile: directory + "/.env.example", encoding: .utf8).split(separator: "\n") {
            let name = String(line.prefix { $0 != "=" })
            switch name {
            case "GHCR_REPOSITORY": lines.append("\(name)=\(registry.host)/\(Self.repository)")
            case "IMAGE_TAG": lines.append("\(name)=\(version)")
            case _ where line.hasSuffix("="): lines.append("\(name)=\(name.lowercased())-of-the-lab")
            default: lines.append(String(line))
            }
        }
        lines.append("CURRENT_ENV_FILE=\(currentEnvFile)")
        try write(".env", lines.joined(separator: "\n") + "\n")
        try write("secrets.env", "GHCR_PULL_TOKEN=token-of-the-lab\n")
    }

    /// Readable by nobody else.
    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
        guard chmod("\(directory)/\(name)", 0o600) == 0 else { throw LabFailure("\(name) cannot be made private") }
    }

    /// All services, with this host's programs in the place of the official images.
    var all: [String] { ["app", "postgres=\(postgres.name)", "redis=\(HostImage.redis.name)"] }

    /// Runs a command of `teal` that needs no daemon and gives what it wrote.
    func teal(_ words: String..., then rest: [String] = []) async throws -> String {
        try await teal(words + rest + ["--file", directory + "/teal.yml"])
    }

    /// What `teal compose` says of the stack.
    func compose(_ words: String...) async throws -> String { try await teal(["compose"] + words) }

    /// The same of commands that ask the daemon.
    func ask(_ words: String..., then rest: [String] = []) async throws -> String {
        try await teal(words + ["--file", directory + "/teal.yml", "--home", lab.home] + rest)
    }

    private func teal(_ words: [String]) async throws -> String {
        try await Child.output(of: [lab.programs.teal] + words, within: .seconds(150))
    }

    /// Deploys all services and gives the rollout's id once users are on the new release, or it has ended before.
    func deploy(_ words: String...) async throws -> String {
        try await rollout(["deploy", "--environment", "production", "--until", "switched"] + words + all)
    }

    /// Takes users back to the release before, and gives the rollout's id.
    func rollback() async throws -> String { try await rollout(["rollback", "app"]) }

    private func rollout(_ words: [String]) async throws -> String {
        let place = ["--file", directory + "/teal.yml", "--home", lab.home, "--output", "json"]
        let out = "\(lab.root)/rollout-\(UInt32.random(in: 0 ... .max))"
        let child = try Child([lab.programs.teal] + words + place, output: out)
        // What became of it is asked of the daemon; the command ends with 1 when a release is kept out.
        try await child.wait(within: .seconds(150))
        let text = try String(contentsOfFile: out, encoding: .utf8)
        let views = text.split(separator: "\n").compactMap { line in
            // Other lines are events and problems.
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["rollout"] as? [String: Any]
        }
        guard let id = views.last?["id"] as? String else { throw LabFailure("no rollout: \(text)") }
        return id
    }

    /// Asks PostgreSQL by its own client beside it, over the network and with the password.
    func sql(_ text: String) async throws -> String {
        let words = ["exec", "postgres", "--file", directory + "/teal.yml", "--home", lab.home, "--"]
        let client = "PGPASSWORD=$POSTGRES_PASSWORD psql -h postgres -U mas -d mas -v ON_ERROR_STOP=1 -tAc \"\(text)\""
        return try await teal(words + ["sh", "-c", client]).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
