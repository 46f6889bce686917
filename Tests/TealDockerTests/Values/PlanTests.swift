import TealCore
import TealDriverKit
import Testing

@testable import TealDocker

struct `What a container is made of` {
    private func release(
        _ kind: ServiceKind = .web,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> Release {
        var spec = ServiceSpec(
            name: try ServiceName(parsing: "web"),
            kind: kind,
            source: .image("ghcr.io/acme/shop:1")
        )
        change(&spec)
        return Release(
            id: ReleaseID(
                service: ServiceKey(project: try ProjectName(parsing: "shop"), service: spec.name),
                number: 4
            ),
            environment: try EnvironmentName(parsing: "test"),
            spec: spec,
            content: .localImage(id: "sha256:1"),
            secretVersions: [:],
            configurationHash: "",
            gitCommit: nil,
            author: "test",
            createdAt: 0
        )
    }

    private func image(user: String = "", ports: [String] = [], volumes: [String] = []) throws -> ImageFacts {
        let config: JSONValue = [
            "User": .string(user),
            "ExposedPorts": .object(Dictionary(ports.map { ($0, JSONValue.object([:])) }) { $1 }),
            "Volumes": .object(Dictionary(volumes.map { ($0, JSONValue.object([:])) }) { $1 }),
        ]
        return try #require(ImageFacts(["Id": "sha256:1", "Config": config]))
    }

    private func plan(
        _ release: Release,
        _ image: ImageFacts,
        environment: [String: Secret] = [:]
    ) throws -> ContainerPlan {
        let place = ReplicaID(service: release.id.service, slot: .blue, index: 0)
        let order = StartOrder(replica: place, release: release, environment: environment, active: true)
        let port = ContainerPlan.port(of: release.spec, image: image)
        let subnet = try #require(IPv4Prefix(parsing: "10.213.4.0/24"))
        return ContainerPlan(
            image: "teal/shop/web:4",
            release: release,
            facts: image,
            environment: ContainerPlan.environment(order, port: port, image: image),
            command: release.spec.command,
            neighbours: [release.spec.name],
            network: NetworkRecord(name: "teal-shop", subnet: subnet),
            address: subnet.address(2),
            aliases: ContainerPlan.aliases(of: place, release.spec),
            volumes: ["files": "shop_files"],
            data: release.spec.kind == .accessory
                ? Dictionary(image.volumes.map { (ProjectVolumes.name(of: place, $0), $0) }) { $1 } : [:]
        )
    }

    @Test func `a web service is confined, limited, and has no restart policy of its own`() throws {
        let release = try release {
            $0.resources = Resources(memoryBytesMax: 64 << 20, cpusMax: 0.5)
            $0.container.processesMax = 100
        }
        let host = try plan(release, image(user: "1000")).body(labels: [:])["HostConfig"]
        #expect(host["ReadonlyRootfs"] == true && host["CapDrop"] == ["ALL"] && host["CapAdd"] == [])
        #expect(host["SecurityOpt"] == ["no-new-privileges"] && host["PidsLimit"] == 100)
        #expect(host["Memory"] == .int(64 << 20) && host["MemorySwap"] == .int(64 << 20))
        #expect(host["NanoCpus"] == 500_000_000)
        #expect(host["RestartPolicy"]["Name"] == "no" && host["AutoRemove"] == false)
        #expect(host["LogConfig"] == ["Type": "json-file", "Config": ["max-size": "10m", "max-file": "3"]])
        #expect(host["Tmpfs"].object.keys.sorted() == ["/run", "/tmp", "/var/run", "/var/tmp"])
        #expect(host["ExtraHosts"] == ["web:10.213.4.1"])
        #expect(host["PortBindings"].isNull)
    }

    @Test func `an image that begins as root keeps what it needs to give root up`() throws {
        let host = try plan(release(), image()).body(labels: [:])["HostConfig"]
        #expect(host["CapAdd"].strings == Confinement.rootCapabilities)
        let written = try plan(release { $0.container.capabilities = [] }, image()).body(labels: [:])["HostConfig"]
        #expect(written["CapAdd"] == [])
        let user = try plan(release { $0.container.user = "app:app" }, image()).body(labels: [:])
        #expect(user["User"] == "app:app" && user["HostConfig"]["CapAdd"] == [])
    }

    @Test func `a volume's name is the project's own, and a path is what it is`() throws {
        let release = try release {
            $0.volumes = [
                Volume(source: "files", target: "/files", readOnly: false, shared: true),
                Volume(source: "/srv/files", target: "/host", readOnly: true, shared: false),
            ]
        }
        let mounts = try plan(release, image()).body(labels: [:])["HostConfig"]["Mounts"].array
        #expect(mounts[0] == ["Type": "volume", "Source": "shop_files", "Target": "/files", "ReadOnly": false])
        #expect(mounts[1] == ["Type": "bind", "Source": "/srv/files", "Target": "/host", "ReadOnly": true])
    }

    @Test func `no two places have one volume, however their names are cut`() throws {
        func name(_ project: String, _ service: String, _ index: Int) throws -> String {
            let key = ServiceKey(project: try ProjectName(parsing: project), service: try ServiceName(parsing: service))
            return ProjectVolumes.name(of: ReplicaID(service: key, slot: .blue, index: index), "/data")
        }
        let names = try [
            name("a", "b-c", 0), name("a-b", "c", 0), name("a", "b", 0), name("a", "b-0", 0), name("a", "b", 1),
        ]
        #expect(Set(names).count == names.count)
    }

    @Test func `the Engine's own check begins after the gate's deadline, or not at all`() throws {
        let image = try #require(
            ImageFacts([
                "Id": "sha256:1",
                "Config": [
                    "Healthcheck": ["Test": ["CMD", "/ok"], "Interval": 5_000_000_000, "StartPeriod": 1_000_000_000]
                ],
            ])
        )
        let body = try plan(release { $0.health.deadline = .seconds(30) }, image).body(labels: [:])
        #expect(
            body["Healthcheck"]
                == ["Test": ["CMD", "/ok"], "Interval": 5_000_000_000, "StartPeriod": 30_000_000_000]
        )
        let off = try plan(release { $0.health.check = .off }, image).body(labels: [:])
        #expect(off["Healthcheck"] == ["Test": ["NONE"]])
        #expect(try plan(release(), self.image()).body(labels: [:])["Healthcheck"].isNull)
    }

    @Test func `an accessory writes to its root, keeps its volumes under names, and is found by its own name`() throws {
        let body = try plan(release(.accessory), image(volumes: ["/data"])).body(labels: ["a": "b"])
        let host = body["HostConfig"]
        #expect(host["ReadonlyRootfs"] == false && host["Tmpfs"].isNull)
        #expect(host["Mounts"].array.count == 1 && host["Mounts"].array[0]["Target"] == "/data")
        #expect(host["Mounts"].array[0]["Source"].string?.hasPrefix("shop_web_0_") == true)
        #expect(body["NetworkingConfig"]["EndpointsConfig"]["teal-shop"]["Aliases"] == ["web"])
        #expect(body["Labels"] == ["a": "b", "teal.alias": "web"])
    }

    @Test func `a slot does not carry its service's name`() throws {
        let endpoint = try plan(release(), image()).body(labels: [:])["NetworkingConfig"]["EndpointsConfig"][
            "teal-shop"
        ]
        #expect(endpoint == ["IPAMConfig": ["IPv4Address": "10.213.4.2"]])
    }

    @Test func `what is mounted is not a directory in memory as well`() throws {
        let release = try release {
            $0.volumes = [Volume(source: "/srv/tmp", target: "/tmp", readOnly: false, shared: true)]
        }
        let host = try plan(release, image()).body(labels: [:])["HostConfig"]
        #expect(host["Tmpfs"]["/tmp"].isNull)
        #expect(host["Mounts"].array[0] == ["Type": "bind", "Source": "/srv/tmp", "Target": "/tmp", "ReadOnly": false])
    }

    @Test func `the port is the written one, or the image's only one, or 8080`() throws {
        #expect(
            ContainerPlan.port(of: try release { $0.port = 3000 }.spec, image: try image(ports: ["80/tcp"])) == 3000
        )
        #expect(ContainerPlan.port(of: try release().spec, image: try image(ports: ["80/tcp", "53/udp"])) == 80)
        #expect(ContainerPlan.port(of: try release().spec, image: try image(ports: ["80/tcp", "443/tcp"])) == 8080)
        #expect(ContainerPlan.port(of: try release().spec, image: try image()) == 8080)
    }

    @Test func `the environment has what Teal adds, and HOST only where nobody says it`() throws {
        let plan = try plan(release(), image(), environment: ["A": Secret("b c")])
        #expect(
            plan.environment == [
                "A=b c", "HOST=0.0.0.0", "PORT=8080", "TEAL_ACTIVE=1", "TEAL_RELEASE=web@4", "TEAL_REPLICA=0",
                "TEAL_SERVICE=web", "TEAL_SLOT=blue",
            ]
        )
        let own = try self.plan(release(), image(), environment: ["HOST": Secret("::")])
        #expect(own.environment.contains("HOST=::"))
    }

    @Test func `the spec's hash says nothing of values, and changes with all else`() throws {
        let one = try plan(release(), image(), environment: ["A": Secret("1")])
        let other = try plan(release(), image(), environment: ["A": Secret("2")])
        #expect(one.hash == other.hash)
        let named = try plan(release(), image(), environment: ["B": Secret("1")])
        let limited = try plan(
            release { $0.resources.memoryBytesMax = 1 << 30 },
            image(),
            environment: ["A": Secret("1")]
        )
        #expect(Set([one.hash, named.hash, limited.hash]).count == 3)
        #expect(!one.body(labels: [:])["Labels"].description.contains("1"))
    }

    @Test func `labels give back what they were made of`() throws {
        let place = ReplicaID(service: try release().id.service, slot: .green, index: 3)
        let labels = ContainerLabels(home: "h", place: place, release: try release().id, spec: "s")
        #expect(ContainerLabels(labels.all) == labels)
        for key in labels.all.keys {
            var less = labels.all
            less[key] = nil
            #expect(ContainerLabels(less) == nil, "\(key)")
        }
    }

    @Test func `names go from the short one to the one that nobody else has`() throws {
        let service = try release().id.service
        let first = ContainerName.candidates(
            for: ReplicaID(service: service, slot: .blue, index: 0),
            home: "0123456789"
        )
        #expect(first == ["web-blue", "shop-web-blue", "shop-web-blue-01234567"])
        let third = ContainerName.candidates(
            for: ReplicaID(service: service, slot: .green, index: 2),
            home: "0123456789"
        )
        #expect(third[0] == "web-green-2")
    }

    @Test(
        arguments: [
            (["NONE"], nil), ([], nil), (["CMD"], nil), (["CMD", "/ok", "-q"], ["/ok", "-q"]),
            (["CMD-SHELL", "ok || exit 1"], ["/bin/sh", "-c", "ok || exit 1"]),
        ] as [([String], [String]?)]
    )
    func `an image's health check is read`(test: [String], command: [String]?) throws {
        let image = ImageFacts([
            "Id": "i", "Config": ["Healthcheck": ["Test": JSONValue(test), "Timeout": 2_000_000_000]],
        ])
        #expect(try #require(image).healthcheck == command.map { .init(command: $0, timeout: .seconds(2)) })
    }

    @Test(arguments: [("", true), ("root", true), ("0", true), ("0:0", true), ("app", false), ("1000:0", false)])
    func `root is known by name and by number`(user: String, isRoot: Bool) throws {
        #expect(try image(user: user).runsAsRoot == isRoot)
    }
}

extension JSONValue: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
