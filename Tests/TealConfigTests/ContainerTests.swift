import Foundation
import TealConfig
import TealCore
import Testing

struct `A service of an image says how it is confined` {
    @Test func `every key reaches the specification`() throws {
        let service = try Workplace().service(
            enough + """

                container:
                  user: "1000:1000"
                  readOnly: false
                  temporary: [/tmp, /srv/cache]
                  capabilities: [NET_RAW, cap_chown, NET_RAW]
                  newPrivileges: true
                  processesMax: 512
                """
        )
        var expected = ContainerPolicy()
        expected.user = "1000:1000"
        expected.readOnlyRoot = false
        expected.temporary = ["/tmp", "/srv/cache"]
        expected.capabilities = ["NET_RAW", "CHOWN"]
        expected.newPrivileges = true
        expected.processesMax = 512
        #expect(service.container == expected)
    }

    @Test func `nothing said leaves it to the kind, an empty list says none`() throws {
        let place = try Workplace()
        #expect(try place.service(enough).container == ContainerPolicy())
        let none = try place.service(enough + "\ncontainer: {capabilities: [], temporary: []}").container
        #expect(none.capabilities == [])
        #expect(none.temporary == [])
    }

    @Test func `what was assumed is said, and nothing once it is written`() throws {
        let place = try Workplace()
        let lines = { (keys: String, name: String) in
            try place.read(Workplace.text(keys, named: name)).assumptions.filter { $0.contains("container") }
        }
        #expect(
            try lines(enough, "web") == [
                """
                web: nothing said about its container, so it writes to volumes and to /run, /tmp, /var/cache, /var/run \
                and /var/tmp only, which end with it
                """
            ]
        )
        #expect(
            try lines("kind: accessory\nimage: postgres", "db") == [
                "db: nothing said about its container, so it may write to its root file system"
            ]
        )
        #expect(try lines(enough + "\ncontainer: {user: app}", "web") == [])
        #expect(try lines("artifact: build\nport: 80\nhost: a.b", "web") == [])
    }

    @Test func `a web without a port has the one that its image exposes`() throws {
        let place = try Workplace()
        let project = try place.read(Workplace.text("image: shop:1\nhost: a.b\nhealth: /up\nsmoke: [{path: /}]"))
        #expect(project.services.first?.port == nil)
        #expect(project.assumptions.contains("web: no port given, so the one port that its image exposes"))
        // A worker listens on nothing unless it says so.
        let worker = try place.read(Workplace.text("image: shop:1\nkind: worker"))
        #expect(!worker.assumptions.contains { $0.contains("port") })
    }

    @Test func `defaults for containers leave services of artifacts alone`() throws {
        let project = try Workplace().read(
            """
            project: shop
            defaults: {container: {user: app}, resources: {cpus: 1}}
            services:
              web: {image: "shop:1", port: 80, host: a.b}
              api: {artifact: build, port: 80, host: c.d}
            """
        )
        #expect(project.services.map(\.container.user) == ["app", nil])
    }

    @Test func `a writable volume is shared, read-only or recreated`() throws {
        let place = try Workplace()
        let text = enough + "\nvolumes: [\"uploads:/data\"]"
        #expect(try place.findings(Workplace.text(text)).map(\.code) == [.data])
        for way in ["uploads:/data:shared", "uploads:/data:ro"] {
            #expect(try place.findings(Workplace.text(enough + "\nvolumes: [\"\(way)\"]")) == [])
        }
        #expect(try place.findings(Workplace.text(text + "\nstrategy: recreate")) == [])
    }
}

struct `A registry says who pulls` {
    private static func text(_ registries: String, image: String = "ghcr.io/acme/shop:1") -> String {
        """
        project: shop
        registries: \(registries)
        services:
          web: {image: "\(image)", port: 80, host: a.b}
          db: {kind: accessory, image: "postgres:16"}

        """
    }

    private static let one = "[{host: ghcr.io, username: acme, password: REGISTRY_PASSWORD}]"

    @Test func `services get the one that their image is from`() throws {
        let place = try Workplace()
        let project = try place.read(Self.text(Self.one))
        let access = PullAccess(username: "acme", passwordSecret: "REGISTRY_PASSWORD")
        #expect(project.services.map(\.pull) == [access, nil])
        #expect(project.services.first?.secrets == [])
        #expect(project.services.first?.secretNames == ["REGISTRY_PASSWORD"])
        #expect(project.warnings == [])
    }

    @Test(arguments: ["docker.io", "index.docker.io"])
    func `images that name no registry are from docker.io`(host: String) throws {
        let project = try Workplace().read(
            Self.text("[{host: \(host), username: acme, password: HUB}]", image: "acme/shop:1")
        )
        #expect(project.services.map { $0.pull?.passwordSecret } == ["HUB", "HUB"])
        #expect(project.warnings == [])
    }

    @Test func `the value comes from the secrets file, and is missed where there is none`() throws {
        let place = try Workplace()
        #expect(
            try place.read(Self.text(Self.one)).remarks == [
                """
                web: no value of REGISTRY_PASSWORD in any file here; a deploy is refused unless the host has it from an \
                earlier one
                """
            ]
        )
        try place.write(".teal/secrets.env", "REGISTRY_PASSWORD=hunter2\nOTHER=1\n")
        let project = try place.read(Self.text(Self.one))
        #expect(project.secrets == ["REGISTRY_PASSWORD": Secret("hunter2")])
        #expect(project.services.allSatisfy { $0.environment.isEmpty })
    }

    @Test func `one that no image is from is said`() throws {
        let project = try Workplace().read(Self.text(Self.one, image: "shop:1"))
        #expect(project.warnings == ["registries: no service has an image of ghcr.io"])
    }

    @Test(arguments: [
        "hunter2 with spaces", "ghp_hunter2hunter2", "dckr_pat_hunter2", "HUNTER2=hunter2", "hunter2",
    ])
    func `a value in the place of the secret's name is never shown`(value: String) throws {
        let findings = try Workplace().findings(
            Self.text("[{host: ghcr.io, username: acme, password: \"\(value)\"}]")
        )
        #expect(findings.map(\.code) == [.value])
        #expect(!findings.map(\.problem.description).joined().lowercased().contains("hunter2"))
    }

    @Test(arguments: ["token: hunter2", "pass: hunter2", "passwordd: hunter2"])
    func `nor is it shown behind another key`(pair: String) throws {
        let findings = try Workplace().findings(Self.text("[{host: ghcr.io, username: acme, \(pair)}]"))
        #expect(Set(findings.map(\.code)) == [.unknownKey, .missing])
        #expect(!findings.map(\.problem.description).joined().contains("hunter2"))
    }
}
