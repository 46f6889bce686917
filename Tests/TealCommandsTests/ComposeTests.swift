import Foundation
import TealAPI
import TealCommands
import TealCore
import TealFakeDaemon
import Testing

@Suite struct `Compose files on the command line` {
    private static let compose = """
        name: shop
        services:
          web:
            image: "ghcr.io/acme/shop:${TAG}"
            ports: ["8080:80"]
            restart: always
            develop: {watch: [{path: ./src, action: rebuild}]}
          db: {image: "postgres:16", ports: ["5432:5432"]}
        """

    /// Runs a command in a directory with these files; `{}` in the arguments stands for it.
    private func run(
        _ arguments: [String],
        _ files: [String: String] = ["docker-compose.yml": Self.compose],
        with daemon: FakeDaemon? = nil,
        variables: [String: String] = ["TAG": "1"],
        look: (String) throws -> Void = { _ in }
    ) async throws -> CommandRun {
        try await FakeHost.withDirectory { directory in
            for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)")) }
            let words = arguments.map { $0.replacing("{}", with: directory) }
            var run: CommandRun
            if let daemon {
                run = try await CommandRun.run(words, with: daemon)
            } else {
                run = await CommandRun.run(words, environment: variables)
            }
            try look(directory)
            run = CommandRun(
                code: run.code,
                output: run.output.replacing(directory + "/", with: ""),
                errors: run.errors.replacing(directory + "/", with: "")
            )
            return run
        }
    }

    private static let project = [
        "docker-compose.yml": compose,
        "teal.yml": "project: store\ncompose: docker-compose.yml\nservices:\n  web: {host: shop.example.com}\n",
    ]

    @Test func `a deploy hands the services over as they are written, with the image that was named`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.ended = Samples.rollout(.released) }
        let run = try await run(
            ["deploy", "--file", "{}/teal.yml", "--create-networks", "web=ghcr.io/acme/shop:2", "db"],
            Self.project,
            with: daemon
        )
        #expect(run.code == 0, "\(run.errors)")
        let request = try #require(daemon.requests.first)
        #expect(request.options.createNetworks == true)
        guard case .deploy(let order) = request.order else {
            Issue.record("not a deploy")
            return
        }
        #expect("\(order.project)" == "store" && order.named == ["web", "db"])
        #expect(order.services.map { "\($0.spec.name)" } == ["web", "db"])
        let web = try #require(order.services.first)
        #expect(web.spec.source == .image("ghcr.io/acme/shop:2") && web.spec.written?.project == "shop")
        #expect(web.spec.routes == [Route(hosts: ["shop.example.com"])])
        #expect(order.services.last?.assumed.contains("an accessory, by its image") == true)
        #expect(
            order.services.first?.assumed.contains { $0.hasPrefix("port 8080 of the host, which the proxy takes over") }
                == true
        )
        #expect(run.errors.contains("warning: db: port 5432 of the host is open at 127.0.0.1 alone"))
    }

    @Test func `an image is for one service that there is`() async throws {
        for (words, text) in [
            (["deploy", "web=NO:IMAGE:"], "web=NO:IMAGE:"), (["deploy", "web=a", "web=b"], "given two images"),
        ] {
            let run = await CommandRun.run(words)
            #expect(run.code == 2 && run.errors.contains(text), "\(run.errors)")
        }
        let unknown = try await run(["plan", "--file", "{}/teal.yml", "wbe=shop:2"], Self.project)
        #expect(unknown.code == 1)
        #expect(unknown.errors.contains("nothing has been changed: there is no service wbe [cli.no-service]"))
    }

    @Test func `validate needs no teal.yml beside x-teal, and says how to begin without`() async throws {
        let file = Self.compose.replacing("    restart: always", with: "    x-teal: {host: shop.example.com}")
        let fine = try await run(["validate", "--file", "{}/teal.yml"], ["docker-compose.yml": file])
        #expect(fine.code == 0, "\(fine.errors)")
        #expect(fine.output.contains("is fine: shop (production), 2 services"))
        #expect(fine.output.contains("assumed: web: port 8080 of the host, which the proxy takes over"))
        let bare = try await run(["deploy", "--file", "{}/teal.yml"])
        #expect(bare.code == 1)
        #expect(bare.errors.contains("there is no teal.yml, and docker-compose.yml has no `x-teal`"))
        #expect(bare.errors.contains("next: Write a teal.yml with `teal init --from docker-compose.yml`"))
        #expect(bare.errors.contains("1 problem in docker-compose.yml; nothing has been changed"))
    }

    @Test func `the report tells of every key what becomes of it`() async throws {
        let run = try await run(["compose", "report", "-f", "{}/docker-compose.yml"])
        #expect(run.code == 0, "\(run.errors)")
        for text in [
            "honoured (", "honoured differently (", "refused (1)\n  services.web.develop  docker-compose.yml:7\n",
            "  services.web.restart  docker-compose.yml:6\n    the active slot has `unless-stopped`, everything else none\n",
            "warning: db: port 5432 of the host is open at 127.0.0.1 alone",
        ] {
            #expect(run.output.contains(text), "\(run.output)")
        }
        let project = try await self.run(
            ["compose", "report", "--project-file", "{}/teal.yml", "--output", "json"],
            Self.project
        )
        #expect(project.code == 0, "\(project.errors)")
        let value = try #require(try JSONSerialization.jsonObject(with: Data(project.output.utf8)) as? [String: Any])
        let keys = try #require(value["keys"] as? [[String: Any]])
        let develop = try #require(keys.first { $0["key"] as? String == "services.web.develop" })
        #expect(develop["verdict"] as? String == "refused" && develop["line"] as? Int == 7)
        #expect((value["warnings"] as? [String])?.isEmpty == false)
    }

    @Test func `the report of what cannot be released ends with 1 and still tells`() async throws {
        let files = ["docker-compose.yml": "services: {web: {image: x, pre_stop: [{command: [y]}]}}"]
        let run = try await run(["compose", "report", "-f", "{}/docker-compose.yml"], files)
        #expect(run.code == 1)
        #expect(run.output.contains("services.web.pre_stop"))
        #expect(run.errors.contains("Teal runs no hooks of Compose [compose.conflict]"))
    }

    @Test func `a first file says what was decided, and is fine`() async throws {
        let run = try await run(["init", "--from", "{}/docker-compose.yml", "--file", "{}/teal.yml"]) { directory in
            let text = try String(contentsOfFile: "\(directory)/teal.yml", encoding: .utf8)
            #expect(
                text.hasSuffix(
                    "compose: docker-compose.yml\n\nservices:\n  web:\n    path: /    # every host; `host: shop.example.com` for one\n"
                )
            )
        }
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.hasPrefix("wrote teal.yml for the project shop, from docker-compose.yml\n"))
        for text in [
            "  web  web        blue-green  it publishes port 8080, and no other service does",
            "  db   accessory  recreate    an accessory, by its image",
            "not carried over (1)\n  services.web.develop  docker-compose.yml:7\n",
            "port 8080 of the host, which the proxy takes over, is open at 127.0.0.1 alone",
            "  next: look through it, then `teal validate`",
        ] {
            #expect(run.output.contains(text), "\(run.output)")
        }
        let taken = try await self.run(
            ["init", "--from", "{}/docker-compose.yml", "--file", "{}/teal.yml"],
            Self.project
        )
        #expect(taken.code == 1 && taken.errors.contains("[cli.file-exists]"))
        let wrong = await CommandRun.run(["init", "--from", "x.yml", "--port", "80"])
        #expect(wrong.code == 2 && wrong.errors.contains("`--port` is the Compose file's to say"))
    }

    @Test func `other commands find the project by its Compose file`() async throws {
        let daemon = FakeDaemon()
        let file = Self.compose.replacing("    restart: always", with: "    x-teal: {host: shop.example.com}")
        let run = try await run(
            ["rollback", "web", "--file", "{}/teal.yml"],
            ["docker-compose.yml": file],
            with: daemon
        )
        #expect(run.code == 0, "\(run.errors)")
        #expect(daemon.requests.first.map { "\($0.project)" } == "shop")
    }
}
