import Foundation
import TealFakeDaemon
import Testing

/// The stack of `examples/mas` by its files alone; that it runs is shown by `Tests/TealEndToEndTests/MASTests.swift`.
@Suite struct `The example of a backend with PostgreSQL and Redis` {
    private static var folder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/examples/mas"
    }

    /// Runs a command in a copy of the example whose `.env` is filled in; `{}` in the arguments stands for its directory.
    private func run(_ words: [String], _ values: [String: String] = [:], mode: Int = 0o600) async throws -> CommandRun
    {
        try await FakeHost.withDirectory { directory in
            let copy = directory + "/mas"
            try FileManager.default.copyItem(atPath: Self.folder, toPath: copy)
            let lines = try String(contentsOfFile: copy + "/.env.example", encoding: .utf8).split(separator: "\n")
            let filled = lines.map { line -> String in
                let name = String(line.prefix { $0 != "=" })
                if let value = values[name] { return "\(name)=\(value)" }
                return line.hasSuffix("=") ? "\(line)\(name.lowercased())-1234" : String(line)
            }
            for (name, text) in [
                (".env", filled.joined(separator: "\n") + "\n"), ("secrets.env", "GHCR_PULL_TOKEN=t-123\n"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: "\(copy)/\(name)"))
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(copy)/\(name)")
            }
            let run = await CommandRun.run(words.map { $0.replacing("{}", with: copy) })
            return CommandRun(
                code: run.code,
                output: run.output.replacing(copy + "/", with: ""),
                errors: run.errors.replacing(copy + "/", with: "")
            )
        }
    }

    @Test func `is fine in both environments, and says where it would be missed`() async throws {
        let production = try await run(["validate", "--file", "{}/teal.yml"])
        #expect(production.code == 0, "\(production.errors)")
        #expect(production.output.hasPrefix("teal.yml is fine: mas (production), 3 services\n"))
        #expect(!production.output.contains("nobody answers"))
        let warnings = production.output.split(separator: "\n").filter { $0.contains("warning: ") }
        #expect(warnings.isEmpty, "\(warnings)")
        #expect(production.output.contains("app: port 8000 of the host, which the proxy takes over, is open at 127.0"))
        let development = try await run(["validate", "--file", "{}/teal.yml", "--environment", "development"])
        #expect(development.code == 0)
        let gap =
            "app is recreated: between the end of the old release, which takes up to 30 s, and the first answer of the"
        #expect(development.output.contains(gap), "\(development.output)")
    }

    @Test(arguments: ["GHCR_REPOSITORY", "IMAGE_TAG", "DB_PASSWORD", "MR_HIRE_BACKEND_URL"])
    func `says which variable it lacks`(name: String) async throws {
        let run = try await run(["validate", "--file", "{}/teal.yml"], [name: ""])
        #expect(run.code == 1)
        #expect(run.errors.contains("the variable \(name) is needed and has no value: "), "\(run.errors)")
        #expect(run.errors.contains("docker-compose.prod.yml:"))
    }

    @Test func `says that others may read its passwords`() async throws {
        let run = try await run(["validate", "--file", "{}/teal.yml"], mode: 0o644)
        for name in [".env has values of secrets and", "secrets.env"] {
            #expect(run.output.contains("\(name) can be read by others on this machine (mode 644)"), "\(run.output)")
        }
        #expect(!run.output.contains("-1234"))
    }

    @Test func `is read as Compose reads it, and nothing of it is left out`() async throws {
        let config = try await run(["compose", "config", "-f", "{}/docker-compose.prod.yml"])
        #expect(config.code == 0, "\(config.errors)")
        // Three services, and the part of the file that they share.
        #expect(config.output.ranges(of: "\"max-size\": \"10m\"").count == 4)
        let report = try await run(["compose", "report", "--project-file", "{}/teal.yml"])
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.contains("honoured (") && !report.output.contains("refused ("))
    }

    @Test func `has the site that is generated for it`() async throws {
        let words = ["generate", "nginx", "app", "--rate", "0", "--proxy-pass", "127.0.0.1:8080"]
        let run = try await run(words + ["--file", "{}/teal.yml"])
        #expect(run.code == 0, "\(run.errors)")
        let path = Self.folder + "/nginx/api.example.com"
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" {
            try Data(run.output.utf8).write(to: URL(filePath: path))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == run.output)
    }

    @Test func `has a file of PM2 whose port is told to be another one`() async throws {
        let run = try await run(["import", "pm2", "{}/ecosystem.config.js", "--no-node", "-o", "{}/teal-pm2.yml"])
        #expect(run.code == 0, "\(run.errors)")
        let text = "its ports contradict each other: 3000 (PORT in env), 8000 (PORT in docker-compose.prod.yml)"
        #expect((run.output + run.errors).contains(text), "\(run.output)\(run.errors)")
    }
}
