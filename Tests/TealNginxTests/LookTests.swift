import Foundation
import TealCore
import TealDriverKit
import TealNginx
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `A look at nginx changes nothing` {
    private func table(_ version: UInt64) throws -> TrafficTable {
        let target = try Traffic.target("web", Int(version), port: 21_199)
        return Traffic.table(version, try Traffic.service("web", routes: [Route(hosts: ["a.test"])], targets: [target]))
    }

    private func texts(_ nginx: NginxSwitch) async -> [String] { await nginx.examine().map(\.text) }

    @Test func `and finds nothing where all is well, before the first table and after it`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            #expect(await texts(nginx) == [])
            #expect(await nginx.drift() == [])
            #expect(!NginxSwitch.isFollowed(at: fixture.settings.status))
            try await nginx.publish(table(1))
            #expect(await texts(nginx) == [])
            #expect(await nginx.drift() == [])
            #expect(NginxSwitch.isFollowed(at: fixture.settings.status))
            let internalDoor = await nginx.internalEndpoint()
            #expect(internalDoor == nil)
            #expect(await nginx.publicEndpoint() == fixture.endpoint)
            try await fixture.stop()
            #expect(await nginx.publicEndpoint() == nil)
            #expect(await nginx.drift() == [])
        }
    }

    @Test func `and says what is missing`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let absent = fixture.makeSwitch { $0.program = "/nowhere/nginx" }
            let finding = try #require(await absent.examine().first)
            #expect(finding.text == "/nowhere/nginx cannot be run: No such file or directory")
            #expect(finding.next == ["Install nginx, or name its program with `--nginx`"])
            let elsewhere = fixture.makeSwitch { $0.include = fixture.directory + "/gone/teal.conf" }
            #expect(
                await texts(elsewhere) == ["\(fixture.directory)/gone may not be written to: No such file or directory"]
            )
            let unread = fixture.makeSwitch { $0.include = fixture.directory + "/state/teal.conf" }
            try fixture.write("state/teal.conf", "# Written by Teal.\n")
            #expect(
                await texts(unread) == [
                    "\(fixture.configuration) does not include \(fixture.directory)/state/teal.conf"
                ]
            )
            try fixture.write("sites/other", "server { listen nowhere at all; }\n")
            let broken = try #require(await fixture.makeSwitch().examine().first)
            #expect(broken.text.hasPrefix("nginx's configuration is broken: [emerg]"), "\(broken.text)")
            #expect(
                broken.next == [
                    "Put it right until `\(NginxFixture.program) -t -c \(fixture.configuration)` is content"
                ]
            )
        }
    }

    @Test func `and says what somebody else has done to Teal's own file`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            try await nginx.publish(table(1))
            let written = try fixture.read("conf.d/teal.conf")
            try fixture.write("conf.d/teal.conf", written + "# mine\n")
            let changed =
                "somebody else has changed \(fixture.include), which is Teal's own: remove that file, and it is written anew"
            #expect(await nginx.drift() == [changed])
            #expect(await texts(nginx) == [changed])
            #expect(try fixture.read("conf.d/teal.conf") == written + "# mine\n")
            try FileManager.default.removeItem(atPath: fixture.include)
            #expect(
                await nginx.drift() == [
                    "\(fixture.include) is gone: at its next reload nginx would lose the routes that are in it"
                ]
            )
            // The table that nginx still follows is written again.
            #expect(await nginx.lacksItsFile)
            try await nginx.publish(table(1))
            #expect(await nginx.drift() == [])
            #expect(try fixture.read("conf.d/teal.conf") == written)
        }
    }
}

@Suite struct `What nginx would not do` {
    private func objections(
        replicas: Int = 1,
        site: String? = nil,
        _ routes: Route...
    ) throws -> [NginxObjection] {
        let targets = try (0..<replicas).map { try Traffic.target("web", 1, port: 9_000 + $0) }
        var settings = NginxSettings(stateDirectory: "/nowhere")
        if let site { settings.sites = [try Traffic.key("web"): site] }
        return NginxObjection.all(to: try Traffic.service("web", routes: routes, targets: targets), settings)
    }

    @Test func `is nothing for what it does`() throws {
        #expect(try objections(replicas: 3, Route(hosts: ["a.test"], pathPrefix: "/x", stripPrefix: true)).isEmpty)
        #expect(try objections(Route(hosts: ["a.test"], internalOnly: true)).isEmpty)
        #expect(try objections(site: "/s", Route(hosts: ["a.test"])).isEmpty)
        // What has no limit of its own has that of the drain.
        #expect(try objections(Route(upgraded: [.init(pathPrefix: "/ws", mode: .keep)])).isEmpty)
    }

    @Test func `is to treat upgraded connections by their paths`() throws {
        let found = try objections(
            Route(upgraded: [
                .init(pathPrefix: "/a", mode: .close), .init(pathPrefix: "/b", mode: .keep, limit: .seconds(1)),
            ])
        )
        #expect(found.map(\.isFollowed) == [true, true])
        #expect(found[0].text == "nginx does not close the upgraded connections of web under /a at the switch")
        #expect(found[1].text.hasPrefix("nginx has one limit for all upgraded connections of web"))
    }

    @Test func `is what one line cannot say, and what cannot be written`() throws {
        let found = try objections(replicas: 2, site: "/s", Route(hosts: ["a.test"], internalOnly: true))
        #expect(found.map(\.isFollowed) == [false, false])
        #expect(found[0].text == "the one line of /s leads to one replica of web, not to 2")
        let quoted = try objections(Route(hosts: ["a.test"], pathPrefix: "/$x"))
        #expect(quoted.map(\.text) == ["shop/web: '/$x' cannot be a path for nginx"])
    }
}
