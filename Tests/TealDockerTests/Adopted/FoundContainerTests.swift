import TealCore
import TealDriverKit
import Testing

@testable import TealDocker

@Suite struct `A container that somebody else made` {
    private static let id = String(repeating: "0a", count: 32)

    private static let image: JSONValue = [
        "Id": "sha256:11", "RepoDigests": ["ghcr.io/acme/shop@sha256:22"],
        "Config": [
            "Entrypoint": ["/app"], "Cmd": ["serve"], "Env": ["PATH=/bin", "MODE=image", "OLD=1"], "User": "app",
            "WorkingDir": "/srv", "Labels": ["org": "acme"], "StopSignal": "SIGQUIT",
            "Healthcheck": ["Test": ["CMD", "/up"]],
        ],
    ]

    private static func container(
        config: [String: JSONValue] = [:],
        host: [String: JSONValue] = [:],
        networks: [String: JSONValue] = [:],
        mounts: [JSONValue] = []
    ) -> JSONValue {
        var settings: [String: JSONValue] = [
            "Image": "ghcr.io/acme/shop:1.4.2", "Entrypoint": ["/app"], "Cmd": ["serve"],
            "Env": ["PATH=/bin", "MODE=image", "OLD=1"], "User": "app", "WorkingDir": "/srv",
            "Hostname": "0a0a0a0a0a0a",
            "Labels": ["org": "acme"], "StopSignal": "SIGQUIT", "Healthcheck": ["Test": ["CMD", "/up"]],
            "ExposedPorts": ["8000/tcp": [:], "53/udp": [:]],
        ]
        settings.merge(config) { $1 }
        var hostConfig: [String: JSONValue] = [
            "RestartPolicy": ["Name": "always"], "NetworkMode": "bridge", "ShmSize": 67_108_864, "IpcMode": "private",
            "CgroupnsMode": "private", "Runtime": "runc", "LogConfig": ["Type": "json-file", "Config": [:]],
        ]
        hostConfig.merge(host) { $1 }
        return [
            "Id": .string(id), "Name": "/shop-blue", "Image": "sha256:11",
            "State": ["Status": "running", "Pid": 7, "StartedAt": "2026-11-21T10:59:21.5Z"],
            "Config": .object(settings), "HostConfig": .object(hostConfig), "Mounts": .array(mounts),
            "NetworkSettings": [
                "Ports": [
                    "8000/tcp": [["HostIp": "0.0.0.0", "HostPort": "8000"], ["HostIp": "::", "HostPort": "8000"]]
                ],
                "Networks": .object(networks),
            ],
        ]
    }

    @Test func `has nothing of its own where all is its image's and the engine's`() throws {
        let found = try #require(FoundContainer(Self.container(), image: Self.image))
        #expect(found.name == "shop-blue" && found.isRunning && found.restartPolicy == "always")
        #expect(found.content == .image(digest: "sha256:22"))
        var plain = WrittenContainer(project: "shop-blue", service: "shop-blue")
        plain.network.keepsApart = false
        #expect(found.written == plain)
        #expect(found.environment.isEmpty && found.obstacles.isEmpty && found.losses.isEmpty)
        #expect(found.exposedPorts == [8000])
        #expect(
            found.ports == [
                WrittenPort(hostAddress: "0.0.0.0", hostPort: 8000, containerPort: 8000),
                WrittenPort(hostAddress: "::", hostPort: 8000, containerPort: 8000),
            ]
        )
    }

    @Test func `is read with everything by which it would be made again`() throws {
        let json = Self.container(
            config: [
                "Cmd": ["serve", "--fast"], "User": "1000:1000", "Hostname": "shop", "Tty": true,
                "Env": ["PATH=/bin", "MODE=own", "DB_PASSWORD=hunter22"], "StopSignal": "SIGTERM",
                "Labels": [
                    "org": "acme", "tier": "front", "com.docker.compose.project": "shop",
                    "com.docker.compose.service": "web",
                ],
                "Healthcheck": ["Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 5_000_000_000, "Retries": 2],
            ],
            host: [
                "Memory": 268_435_456, "MemorySwap": 536_870_912, "NanoCpus": 500_000_000, "CapDrop": ["ALL"],
                "CapAdd": ["CHOWN"], "SecurityOpt": ["no-new-privileges"], "ReadonlyRootfs": true, "PidsLimit": 100,
                "Ulimits": [["Name": "nofile", "Soft": 1024, "Hard": 2048]], "Init": true, "NetworkMode": "app-network",
                "LogConfig": ["Type": "json-file", "Config": ["max-size": "10m"]], "Tmpfs": ["/tmp": "size=64m"],
                "ExtraHosts": ["host.docker.internal:host-gateway"], "Links": ["/other:db"],
            ],
            networks: [
                "app-network": ["IPAddress": "172.18.0.5", "NetworkID": "n1", "Aliases": ["web", "0a0a0a0a0a0a"]],
                "bridge": ["IPAddress": "172.17.0.5", "NetworkID": "n0"],
            ],
            mounts: [
                [
                    "Type": "bind", "Source": "/srv/files", "Destination": "/files", "RW": false,
                    "Propagation": "rprivate",
                ],
                ["Type": "volume", "Name": "shop_data", "Destination": "/data", "RW": true],
            ]
        )
        let found = try #require(FoundContainer(json, image: Self.image))
        let written = found.written
        #expect(written.command == ["serve", "--fast"] && written.entrypoint == nil)
        #expect(written.user == "1000:1000" && written.workingDirectory == nil)
        #expect(written.labels == ["tier": "front"])
        #expect(written.project == "shop" && written.service == "web")
        #expect(written.unsetVariables == ["OLD"] && written.stopSignal == "TERM")
        #expect(written.hasTerminal && written.usesInit == true)
        #expect(written.healthcheck?.test == ["CMD-SHELL", "curl -f localhost"])
        #expect(written.healthcheck?.interval == .seconds(5) && written.healthcheck?.retries == 2)
        #expect(written.rights.capabilitiesDropped == ["ALL"] && written.rights.isRootReadOnly)
        #expect(written.rights.ipcMode == nil && written.rights.controlGroupMode == nil)
        #expect(written.limits.memoryAndSwapBytesMax == 536_870_912 && written.limits.processesMax == 100)
        #expect(written.limits.ulimits == ["nofile": .init(soft: 1024, hard: 2048)])
        #expect(written.limits.sharedMemoryBytes == nil)
        #expect(written.network.hostName == "shop")
        #expect(written.network.networks == [WrittenNetwork(name: "app-network", aliases: ["shop-blue", "web"])])
        #expect(written.logging == WrittenLogging(driver: "json-file", options: ["max-size": "10m"]))
        #expect(written.mounts.map(\.target) == ["/data", "/files", "/tmp"])
        #expect(written.mounts[0].source == .volume(WrittenVolume(name: "shop_data")))
        #expect(written.mounts[1].isReadOnly)
        #expect(written.mounts[2].source == .memoryWords("size=64m"))
        #expect(found.resources == Resources(memoryBytesMax: 268_435_456, cpusMax: 0.5))
        #expect(found.environment == ["MODE": Secret("own"), "DB_PASSWORD": Secret("hunter22")])
        #expect(found.addresses == ["app-network": "172.18.0.5", "bridge": "172.17.0.5"])
        #expect(found.compose?.project == "shop" && found.compose?.number == 1)
        #expect(found.losses == ["its links to other containers (`--link`)"])
        #expect(!"\(found)".contains("hunter22"))
    }

    @Test func `says why it cannot be taken over as it is`() throws {
        let json = Self.container(
            config: ["Labels": ["com.docker.swarm.service.id": "x"]],
            host: ["AutoRemove": true]
        )
        let found = try #require(FoundContainer(json, image: .null))
        #expect(
            found.obstacles == [
                "was started with `--rm`: the engine gives it no restart policy, and removes it once it ends",
                "belongs to a service of Docker Swarm", "has an image that is not on this host any more",
            ]
        )
        #expect(found.content == .localImage(id: "sha256:11"))
        #expect(FoundContainer(["Id": "x"], image: .null) == nil)
    }
}
