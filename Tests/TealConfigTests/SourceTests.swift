import Foundation
import TealConfig
import TealCore
import Testing

/// The least that a service that is built on the server says.
private let built =
    "source: {repository: /srv/git/shop.git, ref: main}\ncommand: node index.js\nport: 80\nhost: a.example.com"

private func source(_ keys: String, more: String = "") -> String {
    "source:\n" + keys.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        + "\ncommand: node index.js\nport: 80\nhost: a.example.com\nhealth: /up\n" + more
}

struct `A service names what the server builds it from` {
    @Test func `every key reaches the specification`() throws {
        let service = try Workplace().service(
            source(
                """
                repository: https://git.example.com/acme/shop.git
                ref: v1.4.2
                directory: apps/api
                build: [npm ci, [npm, run, "build it"]]
                output: dist
                timeout: 30m
                env: {NODE_ENV: production}
                secrets: [NPM_TOKEN]
                username: robot
                password: GIT_TOKEN
                artifactMax: 200m
                diskMax: 2g
                """
            )
        )
        var expected = GitSource(
            repository: try GitRepository(parsing: "https://git.example.com/acme/shop.git"),
            ref: try GitRef(parsing: "v1.4.2")
        )
        expected.directory = "apps/api"
        expected.commands = [["npm", "ci"], ["npm", "run", "build it"]]
        expected.output = "dist"
        expected.timeout = .seconds(1800)
        expected.environment = ["NODE_ENV": "production"]
        expected.secrets = ["NPM_TOKEN"]
        expected.login = .password(username: "robot", secret: "GIT_TOKEN")
        expected.artifactBytesMax = 200 << 20
        expected.diskBytesMax = 2 << 30
        #expect(service.source == .git(expected))
        #expect(service.command == ["node", "index.js"])
        // The build's secrets are not the service's, and their values are needed all the same.
        #expect(service.secrets.isEmpty)
        #expect(service.secretNames == ["NPM_TOKEN", "GIT_TOKEN"])
    }

    @Test func `a deploy key is for ssh, and the rest has defaults`() throws {
        let service = try Workplace().service(
            source("repository: git@git.example.com:acme/shop.git\nref: main\nkey: DEPLOY_KEY")
        )
        guard case .git(let source) = service.source else {
            Issue.record("\(service.source)")
            return
        }
        #expect(source.login == .key(secret: "DEPLOY_KEY"))
        #expect(source.output == "." && source.commands.isEmpty && source.directory == nil)
        #expect(source.timeout == .seconds(900))
    }

    @Test func `without a ref it is the branch of the environment, which is said`() throws {
        let text = """
            project: shop
            environments:
              production: {branch: main}
              staging: {branch: next}
            services:
              web:
                source: {repository: /srv/git/shop.git}
                command: node index.js
                port: 80
                host: a.example.com
            """
        let place = try Workplace()
        for (environment, branch) in [("production", "main"), ("staging", "next")] {
            let project = try place.read(text, environment: environment)
            guard case .git(let source)? = project.services.first?.source else {
                Issue.record("no source")
                return
            }
            #expect(source.ref.description == branch)
            #expect(project.assumptions.contains("web: no ref given, so the branch \(branch) of the environment"))
        }
        let findings = try place.findings(text.replacing("{branch: main}", with: ""), environment: "production")
        #expect(
            findings.map(\.message) == [
                "`services.web.source` does not say what to build, and the environment has no `branch`"
            ]
        )
    }

    @Test func `it takes the place of an artifact in another environment, and an artifact its`() throws {
        let text = """
            project: shop
            environments:
              production: {branch: main}
              staging:
                services: {web: {artifact: build}}
            services:
              web:
                source: {repository: /srv/git/shop.git, ref: main}
                command: ./web
                port: 80
                host: a.example.com
            """
        let staging = try Workplace().read(text, environment: "staging")
        guard case .artifact? = staging.services.first?.source else {
            Issue.record("\(staging.services)")
            return
        }
    }

    @Test(arguments: [
        ("repository: /srv/a.git\nref: main\nkey: A_KEY", "`key` is for ssh, and the repository is not reached by it"),
        ("repository: /srv/a.git\nref: -x", "`ref` is no branch, tag or commit: it begins with '-'"),
        ("repository: /srv/a.git\nref: main\noutput: ../x", "`output` leads out of the repository, or is no path"),
        ("repository: /srv/a.git\nref: main\ndirectory: /x", "`directory` leads out of the repository, or is no path"),
        (
            "repository: ../a.git\nref: main",
            "`repository` is no repository that can be built from: it is neither an absolute path of the server nor a URL"
        ),
        (
            "repository: http://a/b\nref: main",
            "`repository` is no repository that can be built from: 'http' is not a way that is safe; those are https and ssh"
        ),
        ("repository: https://a/b\nref: main\nusername: x", "`password` is missing in `services.web.source`"),
        (
            "repository: git@a:b\nref: main\nusername: x\npassword: A",
            "a password is for https, and the repository is not reached by it"
        ),
        (
            "repository: git@a:b\nref: main\nkey: A\npassword: B",
            "`key` is for ssh and `username` and `password` for https, and a repository is reached in one way"
        ),
        ("repository: /srv/a.git\nref: main\nenv: {A: x}\nsecrets: [A]", "A is both in `env` and in `secrets`"),
        ("repository: /srv/a.git\nref: main\nenv: {TEAL_X: x}", "'TEAL_X' is no variable that a build can be given"),
        ("repository: /srv/a.git\nref: main\nbuild: [npm ci && npm test]", "`build` uses `&`, but no shell runs it"),
        ("repository: /srv/a.git\nref: main\nartifactMax: 5g", "`artifactMax` must be a size from 1m to 4g, not '5g'"),
        ("ref: main", "`repository` is missing in `services.web.source`"),
    ])
    func `what contradicts itself is told`(keys: String, message: String) throws {
        let messages = try Workplace().findings(Workplace.text(source(keys))).map(\.message)
        #expect(messages == [message])
    }

    @Test func `a value in the place of a secret's name, or in a URL, is never repeated`() throws {
        let place = try Workplace()
        for keys in [
            "repository: https://git.example.com/a.git\nref: main\nusername: x\npassword: ghp_hunter22",
            "repository: git@a:b\nref: main\nkey: hunter22",
            "repository: https://x:hunter22@git.example.com/a.git\nref: main",
            "repository: /srv/a.git\nref: main\nsecrets: [\"A=hunter22\"]",
        ] {
            let findings = try place.findings(Workplace.text(source(keys)))
            #expect(findings.count == 1)
            #expect(!"\(findings)".contains("hunter22"), "\(findings)")
        }
    }

    @Test func `one thing is run, and a command says which program`() throws {
        let place = try Workplace()
        let both = try place.findings(Workplace.text(built + "\nimage: a:1")).map(\.message)
        #expect(both.contains("`services.web` has both `image` and `source`"))
        let none = try place.findings(Workplace.text(built.replacing("command: node index.js\n", with: ""))).map(
            \.message
        )
        #expect(none == ["`services.web` does not say which program of what is built to run"])
        let port = try place.findings(Workplace.text(built + "\nenv: {PORT: 3000}")).map(\.message)
        #expect(port == ["PORT is set by Teal, another one for each replica"])
        let cut = try place.read(Workplace.text(built.replacing("ref: main", with: "ref: 1a2b3c4d")))
        #expect(cut.warnings.contains { $0.contains("looks like a commit that is cut short") })
    }
}
