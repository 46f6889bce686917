import Foundation
import TealAPI
import TealCommands
import TealCore
import TealFakeDaemon
import Testing

@Suite struct `A deploy of sources has them built first` {
    private static let file = """
        project: shop
        environments: {production: {branch: main}}
        services:
          web:
            source: {repository: /srv/git/shop.git, build: [npm ci], secrets: [NPM_TOKEN]}
            command: node web.js
            port: 8080
            host: shop.example.com
          other:
            kind: worker
            source: {repository: /srv/git/shop.git, build: [npm ci], directory: other}
            command: node other.js
        """

    private func run(
        _ daemon: FakeDaemon,
        _ arguments: String...,
        plan: String? = nil,
        command: String = "deploy"
    ) async throws -> CommandRun {
        daemon.configure { $0.ended = Samples.rollout(.released) }
        return try await FakeHost.withDirectory { directory in
            let (file, shown) = (directory + "/teal.yml", directory + "/plan.json")
            try FileManager.default.createDirectory(atPath: directory + "/.teal", withIntermediateDirectories: true)
            try Data(Self.file.utf8).write(to: URL(filePath: file))
            try Data("NPM_TOKEN=hunter22\n".utf8).write(to: URL(filePath: directory + "/.teal/secrets.env"))
            var words = [command, "--file", file] + arguments
            if let plan {
                try Data(plan.utf8).write(to: URL(filePath: shown))
                words += ["--plan", shown]
            }
            return try await CommandRun.run(words, with: daemon)
        }
    }

    private func order(_ daemon: FakeDaemon) throws -> DeployOrder {
        guard case .deploy(let order) = try #require(daemon.requests.first).order else { throw CancellationError() }
        return order
    }

    @Test func `shows what happens, and looks a ref up once`() async throws {
        let daemon = FakeDaemon()
        let run = try await run(daemon)
        #expect(run.code == 0, "\(run.errors)")
        #expect(
            daemon.calls.filter { $0.hasPrefix("build") || $0.hasPrefix("beginRollout") } == [
                "build web main", "build other \(Samples.commit)", "beginRollout deploy",
            ]
        )
        for line in [
            "build web commit \(Samples.commit) of main", "build web 1/1 npm ci", "  web | added 12 packages",
            "artifact 5e5e5e5e5e5e of web, 3.0 MiB: built in 4.0 s",
            "artifact 5e5e5e5e5e5e of other, 3.0 MiB: built before, nothing had to be done",
        ] { #expect(run.errors.contains(line + "\n"), "\(line): \(run.errors)") }
        #expect(!(run.output + run.errors).contains("hunter22"))
        let services = try order(daemon).services
        #expect(services.map(\.artifactSHA256) == [String](repeating: String(repeating: "5e", count: 32), count: 2))
        #expect(services.map(\.commit?.description) == [Samples.commit, Samples.commit])
        // Each build gets its own secrets only.
        #expect(daemon.builds.map(\.secrets) == [["NPM_TOKEN": SecretText(Secret("hunter22"))], [:]])
        #expect(daemon.builds.map(\.again) == [nil, nil])
    }

    @Test func `builds anew when that is asked for`() async throws {
        let daemon = FakeDaemon()
        _ = try await run(daemon, "--rebuild", "web")
        #expect(daemon.builds.map(\.again) == [true])
    }

    @Test func `begins nothing when a build fails, and says why`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { state in
            state.buildProblem = Problem(
                "source.build-failed",
                "nothing has been changed: `npm ci` ended with 1",
                at: ["no such module"],
                next: ["Mend the build, push, and deploy again"]
            )
        }
        let run = try await run(daemon)
        #expect(run.code != 0)
        #expect(run.errors.contains("error: nothing has been changed: `npm ci` ended with 1 [source.build-failed]"))
        #expect(run.errors.contains("no such module"))
        #expect(daemon.calls.filter { $0.hasPrefix("build") } == ["build web main"])
        #expect(daemon.requests.isEmpty)
    }

    @Test func `a dry run asks for no build`() async throws {
        let daemon = FakeDaemon()
        let run = try await run(daemon, "--dry-run")
        #expect(run.code == 0, "\(run.errors)")
        #expect(daemon.builds.isEmpty)
    }

    @Test func `writes JSON a value a line`() async throws {
        let run = try await run(FakeDaemon(), "web", "--output", "json")
        let keys = try run.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]).keys.sorted()
        }
        #expect(keys.prefix(4) == [["build"], ["build"], ["build"], ["built"]])
    }

    @Test func `releases the commits that a plan showed, and refuses the plan of others`() async throws {
        let plan = try await run(FakeDaemon(), "web", "--output", "json", command: "plan").output
        #expect(plan.contains(#""source":{"built":false,"commit":"\#(Samples.commit)""#), "\(plan)")
        let other = try await run(FakeDaemon(), "web", plan: plan)
        #expect(other.errors.contains("not main of /srv/git/shop.git [cli.plan]"), "\(other.errors)")
        let daemon = FakeDaemon()
        let own = plan.replacing("git@git.example.com:acme/shop.git", with: "/srv/git/shop.git")
        let bound = try await run(daemon, "web", plan: own)
        #expect(bound.code == 0, "\(bound.errors)")
        #expect(daemon.calls.contains("build web \(Samples.commit)"))
    }
}

@Suite struct `A port that is stale` {
    @Test func `is told by validate, by what stands beside the program`() async throws {
        try await FakeHost.withDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/app", withIntermediateDirectories: true)
            try Data("FROM scratch\nEXPOSE 8000\n".utf8).write(to: URL(filePath: directory + "/app/Dockerfile"))
            let file = directory + "/teal.yml"
            func validate(_ port: Int) async throws -> CommandRun {
                let text =
                    "project: shop\nservices:\n  web: {artifact: app, command: ./web, port: \(port), host: a.example.com}\n"
                try Data(text.utf8).write(to: URL(filePath: file))
                return await CommandRun.run(["validate", "--file", file])
            }
            let stale = try await validate(3000)
            #expect(stale.code == 0)
            #expect(
                stale.output.contains(
                    "web: its port is 3000, and beside its program stands 8000 (EXPOSE in Dockerfile); as a process each replica"
                ),
                "\(stale.output)"
            )
            #expect(try await !validate(8000).output.contains("its port is"))
        }
    }
}
