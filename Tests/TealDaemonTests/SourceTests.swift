import Foundation
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess
import TealTestSupport
import Testing

@testable import TealDaemon

@Suite struct `A deploy of sources` {
    private static let hash = "0123456789abcdef0123456789abcdef01234567"

    private func source(_ change: (inout GitSource) -> Void = { _ in }) throws -> GitSource {
        var source = GitSource(
            repository: try GitRepository(parsing: "git@git.example.com:acme/shop.git"),
            ref: try GitRef(parsing: "main")
        )
        source.commands = [["npm", "ci"]]
        change(&source)
        return source
    }

    private func spec(_ source: GitSource) throws -> ServiceSpec {
        var spec = ServiceSpec(name: try ServiceName(parsing: "web"), kind: .web, source: .git(source))
        spec.command = ["node", "index.js"]
        spec.port = 8080
        return spec
    }

    private func request(
        _ bench: Controls,
        _ source: GitSource,
        artifact: String? = nil,
        commit: GitCommit? = nil
    ) throws -> RolloutRequest {
        let order = DeployOrder(
            project: try bench.samples.key.project,
            environment: try EnvironmentName(parsing: "production"),
            named: [],
            services: [
                DeployService(spec: try spec(source), artifactSHA256: artifact, commit: commit, assumed: [])
            ],
            secrets: [:],
            gitCommit: "of the checkout",
            hostImages: nil
        )
        return RolloutRequest(.deploy(order), options: RolloutOptions(author: "anna"))
    }

    private func build(_ bench: Controls, _ source: GitSource, secrets: [String: String] = [:]) throws -> BuildRequest {
        BuildRequest(
            project: try bench.samples.key.project,
            environment: try EnvironmentName(parsing: "production"),
            service: try ServiceName(parsing: "web"),
            source: source,
            secrets: secrets.mapValues { SecretText(Secret($0)) }
        )
    }

    /// An artifact in the store of a bench.
    private func artifact(_ bench: Controls, _ fixture: Fixture) throws -> String {
        let directory = try fixture.directory() + "/built"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("page\n".utf8).write(to: URL(filePath: directory + "/page"))
        return try bench.control.artifacts.importDirectory(directory)
    }

    @Test func `is planned by the commit that its ref stands for, whether or not it was built`() async throws {
        try await Fixture.with("sources") { fixture in
            let bench = try await Controls(fixture)
            let commit = try GitCommit(parsing: Self.hash)
            bench.sources.change { $0.refs["main"] = commit }
            let plan = try await bench.control.plan(request(bench, try source()))
            let service = try #require(plan.services.first)
            #expect(service.content == "commit 0123456789ab of main, which the deploy builds first")
            #expect(
                service.source
                    == PlannedSource(
                        repository: "git@git.example.com:acme/shop.git",
                        ref: "main",
                        commit: Self.hash,
                        built: false
                    )
            )
            #expect(service.contentChanged)
            #expect(plan.problems == [])
            let artifact = try artifact(bench, fixture)
            bench.sources.change { $0.artifacts[commit] = artifact }
            let built = try await bench.control.plan(request(bench, try source())).services.first
            #expect(built?.content == "commit 0123456789ab of main")
            #expect(built?.source?.built == true)
        }
    }

    @Test func `is refused in a plan for a ref that is not there, with what to do`() async throws {
        try await Fixture.with("sources") { fixture in
            let bench = try await Controls(fixture)
            let problem = await #expect(throws: Problem.self) {
                try await bench.control.plan(request(bench, try source()))
            }
            #expect(problem?.code == "source.no-such-ref")
            #expect(problem?.summary == "nothing has been changed: the repository has no branch and no tag main")
            #expect(problem?.at == ["web from git@git.example.com:acme/shop.git, main"])
        }
    }

    @Test func `begins only with what was built of its commit, which is recorded`() async throws {
        try await Fixture.with("sources") { fixture in
            let bench = try await Controls(fixture)
            let commit = try GitCommit(parsing: Self.hash)
            let artifact = try artifact(bench, fixture)
            func refusal(_ artifact: String?, _ commit: GitCommit?) async throws -> String? {
                await #expect(throws: Problem.self) {
                    _ = try await bench.control.prepare(
                        request(bench, try source(), artifact: artifact, commit: commit)
                    )
                }?.code
            }
            #expect(try await refusal(nil, nil) == "deploy.not-built")
            #expect(try await refusal(artifact, commit) == "deploy.not-built", "nothing was built of it here")
            bench.sources.change { $0.artifacts[commit] = String(repeating: "0", count: 64) }
            #expect(try await refusal(artifact, commit) == "deploy.not-built", "something else was")
            bench.sources.change { $0.artifacts[commit] = artifact }
            let prepared = try await bench.control.prepare(
                request(bench, try source(), artifact: artifact, commit: commit)
            )
            let made = prepared.plan(await bench.control.book.state).made
            #expect(made.map(\.release.gitCommit) == [Self.hash])
            #expect(made.map(\.release.content) == [.artifact(sha256: artifact)])
        }
    }

    @Test func `has its build told with secrets masked, and the artifact claimed`() async throws {
        try await Fixture.with("sources") { fixture in
            let bench = try await Controls(fixture)
            let commit = try GitCommit(parsing: Self.hash)
            let artifact = try artifact(bench, fixture)
            bench.sources.change { state in
                state.refs["main"] = commit
                state.artifacts[commit] = artifact
            }
            let source = try source { $0.secrets = ["TOKEN"] }
            let missing = await #expect(throws: Problem.self) {
                for try await _ in try await bench.control.build(build(bench, source)) {}
            }
            #expect(missing?.code == "deploy.secrets-missing")
            var lines: [BuildStreamLine] = []
            let request = try build(bench, source, secrets: ["TOKEN": "hunter22"])
            for try await line in try await bench.control.build(request) { lines.append(line) }
            #expect(lines.first?.event?.text == "commit \(Self.hash) of main in git@git.example.com:acme/shop.git")
            #expect(lines.contains { $0.event?.text == "token <redacted>" })
            #expect(lines.last?.result?.artifactSHA256 == artifact)
            #expect(lines.last?.result?.commit == Self.hash)
            #expect(!"\(lines)".contains("hunter22"))
            // Values have marks that differ and say nothing.
            let mark = try #require(bench.sources.orders.last?.secretsMark)
            #expect(mark.utf8.count == 64 && !mark.contains("hunter22"))
            let other = try build(bench, source, secrets: ["TOKEN": "hunter23"])
            for try await _ in try await bench.control.build(other) {}
            #expect(bench.sources.orders.last?.secretsMark != mark)
            for try await _ in try await bench.control.build(request) {}
            #expect(bench.sources.orders.last?.secretsMark == mark)
            #expect(bench.control.artifacts.claim(artifact))
        }
    }

    @Test func `is told why its build failed, with its last lines`() async throws {
        try await Fixture.with("sources") { fixture in
            let bench = try await Controls(fixture)
            bench.sources.change { state in
                state.refs["main"] = try? GitCommit(parsing: Self.hash)
                state.failure = .commandFailed("npm ci", code: 1, tail: ["no such module"])
            }
            let problem = await #expect(throws: Problem.self) {
                for try await _ in try await bench.control.build(build(bench, try source())) {}
            }
            #expect(
                problem?.description == """
                    error: nothing has been changed: `npm ci` ended with 1 [source.build-failed]
                      at:   web from git@git.example.com:acme/shop.git, main
                            no such module
                      next: Mend the build, push, and deploy again
                    """
            )
        }
    }

    @Test func `has words for everything that can go wrong, without a full stop and with what to do`() throws {
        let ref = try GitRef(parsing: "main")
        let commit = try GitCommit(parsing: Self.hash)
        let errors: [SourceError] = [
            .noGit, .noSuchRef(ref), .ambiguousRef(ref), .noSuchCommit(commit), .denied(reason: "x"),
            .unknownHost(reason: "x"), .unreachable(reason: "x"),
            .timedOut(step: "npm ci", limit: .seconds(900), tail: []), .commandFailed("npm ci", code: 1, tail: []),
            .notLaunched("npm ci", reason: "x"), .noDirectory("x"), .noOutput("x"), .outside("x"),
            .artifactTooLarge(bytesMax: 1 << 20), .diskUsed(bytesMax: 1 << 20), .diskFull(path: "/x"), .unfit("x"),
            .failed("x"), .cancelled,
        ]
        for error in errors {
            let problem = SourceWords.problem(error, try source(), of: try ServiceName(parsing: "web"))
            #expect(problem.summary.hasPrefix("nothing has been changed: "), "\(error)")
            #expect(problem.next.count == 1 && !problem.summary.hasSuffix("."), "\(error)")
            #expect(problem.code.hasPrefix("source."), "\(error)")
        }
        let timeout = SourceWords.problem(errors[7], try source(), of: try ServiceName(parsing: "web"))
        #expect(timeout.summary == "nothing has been changed: `npm ci` was not done when the build's 15 min were over")
    }
}
