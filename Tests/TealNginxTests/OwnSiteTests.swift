import Foundation
import TealCore
import TealDriverKit
import TealNginx
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `A site of its own is switched` {
    /// A site as a person wrote it; the place is led to `port`.
    private static func site(_ listen: Int, to port: Int) -> String {
        """
        # api.example.com, by hand
        server {
        \tlisten 127.0.0.1:\(listen);
            server_name api.example.com;   # two  spaces
            location / {
                proxy_pass http://127.0.0.1:\(port);
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade";
            }
        }

        """
    }

    private func run(
        _ body: (NginxFixture, NginxSwitch, [StageService], [TrafficTarget]) async throws -> Void
    ) async throws {
        let services = [try await StageService("web-1"), try await StageService("web-2")]
        let targets = try services.enumerated().map { try Traffic.target("web", $0 + 1, port: $1.endpoint.port) }
        try await NginxFixture.run { (fixture) async throws in
            let path = fixture.directory + "/available"
            try fixture.write("available", Self.site(fixture.port + 2, to: services[0].endpoint.port))
            // As on Debian: a link from what is enabled to what is there.
            try FileManager.default.createSymbolicLink(
                atPath: fixture.directory + "/sites/api",
                withDestinationPath: path
            )
            #expect(chmod(path, 0o640) == 0)
            kill(try #require(fixture.master), SIGHUP)
            let key = try Traffic.key("web")
            let nginx = fixture.makeSwitch {
                $0.listen = []
                $0.sites = [key: fixture.directory + "/sites/api"]
                $0.probe = Endpoint(address: "127.0.0.1", port: fixture.port + 2)
            }
            try await body(fixture, nginx, services, targets)
        }
        for service in services { try await service.close() }
    }

    private func table(_ version: UInt64, _ targets: TrafficTarget...) throws -> TrafficTable {
        Traffic.table(
            version,
            try Traffic.service("web", routes: [Route(hosts: ["api.example.com"])], targets: targets)
        )
    }

    private func answer(_ nginx: NginxSwitch, _ name: String) async -> Bool {
        var expectation = HTTPExpectation(path: "/")
        expectation.bodyPattern = "^\(name)$"
        return await nginx.request(expectation, host: "api.example.com", within: .seconds(5)).hasPassed
    }

    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch SwitchError.refused(let reason) {
            return reason
        } catch {
            return "\(error)"
        }
    }

    /// nginx had followed when the daemon was killed before that was written down, and a person saved a file meanwhile.
    @Test func `and stays so when somebody edits it before the daemon is back`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            try await nginx.publish(table(1, targets[0]))
            let file = URL(filePath: fixture.directory + "/state/nginx.json")
            let before = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
            try await nginx.publish(table(2, targets[1]))
            let after = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
            var torn = try #require(before)
            let first = try #require(torn["followed"] as? [String: Any])
            let second = try #require(after?["followed"] as? [String: Any])
            torn["pending"] =
                ["table": second["table"], "files": second["files"], "before": first["files"]] as [String: Any?]
            try JSONSerialization.data(withJSONObject: torn).write(to: file)
            let edited = try fixture.read("available") + "# mine\n"
            try fixture.write("available", edited)
            let key = try Traffic.key("web")
            let again = fixture.makeSwitch("two") {
                $0.listen = []
                $0.sites = [key: fixture.directory + "/sites/api"]
                $0.probe = Endpoint(address: "127.0.0.1", port: fixture.port + 2)
            }
            #expect(try await again.position() == TablePosition(epoch: 1, version: 2))
            #expect(try fixture.read("available") == edited)
            #expect(await answer(again, "web-2"))
        }
    }

    @Test func `by its one line, every other byte as it was`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            try await nginx.publish(table(1, targets[0]))
            #expect(await answer(nginx, "web-1"))
            #expect(try fixture.read("available") == Self.site(fixture.port + 2, to: services[0].endpoint.port))
            try await nginx.publish(table(2, targets[1]))
            #expect(await answer(nginx, "web-2"))
            #expect(try fixture.read("available") == Self.site(fixture.port + 2, to: services[1].endpoint.port))
            let facts = try FileManager.default.attributesOfItem(atPath: fixture.directory + "/available")
            #expect(facts[.posixPermissions] as? Int == 0o640)
            let link = try FileManager.default.attributesOfItem(atPath: fixture.directory + "/sites/api")
            #expect(link[.type] as? FileAttributeType == .typeSymbolicLink)
            // Nobody's targets: 503, and back.
            try await nginx.publish(table(3))
            let busy = await nginx.request(HTTPExpectation(path: "/"), host: "api.example.com", within: .seconds(5))
            #expect(busy == .failed(.status(503)))
            try await nginx.publish(table(4, targets[0]))
            #expect(await answer(nginx, "web-1"))
            // Only Teal's own requests are counted there, and it says so.
            _ = try await RawClient.answer(port: fixture.port + 2, RawClient.get("api.example.com", "/"))
            let counters = try await nginx.counters()
            #expect(counters.targets[targets[0].id]?.requests == 2)
            #expect(counters.targets[targets[0].id]?.successes == 2)
            #expect(counters.targets[targets[1].id]?.requests == 1)
            let key = try Traffic.key("web")
            #expect(nginx.settings.blindSpots(of: key).contains { $0.contains("synthetic probes only") })
            #expect(try nginx.settings.blindSpots(of: Traffic.key("api")).isEmpty)
        }
    }

    @Test func `and nginx is told nothing of a table by which its line stays as it is`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            let key = try Traffic.key("web")
            let text = Self.site(fixture.port + 2, to: services[0].endpoint.port)
            // When a worker began is known to a hundredth of a second: what was written just before is not gone by.
            let minuteAgo = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -60)]
            try FileManager.default.setAttributes(minuteAgo, ofItemAtPath: fixture.directory + "/available")
            #expect(try await holds { await nginx.line(of: key, knowing: [])?.obstacle == nil })
            let line = await nginx.line(of: key, knowing: [])
            #expect(line?.address == "\(services[0].endpoint)" && line?.line == 6)
            let other = try Traffic.key("api")
            #expect(await nginx.line(of: other, knowing: []) == nil)
            for version in [UInt64(1), 2, 2] {
                try await nginx.publish(table(version, targets[0]))
                #expect(try await nginx.position() == TablePosition(epoch: 1, version: version))
            }
            #expect(!FileManager.default.fileExists(atPath: nginx.settings.include))
            #expect(await !nginx.lacksItsFile)
            #expect(await nginx.drift().isEmpty)
            #expect(try fixture.read("available") == text)
            #expect(await answer(nginx, "web-1"))
            // What differs is told as ever.
            try await nginx.publish(table(3, targets[1]))
            #expect(FileManager.default.fileExists(atPath: nginx.settings.include))
            #expect(await answer(nginx, "web-2"))
            try await nginx.publish(table(4, targets[1]))
            #expect(try await nginx.position() == TablePosition(epoch: 1, version: 4))
        }
    }

    @Test func `and what is in flight through it is seen and cut, at the limit of both`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            try await nginx.publish(table(1, targets[0]))
            let socket = try await RawClient(port: fixture.port + 2)
            #expect(try await socket.say(RawClient.upgrade("api.example.com"), until: "101 Switching"))
            try await nginx.publish(table(2, targets[1]))
            #expect(try await nginx.counters().targets[targets[0].id]?.requestsInFlight == 1)
            let ids = [targets[0].id]
            #expect(try await nginx.cut(ids, requests: true, upgraded: false) == CutReport(requests: 0, upgraded: 0))
            #expect(try await socket.say("still here", until: "still here"))
            #expect(try await nginx.cut(ids, requests: true, upgraded: true) == CutReport(requests: 1, upgraded: 0))
            #expect(try await holds { socket.isOver })
        }
    }

    @Test func `and somebody else's change is noticed, and never overwritten`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            try await nginx.publish(table(1, targets[0]))
            let port = services[0].endpoint.port
            let edited = Self.site(fixture.port + 2, to: port) + "# and this\n"
            // The kernel tells the start of nginx's workers by hundredths of a second.
            try await Task.sleep(for: .milliseconds(50))
            try fixture.write("available", edited)
            let path = TestPath.resolved(fixture.directory + "/available")
            #expect(
                await refusal { try await nginx.publish(table(2, targets[1])) }
                    == "somebody else has changed \(path), and nginx does not follow that yet: test it with `nginx -t`, reload nginx, and try again"
            )
            #expect(try fixture.read("available") == edited)
            #expect(await answer(nginx, "web-1"))
            // Once nginx follows it, it is what Teal goes on from.
            #expect(
                try await holds {
                    kill(try #require(fixture.master), SIGHUP)
                    return await refusal { try await nginx.publish(table(2, targets[1])) } == nil
                }
            )
            #expect(
                try fixture.read("available") == edited.replacing("\(port);", with: "\(services[1].endpoint.port);")
            )
            // A place that leads elsewhere is another's.
            try fixture.write("available", edited.replacing("\(port);", with: "9;"))
            #expect(
                await refusal { try await nginx.publish(table(3, targets[0])) }?
                    .hasPrefix("somebody else has led \(path):6 to 127.0.0.1:9, where Teal had written") == true
            )
        }
    }

    @Test func `only where it is clear which line is meant, for one replica`() async throws {
        try await run { (fixture, nginx, services, targets) async throws in
            let path = TestPath.resolved(fixture.directory + "/available")
            #expect(
                await refusal { try await nginx.publish(table(1, targets[0], targets[1])) }?
                    .hasPrefix(
                        "\(path) has room for one replica of shop/web, not for 2: lead it to `http://$teal_shop_web`"
                    ) == true
            )
            try fixture.write(
                "available",
                "server { listen 127.0.0.1:\(fixture.port + 2); location / { proxy_pass http://127.0.0.1:1; }\nlocation /x { proxy_pass http://127.0.0.1:2; } }\n"
            )
            #expect(
                await refusal { try await nginx.publish(table(1, targets[0])) }
                    == "which line of \(path) is that of shop/web? line 1 leads to 127.0.0.1:1, line 2 leads to 127.0.0.1:2: end it with the comment `# teal`"
            )
            try fixture.write("available", "server { listen 127.0.0.1:\(fixture.port + 2); return 204; }\n")
            #expect(
                await refusal { try await nginx.publish(table(1, targets[0])) }
                    == "\(path) has no `proxy_pass http://address:port` and no `server address:port` of an upstream"
            )
            try FileManager.default.removeItem(atPath: fixture.directory + "/available")
            #expect(
                await refusal { try await nginx.publish(table(1, targets[0])) }?.hasSuffix(
                    "the site of shop/web, is not there"
                ) == true
            )
        }
    }
}

enum TestPath {
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
