import TealConfig
import TealCore
import Testing

@testable import TealImport

struct `An ecosystem file becomes a project` {
    @Test func `a cluster becomes replicas behind the proxy`() throws {
        let folder = try Folder()
        let made = try folder.app(
            """
            name: 'API_v2', script: './dist/index.js', args: '--trace "two words"', node_args: ['--max-old-space-size=512'],
            instances: 3, exec_mode: 'cluster', max_memory_restart: '1G', kill_timeout: 5000, listen_timeout: 8000,
            wait_ready: true, namespace: 'shop', env: {PORT: 8000, LOG_LEVEL: 'info', RATE: 1.5, DEBUG: false},
            env_production: {LOG_LEVEL: 'warn', PORT: 8000}
            """
        )
        let service = try folder.accepted(made, environment: "production").named("api-v2")
        #expect(service.kind == .web)
        #expect(service.replicas == 3)
        #expect(service.port == 8000)
        #expect(service.command == ["node", "--max-old-space-size=512", "dist/index.js", "--trace", "two words"])
        #expect(service.environment == ["LOG_LEVEL": "warn", "RATE": "1.5", "DEBUG": "false"])
        #expect(service.resources.memoryBytesMax == 1 << 30)
        #expect(service.stop.grace == .seconds(5))
        #expect(service.stop.signal == "INT")
        #expect(service.health.check == .tcp)
        #expect(service.health.deadline == .seconds(8))
        #expect(service.groups.map(\.description) == ["shop"])
        #expect(service.routes == [Route(hosts: [])])
        #expect(made.entry("apps[0].name")?.fate == .changed)
        #expect(made.entry("apps[0].env.PORT")?.fate == .changed)
        #expect(made.report.warnings.contains { $0.contains("`process.send` is undefined") })
    }

    @Test(arguments: [("'max'", 2), ("0", 2), ("-1", 1), ("-9", 1), ("'3'", 3), ("99", 64)])
    func `instances are a number or the cores`(_ text: String, _ count: Int) throws {
        let folder = try Folder()
        let made = try folder.app("script: 'a.js', instances: \(text), port: 80")
        #expect(try folder.accepted(made).named("a").replicas == count)
    }

    @Test(arguments: [
        ("script: 'a.js'", ["node", "a.js"]), ("script: 'a.py'", ["python3", "a.py"]),
        ("script: 'run.sh', args: 'x'", ["bash", "run.sh", "x"]),
        ("script: 'npm', args: 'start'", ["npm", "start"]), ("script: 'bin/tool', interpreter: 'none'", ["bin/tool"]),
        ("script: 'a.js', interpreter: 'node@20'", ["node", "a.js"]),
        ("script: 'a.ts', interpreter: '/usr/bin/tsx'", ["/usr/bin/tsx", "a.ts"]),
        ("script: 'python a.py --ok'", ["sh", "-c", "exec python a.py --ok"]),
        ("script: 'a.js', source_map_support: true", ["node", "--enable-source-maps", "a.js"]),
        ("script: 'serve.js', args: '--port 3000'", ["sh", "-c", "exec node serve.js --port \"$PORT\""]),
    ])
    func `the command is the one that PM2 starts`(_ keys: String, _ words: [String]) throws {
        let folder = try Folder()
        let made = try folder.app(keys)
        #expect(try folder.accepted(made).services.first?.command == words)
    }

    @Test func `an app without a port is a worker, one that ends by itself a job`() throws {
        let folder = try Folder()
        let made = try folder.pm2(
            "module.exports = [{script: 'mail.js'}, {name: 'seed', script: 'seed.js', autorestart: false, cron_restart: '0 3 * * *'}]"
        )
        let project = try folder.accepted(made)
        #expect(project.services.map(\.kind) == [.worker, .job])
        #expect(made.entry("[1].cron_restart")?.fate == .dropped)
    }

    @Test func `several apps get host names of their own, and a shared port is told`() throws {
        let folder = try Folder()
        let made = try folder.pm2(
            "module.exports = {apps: [{name: 'a', script: 'a.js', port: 80}, {name: 'b', script: 'b.js', env: {PORT: 80}}, {name: 'B', script: 'b.js', port: 81}]}"
        )
        let project = try folder.accepted(made)
        #expect(project.services.map(\.name.description) == ["a", "b", "b-2"])
        #expect(
            project.services.map { $0.routes.first?.hosts ?? [] } == [
                ["a.example.com"], ["b.example.com"], ["b-2.example.com"],
            ]
        )
        #expect(made.report.warnings.contains { $0.hasPrefix("a and b have the same port 80;") })
    }

    @Test func `deploy gives environments with hosts and branches, and tells its commands`() throws {
        let folder = try Folder()
        let made = try folder.pm2(
            """
            {apps: [{name: 'api', script: 'a.js', port: 80, env_staging: {LOG_LEVEL: 'debug'}}],
             deploy: {user: 'deploy', staging: {host: ['a.example.com', {host: 'b.example.com'}], ref: 'origin/next', repo: 'x',
              path: '/srv', key: '~/.ssh/id', env: {REGION: 'eu'}, 'pre-deploy-local': 'npm test', 'post-deploy': 'npm ci'}}}
            """
        )
        let project = try folder.accepted(made, environment: "staging")
        let staging = try #require(project.environments.first { $0.name.description == "staging" })
        #expect(staging.hosts == ["deploy@a.example.com", "deploy@b.example.com"])
        #expect(staging.branch == "next")
        #expect(try project.named("api").environment == ["LOG_LEVEL": "debug", "REGION": "eu"])
        #expect(project.environments.map(\.name.description) == ["production", "staging"])
        for key in ["repo", "path", "key", "pre-deploy-local", "post-deploy"] {
            #expect(made.entry("deploy.staging.\(key)")?.fate == .dropped, "\(key)")
        }
        #expect(made.entry("deploy.staging.ref")?.fate == .changed)
    }

    @Test func `what a server clones and builds is proposed as a source`() throws {
        let folder = try Folder()
        let made = try folder.pm2(
            """
            {apps: [{name: 'api', script: 'a.js', port: 80}], deploy: {production: {host: 'a.example.com', ref: 'origin/main',
             repo: 'git@git.example.com:acme/shop.git', 'post-deploy': 'npm ci && npm run build && pm2 reload all --env production'}}}
            """
        )
        let source =
            #"source: {repository: "git@git.example.com:acme/shop.git", build: ["npm ci", "npm run build"]}"#
        #expect(made.text.contains("# Or let the server build it, as with PM2: `\(source)`."), "\(made.text)")
        #expect(made.entry("deploy.production.repo")?.next.contains("`\(source)`") == true)
        // As it is proposed, with a command that is there, it is fine.
        let text = made.text.replacing("    artifact: .\n", with: "    \(source)\n")
        #expect(text != made.text)
        let project = try ConfigurationFile.read(text, directory: folder.path)
        guard case .git(let written) = try project.named("api").source else {
            Issue.record("\(text)")
            return
        }
        #expect(written.commands == [["npm", "ci"], ["npm", "run", "build"]])
        #expect(written.ref.description == "main")
    }

    @Test(arguments: [
        ("https://x:hunter22@git.example.com/a.git", "npm ci"), ("x", "npm ci"),
    ])
    func `a repository that cannot be built from, or has a password in it, is not`(repo: String, line: String) throws {
        let made = try Folder().pm2(
            "{apps: [{script: 'a.js', port: 80}], deploy: {production: {repo: '\(repo)', 'post-deploy': '\(line)'}}}"
        )
        #expect(!made.text.contains("source:") && !made.text.contains("hunter22"))
        #expect(made.entry("deploy.production.repo")?.fate == .dropped)
        #expect(!"\(made.report)".contains("hunter22"))
    }

    @Test(arguments: [
        ("npm ci && pm2 reload all", ["npm ci"]), ("npm ci; npm run build", ["npm ci", "npm run build"]), ("", []),
        ("NODE_ENV=production npm ci", []), ("npm ci | tee log", []), ("pm2 reload all", []),
    ])
    func `of a line, the commands before PM2 is told are kept`(line: String, commands: [String]) {
        #expect(SourceProposal.commands(line) == commands)
    }

    @Test func `values that look secret are in neither the file nor the report`() throws {
        let folder = try Folder()
        let made = try folder.app(
            """
            script: 'a.js', env: {DB_PASSWORD: 'hunter2x', DATABASE_URL: 'postgres://a:hunter2x@db/x', API_TOKEN: '', 'bad-name': 'hunter2x',
            TEAL_X: 'hunter2x', NOTHING: null, LIST: ['hunter2x']}, env_production: {API_TOKEN: 'hunter2x'}
            """
        )
        let service = try folder.accepted(made).services.first
        #expect(service?.secrets.map(\.name) == ["DB_PASSWORD", "DATABASE_URL", "API_TOKEN"])
        #expect(service?.environment == [:])
        #expect(!made.text.contains("hunter2x"))
        #expect(!"\(made.report)".contains("hunter2x"))
        for name in ["bad-name", "TEAL_X", "NOTHING", "LIST"] {
            #expect(made.entry("apps[0].env.\(name)")?.fate == .dropped)
        }
    }

    @Test(arguments: [
        "$HOME", "a: b # c", "- x", "'\"\\", "${X:-y}", "true", "1e5", "~", "ü\u{2028}\u{7}", "%x", "a\nb", " b ", ".5",
    ])
    func `any text comes through as it is`(_ text: String) throws {
        let folder = try Folder()
        let quoted = text.unicodeScalars.map { "\\u{\(String($0.value, radix: 16))}" }.joined()
        let made = try folder.app("script: 'a.js', args: ['\(quoted)'], env: {LEVEL: '\(quoted)'}")
        let service = try folder.accepted(made).services.first
        #expect(service?.environment["LEVEL"] == text)
        #expect(service?.command.last == text)
    }

    @Test func `YAML is read as well`() throws {
        let folder = try Folder()
        let made = try folder.pm2(
            "apps:\n  - name: api\n    script: a.js\n    instances: 2\n    port: 80\n",
            name: "ecosystem.yml"
        )
        #expect(try folder.accepted(made).named("api").replicas == 2)
        #expect(made.entry("apps[0].instances")?.line == 4)
    }

    @Test(arguments: [
        ("module.exports = 3", "it exports no object"), ("{}", "it has no `apps`"),
        ("{apps: [{name: 'a'}]}", "none of its apps has a `script`"),
    ])
    func `a file that says nothing is refused`(_ text: String, _ what: String) throws {
        let folder = try Folder()
        let failure = #expect(throws: ImportFailure.self) { try folder.pm2(text) }
        #expect(failure?.problem.summary == "nothing has been changed: \(what)")
    }
}

struct `No key of PM2 is passed over` {
    @Test(arguments: PM2Keys.app.filter { $0.name != "env_<name>" })
    func `each has the fate that the page tells, and what it becomes is accepted`(_ key: ForeignKey) throws {
        for spelling in key.spellings {
            let folder = try Folder()
            let rest = [("script", "'a.js'"), ("port", "80")].filter { $0.0 != key.name }.map { ", \($0.0): \($0.1)" }
                .joined()
            let made = try folder.app("'\(spelling)': \(key.example)\(rest)")
            let entry = try #require(made.entry("apps[0].\(spelling)"), "\(spelling)")
            #expect(entry.fate == key.fate, "\(spelling): \(entry)")
            #expect(entry.fate == .carried || !entry.text.isEmpty)
            try folder.accepted(made)
        }
    }

    @Test(arguments: PM2Keys.deploy)
    func `nor one of deploy`(_ key: ForeignKey) throws {
        let folder = try Folder()
        let made = try folder.pm2(
            "{apps: [{script: 'a.js', port: 80}], deploy: {production: {'\(key.name)': \(key.example)}}}"
        )
        #expect(made.entry("deploy.production.\(key.name)")?.fate == key.fate)
        try folder.accepted(made)
    }

    @Test func `unknown keys and second spellings are named`() throws {
        let folder = try Folder()
        let made = try folder.pm2("{apps: [{script: 'a.js', output: 'a', out_file: 'b', wach: true}], extra: 1}")
        #expect(made.entry("apps[0].wach")?.text == "no such key is known here")
        #expect(made.entry("apps[0].output")?.text == "`out_file` says the same and counts")
        #expect(made.entry("extra")?.fate == .dropped)
    }
}

struct `Ports that contradict each other are told` {
    @Test func `the example's port is not the one of its image`() throws {
        let folder = Folder.checkout + "/examples/pm2"
        let options = ForeignImport.Options(target: folder, cores: 2, runsNode: false)
        let made = try ForeignImport.pm2("\(folder)/ecosystem.config.js", options)
        let project = try ConfigurationFile.read(made.text, directory: folder)
        let service = try project.named("mentor-api")
        #expect(service.kind == .web)
        #expect(service.replicas == 2)
        #expect(service.command == ["node", "dist/index.js"])
        #expect(service.environment == ["NODE_ENV": "production"])
        #expect(service.resources.memoryBytesMax == 1 << 30)
        #expect(
            made.report.warnings == [
                """
                mentor-api: its ports contradict each other: 3000 (PORT in env), 3000 (PORT in env_production), 8000 (EXPOSE \
                in Dockerfile); Teal gives each replica its own `PORT`, so see that the program listens on that one, and that \
                what stands before it asks Teal, not one of these ports
                """
            ]
        )
        #expect(made.entry("apps[0].watch")?.text.hasPrefix("refused: ") == true)
    }

    @Test(arguments: ["environment: {PORT: 8000}", "environment: [NODE_ENV=production, PORT=8000]"])
    func `a Compose file's port is one of them, where one service says it`(environment: String) throws {
        let folder = try Folder([
            "docker-compose.prod.yml": "services:\n  app:\n    \(environment)\n  db: {image: 'postgres:16'}\n"
        ])
        let made = try folder.app("script: 'a.js', env: {PORT: 3000}")
        #expect(made.report.warnings.count == 1)
        #expect(made.report.warnings[0].contains("3000 (PORT in env), 8000 (PORT in docker-compose.prod.yml)"))
        // Of several services nobody knows which one is meant, and a broken file is told elsewhere.
        let two = "services: {a: {environment: {PORT: 1}}, b: {environment: {PORT: 2}}}"
        for text in [two, "services: [", "services: {a: {environment: {PORT: '${PORT}'}}}"] {
            try folder.write("docker-compose.prod.yml", text)
            #expect(try folder.app("script: 'a.js', env: {PORT: 3000}").report.warnings == [])
        }
    }

    @Test func `ports that agree are not told`() throws {
        let folder = try Folder([
            "Dockerfile": "FROM x\nEXPOSE 8000/tcp\n", ".env": "PORT=8000\nDB_PASSWORD=hunter2x\n",
        ])
        let made = try folder.app("script: 'a.js', env: {PORT: 8000}, args: '-p 8000'")
        #expect(made.report.warnings == [])
        #expect(!"\(made)".contains("hunter2x"))
    }
}
