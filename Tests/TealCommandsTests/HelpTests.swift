import Foundation
import Synchronization
import TealAPI
import TealCommands
import TealCore
import Testing

/// Texts that are kept beside the tests; `TEAL_UPDATE_DOCS=1` writes them again.
enum Snapshot {
    static func check(_ text: String, _ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/\(name)")
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" { try Data(text.utf8).write(to: file) }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(
            kept == text,
            "\(name) differs; TEAL_UPDATE_DOCS=1 swift test --filter TealCommandsTests writes it again"
        )
    }
}

@Suite struct `Help and completions` {
    static let commands = [
        "init", "import", "validate", "schema", "plan", "compose", "generate", "dev", "deploy", "rollback", "scale",
        "adopt",
        "resume", "abort", "attach", "accessory",
        "status", "history", "logs", "health", "stats", "exec", "serve", "doctor", "prune", "version", "completions",
    ]

    @Test func `are what was looked at last`() async throws {
        var text = await CommandRun.run(["--help"]).output
        for command in Self.commands + ["generate nginx"] {
            let run = await CommandRun.run(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(run.code == 0)
            text += "\n=== teal \(command)\n\n" + run.output
        }
        for part in ["config", "report"] {
            text += "\n=== teal compose \(part)\n\n" + (await CommandRun.run(["compose", part, "--help"])).output
        }
        for part in ["up", "down"] {
            text += "\n=== teal dev \(part)\n\n" + (await CommandRun.run(["dev", part, "--help"])).output
        }
        for part in ["start", "stop", "restart", "logs", "exec", "upgrade"] {
            text += "\n=== teal accessory \(part)\n\n" + (await CommandRun.run(["accessory", part, "--help"])).output
        }
        for source in ["pm2", "kamal", "procfile"] {
            text += "\n=== teal import \(source)\n\n" + (await CommandRun.run(["import", source, "--help"])).output
        }
        try Snapshot.check(text, "help.txt")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `complete every command`(shell: String) async throws {
        let run = await CommandRun.run(["completions", shell])
        #expect(run.code == 0)
        try Snapshot.check(run.output, "completions.\(shell)")
        for command in Self.commands { #expect(run.output.contains(command)) }
    }

    @Test func `name every command in the page`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/cli.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        for command in Self.commands { #expect(text.contains("| `teal \(command)"), "\(command)") }
        for code in ExitCode.allCases { #expect(text.contains("| \(code.rawValue) | \(code.meaning) |\n")) }
    }

    @Test func `a wrong command line ends with 2 and says why`() async {
        let run = await CommandRun.run(["deploy", "--until", "never"])
        #expect(run.code == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("Please provide one of 'switched', 'released' or 'settled'."))
    }

    @Test(arguments: [
        (["scale", "web=0"], "web=0"), (["scale"], "service=n"), (["exec", "web"], "Give the command after `--`"),
        (["accessory", "exec", "db"], "Give the command after `--`"),
        (["accessory", "exec", "db", "-i", "--no-input", "--", "x"], "Say either `--interactive` or `--no-input`."),
        (["accessory", "upgrade", "db", "db=postgres:17"], "An accessory is given twice."),
        (["resume"], "Say either `--done` or `--again`"), (["logs", "web@x"], "'x' is not the number of a release"),
        (["rollback", "web@1", "2"], "The release is given twice"),
        (["serve", "--listen", "80"], "'80' is not an address"),
        (["serve", "--docker-subnets", "10.213.0.0/25"], "'10.213.0.0/25' is no range of IPv4 addresses"),
        (["serve", "--docker-subnets", "10.213.0.1/16"], "'10.213.0.1/16' is no range of IPv4 addresses"),
        (["serve", "--docker-subnets", "10.213/16"], "'10.213/16' is no range of IPv4 addresses"),
        (["serve", "--switch", "caddy"], "Please provide one of 'proxy' and 'nginx'."),
        (
            ["serve", "--switch", "proxy", "--nginx-pid", "/p", "--nginx-site", "a/b=/c"],
            "--nginx-pid, --nginx-site: only with `--switch nginx`."
        ),
        (["serve", "--switch", "nginx", "--nginx", "nginx"], "--nginx: 'nginx' is no absolute path."),
        (
            ["serve", "--switch", "nginx", "--nginx-status", "10.0.0.1:80"],
            "'10.0.0.1:80' is no address of this host's loopback"
        ),
        (["serve", "--switch", "nginx", "--nginx-probe", "here:80"], "'here:80' is not an address with a port"),
        (["serve", "--switch", "nginx", "--nginx-site", "web=/a"], "'web=/a' does not name a service and a file"),
        (["serve", "--switch", "nginx", "--nginx-site", "a/b=/c", "--nginx-site", "a/b=/d"], "a/b is given twice"),
        (["serve", "--switch", "nginx", "--listen", "127.0.0.1:0"], "'127.0.0.1:0': nginx takes no port 0."),
        (["generate", "nginx", "web", "--proxy-pass", "8000"], "'8000' is not an address with a port"),
        (["generate", "nginx", "web", "--key", "/key.pem"], "Give `--certificate` and `--key`, or neither."),
        (["init", "--image", "Shop:1"], "'Shop:1' is not an image's name"),
        (["rollback", "web", "api@2"], "'api@2' is not a release of web"), (["deploy", "--wait", "soon"], "soon"),
    ])
    func `values that cannot be meant are refused`(arguments: [String], text: String) async {
        let run = await CommandRun.run(arguments)
        #expect(run.code == 2, "\(run.errors)")
        #expect(run.errors.contains(text), "\(run.errors)")
    }

    @Test func `the daemon is told where Docker is, by options before variables`() async {
        func asked(_ words: [String], _ variables: [String: String]) async -> ServeOptions? {
            let given = Mutex<ServeOptions?>(nil)
            let console = Console(terminal: .none, environment: variables, now: { 0 }) { _, _ in }
            _ = await TealProgram.run(["serve"] + words, console: console) { options in
                given.withLock { $0 = options }
            }
            return given.withLock { $0 }
        }
        let variables = ["TEAL_DOCKER_SOCKET": "/b.sock", "TEAL_DOCKER_SUBNETS": "172.20.0.0/16"]
        let plain = await asked([], [:])
        #expect(plain?.dockerSocket == nil)
        #expect(plain?.dockerSubnets == "10.213.0.0/16")
        let told = await asked([], variables)
        #expect(told?.dockerSocket == "/b.sock")
        #expect(told?.dockerSubnets == "172.20.0.0/16")
        let options = await asked(["--docker-socket", "/a.sock", "--docker-subnets", "10.0.0.0/8"], variables)
        #expect(options?.dockerSocket == "/a.sock")
        #expect(options?.dockerSubnets == "10.0.0.0/8")
        // A range that is none is refused before anything is started.
        #expect(await asked([], ["TEAL_DOCKER_SUBNETS": "everything"]) == nil)
    }

    @Test func `the daemon is told what moves the traffic, and where nginx is`() async throws {
        func asked(_ words: [String], _ variables: [String: String] = [:]) async -> ServeOptions? {
            let given = Mutex<ServeOptions?>(nil)
            let console = Console(terminal: .none, environment: variables, now: { 0 }) { _, _ in }
            _ = await TealProgram.run(["serve"] + words, console: console) { options in
                given.withLock { $0 = options }
            }
            return given.withLock { $0 }
        }
        let plain = try #require(await asked([]))
        #expect(plain.trafficSwitch == .proxy)
        #expect(plain.nginx == NginxPlaces())
        let usual = try #require(await asked([], ["TEAL_SWITCH": "nginx"]))
        #expect(usual.trafficSwitch == .nginx)
        #expect(usual.nginx == NginxPlaces())
        // Debian's own site has port 80.
        #expect(usual.listen.isEmpty)
        #expect(usual.internalListen == ["127.0.0.1:7080"])
        let told = try #require(
            await asked([
                "--switch", "nginx", "--nginx", "/n", "--nginx-conf", "/c", "--nginx-pid", "/p", "--nginx-include",
                "/i",
                "--nginx-log", "/l", "--nginx-status", "127.0.0.1:1", "--nginx-probe", "[::1]:2", "--nginx-site",
                "shop/web=/s=1", "--listen", "0.0.0.0:80",
            ])
        )
        var places = NginxPlaces()
        places.program = "/n"
        places.configuration = "/c"
        places.pidFile = "/p"
        places.include = "/i"
        places.log = "/l"
        places.status = Endpoint(address: "127.0.0.1", port: 1)
        places.probe = Endpoint(address: "::1", port: 2)
        let key = ServiceKey(project: try ProjectName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        places.sites = [key: "/s=1"]
        #expect(told.nginx == places)
        #expect(told.listen == ["0.0.0.0:80"])
        // Options win over the variable, and a variable that cannot be meant is refused before anything is started.
        #expect(await asked(["--switch", "proxy"], ["TEAL_SWITCH": "nginx"])?.trafficSwitch == .proxy)
        #expect(await asked([], ["TEAL_SWITCH": "caddy"]) == nil)
        #expect(await asked(["--nginx-pid", "/p"]) == nil)
    }

    @Test func `the version needs no daemon`() async {
        let run = await CommandRun.run(["version", "--client"])
        #expect(run.output == "teal \(TealVersion.program), API 1\n")
        #expect(run.code == 0)
    }
}
