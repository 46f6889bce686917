import Foundation
import TealConfig
import TealCore
import Testing

struct `Documents come from the table of keys` {
    @Test(arguments: ["docs/teal.yml.md", "docs/teal.schema.json"])
    func `the file on disk is what is generated`(_ name: String) throws {
        let path = Workplace.checkout + "/" + name
        let generated = name.hasSuffix(".json") ? JSONSchema.render() : ReferencePage.render()
        if Workplace.updatesDocuments { try generated.write(toFile: path, atomically: true, encoding: .utf8) }
        let onDisk = try String(contentsOfFile: path, encoding: .utf8)
        #expect(onDisk == generated, "write it anew with TEAL_UPDATE_DOCS=1 swift test --filter TealConfigTests")
    }

    @Test func `the schema is JSON and knows every key`() throws {
        let schema = JSONSchema.render()
        #expect(try JSONSerialization.jsonObject(with: Data(schema.utf8)) is [String: Any])
        for key in KeyTable.file.keys + KeyTable.service.keys {
            #expect(schema.contains("\"\(key.name)\": {") || schema.contains("\"\(key.name)\":"), "\(key.path)")
        }
    }

    @Test func `the reference page names every key`() {
        let page = ReferencePage.render()
        for key in KeyTable.file.keys + KeyTable.service.keys {
            #expect(page.contains("| `\(key.name)`"), "\(key.path)")
        }
    }

    @Test func `no key is described twice`() {
        for table in [KeyTable.file, KeyTable.service] {
            #expect(Set(table.keys.map(\.path)).count == table.keys.count)
        }
    }

    @Test func `every default in the table is the one that a service gets`() throws {
        let place = try Workplace()
        let plain = try place.service(enough)
        let table = Dictionary(uniqueKeysWithValues: KeyTable.service.keys.map { ($0.path, $0) })
        for (path, key) in table {
            guard let text = key.defaultText, !text.contains("("), !path.contains("["), !path.contains("<") else {
                continue
            }
            guard !["health.path", "health.method", "health.tcp", "switchWhen.limit"].contains(path) else { continue }
            if path.hasPrefix("source.") {
                let source =
                    "command: ./web\nport: 8080\nhost: shop.example.com\nsource: {repository: /srv/shop.git, ref: main"
                let written = try place.service(source + ", \(key.name): \(text)}")
                #expect(try place.service(source + "}") == written, "\(path): \(text)")
                continue
            }
            let written = try place.service(enough + "\n" + Self.block(path, text))
            #expect(written == plain, "\(path): \(text)")
        }
    }

    /// A key path and its value as YAML, one level a line.
    static func block(_ path: String, _ value: String) -> String {
        var lines: [String] = []
        for (depth, name) in path.split(separator: ".").enumerated() {
            lines.append(String(repeating: "  ", count: depth) + "\(name):")
        }
        lines[lines.count - 1] += " \(value)"
        return lines.joined(separator: "\n")
    }
}

struct `Every key in the table is read` {
    /// Keys of services of Compose files, and of those that are worked on, whose effect has tests of its own.
    private static let others = ["shared", "publish", "dev"]

    @Test(arguments: KeyTable.service.keys.map(\.path).filter { !others.contains($0) })
    func `its example is accepted and changes the service`(_ path: String) throws {
        let place = try Workplace(files: ["web.env": "FROM_FILE=1\n", "build/shop.tar.gz": ""])
        let key = try #require(KeyTable.service.keys.first { $0.path == path })
        let (keys, baseline) = try #require(ExampleText.of(key))
        let text = Workplace.text(keys) + "  database: {kind: accessory, image: postgres}\n"
        let plain = Workplace.text(baseline) + "  database: {kind: accessory, image: postgres}\n"
        let changed = try place.read(text)
        let unchanged = try place.read(plain)
        #expect(changed.services != unchanged.services, "\(keys)")
    }

    @Test(arguments: KeyTable.file.keys.map(\.path))
    func `an example of the file's own keys is accepted`(_ path: String) throws {
        let place = try Workplace(files: [
            "production.secrets.env": "A=1\n", "staging.secrets.env": "A=2\n", "production.env": "A=3\n",
            "docker-compose.yml": "services: {cache: {image: redis}, tool: {image: tool, profiles: [worker]}}",
            "docker-compose.prod.yml": "services: {cache: {image: redis:7}}",
        ])
        let key = try #require(KeyTable.file.keys.first { $0.path == path })
        var value = key.example
        if case .map = key.type { value = "{\(value)}" }
        let services =
            "services: {web: {image: shop-web, port: 80, host: a.example.com}, worker: {kind: worker, image: x}}\n"
        let text: String
        switch path {
        case "project": text = "project: \(value)\n" + services
        case "services": text = "project: shop\nservices: \(value)\n"
        case _ where path.hasPrefix("registries[]."):
            let others = [("host", "ghcr.io"), ("username", "a"), ("password", "A")].filter { $0.0 != key.name }
            let pairs = ([(key.name, value)] + others).map { "\($0.0): \($0.1)" }
            text = "project: shop\nregistries: [{\(pairs.joined(separator: ", "))}]\n" + services
        case _ where path.hasPrefix("compose."), _ where path.contains(".compose."):
            let rest = key.name == "files" ? "" : ", files: docker-compose.yml"
            let choice = "compose: {\(key.name): \(value)\(rest)}"
            text =
                path.hasPrefix("compose.")
                ? "project: shop\n\(choice)\n" + services
                : "project: shop\nenvironments: {production: {\(choice)}}\n" + services
        case _ where path.hasPrefix("environments."):
            text = "project: shop\nenvironments: {production: {\(key.name): \(value)}}\n" + services
        default: text = "project: shop\n\(key.name): \(value)\n" + services
        }
        #expect(try place.findings(text) == [])
    }
}

/// Puts a key's example into a service.
enum ExampleText {
    /// The service's keys with the example, and those without it.
    static func of(_ key: KeyReference) -> (with: String, without: String)? {
        var base: [(String, String)] = [("image", "shop:1"), ("port", "8080"), ("host", "shop.example.com")]
        func without(_ names: String...) { base.removeAll { names.contains($0.0) } }
        func text(_ pairs: [(String, String)]) -> String { pairs.map { "\($0.0): \($0.1)" }.joined(separator: "\n") }
        let name = key.name
        var value = key.example
        if value.contains("\n") {
            value = "\n" + value.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        }
        if case .map = key.type, !value.hasPrefix("{") { value = "{\(value)}" }
        let item = "{\(name): \(value)"
        switch key.path {
        case "kind": return (text([("image", "shop:1"), ("kind", value)]), text(base))
        case "image": return (text([("image", value)] + base.dropFirst()), text(base))
        case "port": return (text([("image", "shop:1"), ("port", "8081"), ("host", "a")]), text(base))
        case "artifact": return (text([("artifact", value)] + base.dropFirst()), text(base))
        case "source": return (text([("source", value), ("command", "./web")] + base.dropFirst()), text(base))
        case _ where key.path.hasPrefix("source."):
            let isPassword = ["username", "password"].contains(name)
            let repository = isPassword ? "https://git.example.com/shop.git" : "git@git.example.com:shop.git"
            let ref = name == "ref" ? "" : ", ref: main"
            let rest = name == "username" ? ", password: GIT_TOKEN" : name == "password" ? ", username: git" : ""
            let others = [("command", "./web")] + base.dropFirst()
            return (
                text(
                    [("source", item + (name == "repository" ? "" : ", repository: \(repository)") + ref + rest + "}")]
                        + others
                ),
                text([("source", "{repository: \(repository), ref: main}")] + others)
            )
        case "hosts": return (text(base.dropLast() + [("hosts", value)]), text(base))
        case "internal": return (text(base.dropLast() + [("internal", value)]), text(base))
        case "strip": return (text(base + [("path", "/a"), ("strip", value)]), text(base + [("path", "/a")]))
        case "routes": return (text(base.dropLast() + [("routes", value)]), text(base))
        case "ports.blue", "ports.green":
            let other = key.path == "ports.blue" ? "green: 9000" : "blue: 9000"
            return (text(base + [("ports", item + ", \(other)}")]), text(base))
        case "secrets[].rotates":
            return (text(base + [("secrets", "[{name: A, rotates: true}]")]), text(base + [("secrets", "[A]")]))
        case "volumes[].source": return (text(base + [("volumes", "[\(item), shared: true}]")]), text(base))
        case "volumes[].target", "volumes[].readOnly", "volumes[].shared":
            let rest = ", source: /srv/a\(name == "target" ? ", shared: true" : "")}"
            return (text(base + [("volumes", "[\(item)\(rest)]")]), text(base))
        case "background.mode", "background.activate", "background.deactivate":
            let calls = "{mode: handover, activate: /internal/activate, deactivate: /internal/deactivate}"
            return (text(base + [("background", calls)]), text(base))
        case "switchWhen.quiet": return (text(base + [("switchWhen", item + "}")]), text(base))
        case "switchWhen.limit":
            return (text(base + [("switchWhen", item + ", quiet: 1}")]), text(base + [("switchWhen", "{quiet: 1}")]))
        case "migrate.timeout":
            return (text(base + [("migrate", item + ", command: x}")]), text(base + [("migrate", "x")]))
        case "timeouts.migrate":
            return (text(base + [("timeouts", item + "}")]), text(base))
        case "health.method": return (text(base + [("health", item + ", path: /health}")]), text(base))
        default: break
        }
        let parts = key.path.split(separator: ".").map(String.init)
        if key.path.hasPrefix("routes[].upgraded.") || key.path.hasPrefix("upgraded.") {
            let rule = name == "mode" ? "{mode: \(value)}" : "{mode: keep, \(name): \(value)}"
            let plain = "{mode: keep}"
            if key.path.hasPrefix("routes") {
                without("host")
                func route(_ rule: String) -> String { "[{host: a.example.com, upgraded: {/ws: \(rule)}}]" }
                return (
                    text(base + [("routes", route(rule))]),
                    text(base + [("routes", name == "mode" ? "[{path: /}]" : route(plain))])
                )
            }
            return (
                text(base + [("upgraded", "{/ws: \(rule)}")]),
                text(name == "mode" ? base : base + [("upgraded", "{/ws: \(plain)}")])
            )
        }
        switch parts.first {
        case "routes[]":
            without("host")
            let path = ["path", "hosts"].contains(name) ? "" : ", path: /x"
            let plain = name == "path" || name == "hosts" ? "[{path: /}]" : "[{path: /x}]"
            return (text(base + [("routes", "[\(item)\(path)}]")]), text(base + [("routes", plain)]))
        case "smoke[]":
            let method = name == "body" ? ", method: POST" : ""
            let plain = "[{path: \(name == "path" ? "/" : "/x")\(method)}]"
            return (
                text(base + [("smoke", "[\(item)\(name == "path" ? "" : ", path: /x")\(method)}]")]),
                text(base + [("smoke", plain)])
            )
        case "hooks[]":
            let whole = [("name", "a"), ("at", "after-release"), ("run", "x")]
            let hook = whole.map { $0.0 == name ? (name, value) : $0 } + (name == "timeout" ? [(name, value)] : [])
            func list(_ pairs: [(String, String)]) -> String {
                "[{" + pairs.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}]"
            }
            return (text(base + [("hooks", list(hook))]), text(base + [("hooks", list(whole))]))
        case "secrets[]": return (text(base + [("secrets", "[\(item)}]")]), text(base))
        default:
            if parts.count == 2 { return (text(base + [(parts[0], item + "}")]), text(base)) }
            return (text(base + [(name, value)]), text(base))
        }
    }
}

struct `The first file of teal init` {
    private func render(command: String? = nil) throws -> String {
        InitTemplate.render(
            project: try ProjectName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            source: .artifact(path: "build"),
            command: command,
            port: 8080,
            host: "shop.localhost"
        )
    }

    @Test func `it loads`() throws {
        let place = try Workplace()
        try place.write("teal.yml", try render())
        let project = try ConfigurationFile.load(path: place.path + "/teal.yml")
        let service = try #require(project.services.first)
        #expect(service.command == ["./web"])
        #expect(service.routes == [Route(hosts: ["shop.localhost"])])
        #expect(service.source == .artifact(path: place.path + "/build"))
    }

    @Test func `it loads with an image and with an odd command`() throws {
        let place = try Workplace()
        let name = try ServiceName(parsing: "web")
        let project = try ProjectName(parsing: "shop")
        let image = InitTemplate.render(
            project: project,
            service: name,
            source: .image("shop:1"),
            port: 80,
            host: "a.b"
        )
        #expect(try place.read(image).services.first?.source == .image("shop:1"))
        let odd = try place.read(try render(command: "./web --name '# ${A}'"))
        #expect(odd.services.first?.command == ["./web", "--name", "# ${A}"])
    }

    @Test func `every switched off key is one that Teal knows`() throws {
        let place = try Workplace()
        let lines = try render().split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            guard let hash = line.firstIndex(of: "#"), line[..<hash].allSatisfy({ $0 == " " }) else {
                return String(line)
            }
            let rest = line[line.index(after: hash)...]
            let isExplanation = rest.hasPrefix(" ") && !rest.hasPrefix("  ")
            return isExplanation ? String(line) : String(line[..<hash] + rest)
        }
        let codes = Set(try place.findings(lines.joined(separator: "\n")).map(\.code))
        // All at once they contradict each other and name files that are not there, but each is well written.
        #expect(codes.isSubset(of: [.conflict, .reference, .envFile, .data, .artifact]), "\(codes)")
    }
}

struct `Examples load` {
    @Test func `every file in examples is accepted, with nothing but what is said`() throws {
        let directory = Workplace.checkout + "/examples"
        var names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yml") }
        #expect(names.count >= 3)
        names.append("compose/teal.yml")
        for name in names.sorted() {
            do {
                let variables = ["VERSION": "1.4.2"]
                let project = try ConfigurationFile.load(path: "\(directory)/\(name)", variables: variables)
                #expect(!project.services.isEmpty)
            } catch {
                Issue.record("\(error)")
            }
        }
    }
}
