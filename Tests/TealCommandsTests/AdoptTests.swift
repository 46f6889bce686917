import Foundation
import TealAPI
import TealFakeDaemon
import Testing

@testable import TealCommands

@Suite struct `An adoption in words` {
    static let text = """
        adopt of shop (production)

        web  web -> web@2
          active       shop-blue (0123456789ab) in blue, web@2, running
            image      ghcr.io/acme/shop:1.4.2 sha256:98ac639ae282
            address    127.0.0.1:8000
            ports      0.0.0.0:8000 -> 8000/tcp
            networks   app-network
            variables  DATABASE_URL, MODE
            restart    always
          standby      shop-green (ba9876543210) in green, web@1, exited 143
            image      ghcr.io/acme/shop:1.4.1 sha256:0f12
            address    none while it does not run
            restart    no
          known by     /etc/nginx/sites-enabled/shop:9 leads to 127.0.0.1:8000
                       .current_env says blue
          health       passed: GET /health
          now          record shop-blue as web@2 in slot blue, active
                       tag its image
          later        the first release starts from teal.yml in slot green beside shop-blue
          gap          requests to 0.0.0.0:8000 go on to shop-blue, past nginx
          note         teal.yml has no route for it

        jobs  jobs@1 is adopted already

        not found, and not asked for by name: mail

        1 service can be adopted; nothing is restarted for it.
        """

    @Test func `says what was found, by what it is known, and what becomes of it`() {
        #expect(AdoptText(style: .plain).lines(Samples.adopt).joined(separator: "\n") == Self.text)
    }

    @Test func `says what was done`() {
        #expect(
            AdoptText(style: .plain).done(Samples.adopt) == [
                "adopted shop-blue as web@2", "warning: nginx gives no answer",
                "Nothing was restarted. See it with `teal status`; release with `teal deploy`.",
            ]
        )
    }
}

@Suite struct `Adopting by the command line` {
    private func withProject<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "teal-adopt-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }  // what is left is the system's to remove
        let file = directory.appending(path: "teal.yml")
        let text = """
            project: shop
            services:
              web:
                image: ghcr.io/acme/shop:1.4.2
                port: 8000
                host: shop.example.com
                health: /health
            """
        try Data(text.utf8).write(to: file)
        return try await body(file.path)
    }

    @Test func `shows the plan and does nothing without a yes, and then only what was shown`() async throws {
        try await withProject { file in
            let daemon = FakeDaemon()
            let look = try await CommandRun.run(["adopt", "--file", file, "--plan"], with: daemon)
            #expect(look.code == 0 && look.output.contains("1 service can be adopted"), "\(look.errors)")
            let asked = try await CommandRun.run(["adopt", "--file", file], with: daemon)
            #expect(asked.code == 1 && asked.errors.contains("[cli.needs-yes]"))
            #expect(!daemon.calls.contains("adopt 98ac"))
            let done = try await CommandRun.run(["adopt", "web", "--file", file, "--yes"], with: daemon)
            #expect(done.code == 0 && done.output.contains("adopted shop-blue as web@2"))
            #expect(daemon.calls.filter { $0 == "adopt 98ac" }.count == 1)
        }
    }

    @Test func `ends with 1 and asks nothing when something is in the way`() async throws {
        try await withProject { file in
            let daemon = FakeDaemon()
            daemon.configure { state in
                state.adopt = AdoptView(
                    project: "shop",
                    environment: "production",
                    services: [],
                    absent: [],
                    problems: [Samples.problem],
                    mark: "",
                    applied: false
                )
            }
            let run = try await CommandRun.run(["adopt", "--file", file, "--yes"], with: daemon)
            #expect(run.code == 1)
            #expect(run.errors.contains("[\(Samples.problem.code)]"))
            #expect(daemon.calls.filter { $0.hasPrefix("adopt") } == ["adopt look"])
        }
    }

    @Test(arguments: [
        ["--container", "web"], ["--container", "web="], ["--active", "web=red"],
        ["--container", "web=a", "--container", "web=b"], ["--file", "teal.yml", "--compose", "compose.yml"],
    ])
    func `a wrong command line ends with 2`(arguments: [String]) async {
        #expect(await CommandRun.run(["adopt"] + arguments).code == 2)
    }

    @Test func `a container for a service that is not looked for is refused before anything is asked`() async throws {
        try await withProject { file in
            let daemon = FakeDaemon()
            let run = try await CommandRun.run(["adopt", "--file", file, "--container", "api=x"], with: daemon)
            #expect(run.code == 1 && run.errors.contains("[cli.no-service]"), "\(run.errors)")
            #expect(!daemon.calls.contains("adopt look"))
        }
    }
}
