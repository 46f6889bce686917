import Foundation
import TealCore
import TealDriverKit
import TealNginx
import TealNginxSite
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `A generated site works in the real nginx` {
    private struct Answer {
        let text: String

        /// The value of a header; nil without one, several joined.
        func header(_ name: String) -> String? {
            let values = text.split(separator: "\r\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { $0.dropFirst(name.count + 2) }
            return values.isEmpty ? nil : values.joined(separator: ", ")
        }
    }

    /// Puts a site at the test's ports and gives it a certificate of its own.
    private func install(_ fixture: NginxFixture, _ spec: ServiceSpec, _ options: NginxSiteOptions) async throws {
        var options = options
        let directory = fixture.directory
        let code = try await NginxFixture.shell([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.test",
            "-keyout", "\(directory)/key.pem", "-out", "\(directory)/cert.pem",
        ])
        #expect(code == 0)
        options.certificate = directory + "/cert.pem"
        options.key = directory + "/key.pem"
        options.webroot = directory + "/webroot"
        options.logDirectory = directory + "/log"
        options.log = fixture.log
        options.probePort = nil
        let key = try Traffic.key("web")
        let text = try NginxSite(key, spec, options: options).text
            .replacing("listen 443 ssl http2", with: "listen 127.0.0.1:\(fixture.port + 2) ssl http2")
            .replacing("listen 80;", with: "listen 127.0.0.1:\(fixture.port + 3);")
            .replacing("    listen [::]:443 ssl http2;\n", with: "").replacing("    listen [::]:80;\n", with: "")
        try fixture.write("sites/shop", text)
        #expect(try await NginxFixture.shell([NginxFixture.program, "-t", "-c", fixture.configuration]) == 0)
        kill(try #require(fixture.master), SIGHUP)
        #expect(try await holds { try await ask(fixture, "/").text.hasPrefix("HTTP/") })
    }

    /// Asks by curl, which speaks TLS and HTTP/2.
    private func ask(
        _ fixture: NginxFixture,
        _ path: String,
        _ more: [String] = [],
        tls: Bool = true
    ) async throws -> Answer {
        let port = fixture.port + (tls ? 2 : 3)
        let out = fixture.directory + "/answer"
        _ = try await NginxFixture.shell(
            [
                "/usr/bin/curl", "-sk", "-m", "5", "-D", out, "-o", out + ".body", "--connect-to",
                "::127.0.0.1:\(port)",
            ] + more + ["\(tls ? "https" : "http")://shop.test\(path)"]
        )
        return Answer(text: try String(contentsOf: URL(filePath: out), encoding: .utf8))
    }

    private func spec(_ routes: [Route]) throws -> ServiceSpec {
        var spec = ServiceSpec(name: try ServiceName(parsing: "web"), kind: .web, source: .artifact(path: "."))
        spec.routes = routes
        return spec
    }

    @Test func `before the upstream that Teal switches, counted, with upgrades`() async throws {
        let service = try await StageService("web-1")
        let second = try await StageService("web-2")
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch { $0.listen = [] }
            let target = try Traffic.target("web", 1, port: service.endpoint.port)
            let other = try Traffic.target("web", 2, port: second.endpoint.port)
            let route = Route(hosts: ["shop.test"])
            try await nginx.publish(Traffic.table(1, Traffic.service("web", routes: [route], targets: [target])))
            try await install(fixture, spec([route]), .init())
            let answer = try await ask(fixture, "/")
            #expect(answer.text.hasPrefix("HTTP/2 200"))
            #expect(answer.header("Strict-Transport-Security") == "max-age=31536000")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            #expect(answer.header("X-Frame-Options") == "SAMEORIGIN")
            #expect(answer.header("Server") == "nginx")
            let redirected = try await ask(fixture, "/a?b=1", tls: false)
            #expect(redirected.text.hasPrefix("HTTP/1.1 301"))
            #expect(redirected.header("Location") == "https://shop.test/a?b=1")
            let challenge = fixture.directory + "/webroot/.well-known/acme-challenge"
            try FileManager.default.createDirectory(atPath: challenge, withIntermediateDirectories: true)
            try Data("proof".utf8).write(to: URL(filePath: challenge + "/token"))
            #expect(try await ask(fixture, "/.well-known/acme-challenge/token", tls: false).text.contains(" 200 "))
            let upgrade = ["--http1.1", "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-m", "1"]
            #expect(try await ask(fixture, "/ws", upgrade).text.contains("101 Switching"))
            // The site is not touched by a switch.
            let site = try fixture.read("sites/shop")
            try await nginx.publish(Traffic.table(2, Traffic.service("web", routes: [route], targets: [other])))
            _ = try await ask(fixture, "/")
            #expect(try fixture.read("answer.body") == "web-2")
            #expect(try fixture.read("sites/shop") == site)
            #expect(try await nginx.counters().targets[other.id]?.successes == 1)
            // More than the limit at once are turned away, with a status of their own.
            var statuses: Set<String> = []
            for _ in 0..<60 { statuses.insert(String(try await ask(fixture, "/").text.prefix(10))) }
            #expect(statuses.contains("HTTP/2 429") || statuses == ["HTTP/2 200"])
        }
        try await service.close()
        try await second.close()
    }

    @Test func `with files beside the service, and their caching`() async throws {
        let service = try await StageService("web-1")
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch { $0.listen = [] }
            let target = try Traffic.target("web", 1, port: service.endpoint.port)
            let route = Route(hosts: ["shop.test"], pathPrefix: "/api", stripPrefix: true)
            try await nginx.publish(Traffic.table(1, Traffic.service("web", routes: [route], targets: [target])))
            let root = fixture.directory + "/root"
            try FileManager.default.createDirectory(atPath: root + "/assets", withIntermediateDirectories: true)
            for (name, text) in [
                ("index.html", "page"), ("assets/app-1a2b3c4d.js", "code"), ("logo.svg", "<svg/>"), (".env", "x"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: "\(root)/\(name)"))
            }
            var options = NginxSiteOptions()
            options.root = root
            try await install(fixture, spec([route]), options)
            let page = try await ask(fixture, "/some/page")
            #expect(page.text.hasPrefix("HTTP/2 200"))
            #expect(try fixture.read("answer.body") == "page")
            #expect(page.header("Cache-Control") == "no-cache")
            #expect(page.header("X-Frame-Options") == "SAMEORIGIN")
            let code = try await ask(fixture, "/assets/app-1a2b3c4d.js")
            #expect(code.header("Cache-Control") == "public, max-age=31536000, immutable")
            #expect(code.header("Strict-Transport-Security") == "max-age=31536000")
            #expect(try await ask(fixture, "/logo.svg").header("Cache-Control") == "public, max-age=3600")
            #expect(try await ask(fixture, "/assets/gone.js").text.hasPrefix("HTTP/2 404"))
            #expect(try await ask(fixture, "/.env").text.hasPrefix("HTTP/2 404"))
            _ = try await ask(fixture, "/api/path/a%2Fb?c=1")
            #expect(try fixture.read("answer.body") == "/path/a%2Fb?c=1")
        }
        try await service.close()
    }

    @Test func `before one address, in the line that Teal switches`() async throws {
        let service = try await StageService("web-1")
        let second = try await StageService("web-2")
        try await NginxFixture.run { (fixture) async throws in
            let route = Route(hosts: ["shop.test"])
            var options = NginxSiteOptions()
            options.backend = .address(service.endpoint)
            try await install(fixture, spec([route]), options)
            let key = try Traffic.key("web")
            let nginx = fixture.makeSwitch {
                $0.listen = []
                $0.sites = [key: fixture.directory + "/sites/shop"]
            }
            let target = try Traffic.target("web", 2, port: second.endpoint.port)
            let before = try fixture.read("sites/shop")
            try await nginx.publish(Traffic.table(1, Traffic.service("web", routes: [route], targets: [target])))
            _ = try await ask(fixture, "/")
            #expect(try fixture.read("answer.body") == "web-2")
            #expect(
                try fixture.read("sites/shop") == before.replacing("\(service.endpoint)", with: "\(second.endpoint)")
            )
            let upgrade = ["--http1.1", "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-m", "1"]
            #expect(try await ask(fixture, "/ws", upgrade).text.contains("101 Switching"))
        }
        try await service.close()
        try await second.close()
    }
}
