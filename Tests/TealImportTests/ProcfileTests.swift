import TealConfig
import TealCore
import TealImport
import Testing

struct `A Procfile becomes a project` {
    @Test func `types become services, release the migration`() throws {
        let folder = try Folder()
        let made = try folder.procfile(
            """
            # Who runs
            web: bundle exec puma -p $PORT
            worker: bundle exec sidekiq -q default
            clock: LEVEL=info node clock.js && true
            release: node migrate.js
            """
        )
        let project = try folder.accepted(made)
        #expect(project.services.map(\.name.description) == ["web", "worker", "clock"])
        let web = try project.named("web")
        #expect(web.command == ["sh", "-c", "exec bundle exec puma -p $PORT"])
        #expect(web.migrate?.command == ["node", "migrate.js"])
        #expect(web.health.check == .tcp)
        #expect(try project.named("worker").command == ["bundle", "exec", "sidekiq", "-q", "default"])
        #expect(try project.named("worker").background == .exclusive)
        #expect(try project.named("clock").command == ["sh", "-c", "LEVEL=info node clock.js && true"])
    }

    @Test func `app_json brings variables, replicas and checks`() throws {
        let folder = try Folder()
        let made = try folder.procfile(
            "web: node a.js\nworker: node b.js\n",
            app: """
                {"name": "Small Tool", "env": {"LEVEL": "info", "COUNT": {"value": "5"}, "KEY_BASE": {"generator": "secret"},
                 "TOKEN": {"required": true, "description": "x"}, "MAYBE": {"required": false}, "SESSION_SECRET": "hunter2x"},
                 "formation": {"web": {"quantity": 2, "size": "s"}, "ghost": {"quantity": 1}},
                 "healthchecks": {"web": [{"type": "liveness", "uptime": 5}, {"type": "startup", "path": "/up", "content": "a.b", "attempts": 4,
                   "timeout": 2, "wait": 3, "initialDelay": 10, "httpHeaders": [{"name": "Host", "value": "a.example.com"}]}]},
                 "scripts": {"postdeploy": "x", "dokku": {"predeploy": "y"}}, "addons": ["redis"], "cron": []}
                """
        )
        let project = try folder.accepted(made)
        #expect(project.name.description == "small-tool")
        let web = try project.named("web")
        #expect(web.environment == ["LEVEL": "info", "COUNT": "5"])
        #expect(web.secrets.map(\.name) == ["KEY_BASE", "TOKEN", "SESSION_SECRET"])
        #expect(web.replicas == 2)
        #expect(web.health.timeout == .seconds(2))
        #expect(web.health.interval == .seconds(3))
        #expect(web.health.deadline == .seconds(30))
        #expect(made.text.contains(#"bodyPattern: "a\\.b""#))
        #expect(!"\(made)".contains("hunter2x"))
        for key in [
            "env.MAYBE", "formation.web.size", "formation.ghost", "healthchecks.web[0]", "scripts.postdeploy",
            "scripts.dokku.predeploy", "addons", "cron",
        ] {
            #expect(made.entry(key)?.fate == .dropped, "\(key)")
        }
        #expect(made.entry("addons")?.file == "app.json")
    }

    @Test(arguments: [("web node a.js", 1), ("web: node a.js\n: x", 2), ("web: a\nweb: b", 2), ("web:", 1)])
    func `a line that is none is told`(_ text: String, _ line: Int) throws {
        let folder = try Folder()
        let failure = #expect(throws: ImportFailure.self) { try folder.procfile(text) }
        #expect(failure?.problem.at.first?.hasSuffix("Procfile:\(line):1") == true)
    }

    @Test func `a file without a process that runs on is refused`() throws {
        let folder = try Folder()
        #expect(throws: ImportFailure.self) { try folder.procfile("release: node migrate.js\n") }
    }
}

struct `No key of an app_json is passed over` {
    @Test(arguments: ProcfileKeys.appJSON)
    func `each of the file`(_ key: ForeignKey) throws {
        let folder = try Folder()
        let made = try folder.procfile("web: node a.js\n", app: "{\"\(key.name)\": \(key.example)}")
        #expect(made.entry(key.name)?.fate == key.fate)
        try folder.accepted(made)
    }

    @Test(arguments: ProcfileKeys.formation)
    func `each of a formation`(_ key: ForeignKey) throws {
        let folder = try Folder()
        let made = try folder.procfile(
            "web: node a.js\n",
            app: "{\"formation\": {\"web\": {\"\(key.name)\": \(key.example)}}}"
        )
        #expect(made.entry("formation.web.\(key.name)")?.fate == key.fate)
        try folder.accepted(made)
    }

    @Test(arguments: ProcfileKeys.check)
    func `each of a check`(_ key: ForeignKey) throws {
        let folder = try Folder()
        let path = ["path", "command", "listening"].contains(key.name) ? "" : ", \"path\": \"/up\""
        let made = try folder.procfile(
            "web: node a.js\n",
            app: "{\"healthchecks\": {\"web\": [{\"\(key.name)\": \(key.example)\(path)}]}}"
        )
        #expect(made.entry("healthchecks.web[0].\(key.name)")?.fate == key.fate)
        try folder.accepted(made)
    }

    @Test(arguments: ProcfileKeys.scripts.filter { !$0.name.contains(".") })
    func `each script`(_ key: ForeignKey) throws {
        let folder = try Folder()
        let made = try folder.procfile("web: node a.js\n", app: "{\"scripts\": {\"\(key.name)\": \"x\"}}")
        #expect(made.entry("scripts.\(key.name)")?.fate == key.fate)
    }
}
