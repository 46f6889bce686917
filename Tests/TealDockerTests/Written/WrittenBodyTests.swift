import TealCore
import TealDriverKit
import Testing

@testable import TealDocker

struct `What the Engine is told of a written container` {
    @Test func `where nothing is written, nothing of Teal's confinement is said`() throws {
        let body = try WrittenSample.body { _, _ in }
        #expect(
            Set(body.object.keys) == [
                "Env", "HostConfig", "Image", "Labels", "NetworkingConfig", "StopSignal", "StopTimeout",
            ]
        )
        let host = body["HostConfig"]
        #expect(
            Set(host.object.keys) == [
                "AutoRemove", "ExtraHosts", "LogConfig", "NetworkMode", "Privileged", "ReadonlyRootfs", "RestartPolicy",
            ]
        )
        #expect(host["Privileged"] == false && host["ReadonlyRootfs"] == false)
        #expect(host["RestartPolicy"] == ["Name": "no"])
        #expect(host["LogConfig"] == ["Type": "json-file", "Config": ["max-size": "10m", "max-file": "3"]])
    }

    // MARK: Program

    @Test func `the program is the written one`() throws {
        let body = try WrittenSample.body { written, _ in
            written.entrypoint = ["/sbin/tini", "--"]
            written.command = ["serve", "--all"]
            written.workingDirectory = "/srv"
            written.user = "1000:1000"
            written.network.hostName = "shop"
            written.network.domainName = "example.org"
            written.hasTerminal = true
            written.opensInput = true
            written.usesInit = true
        }
        #expect(body["Entrypoint"] == ["/sbin/tini", "--"] && body["Cmd"] == ["serve", "--all"])
        #expect(body["WorkingDir"] == "/srv" && body["User"] == "1000:1000")
        #expect(body["Hostname"] == "shop" && body["Domainname"] == "example.org")
        #expect(body["Tty"] == true && body["OpenStdin"] == true && body["HostConfig"]["Init"] == true)
    }

    @Test func `an entrypoint or a command that is empty takes the image's away`() throws {
        let image: JSONValue = ["Entrypoint": ["/entry"], "Cmd": ["x"]]
        #expect(try WrittenSample.body(image: image) { written, _ in written.entrypoint = [] }["Entrypoint"] == [""])
        let body = try WrittenSample.body(image: image) { written, _ in written.command = [] }
        #expect(body["Entrypoint"] == ["/entry"] && body["Cmd"].isNull)
        #expect(try WrittenSample.body(image: image) { _, _ in }["Entrypoint"].isNull)
    }

    @Test func `a command that runs once takes the written program before it, and neither ports nor names`() throws {
        let release = try WrittenSample.release { written, _ in
            written.entrypoint = ["/entry"]
            written.command = ["serve"]
            written.network.ports = [WrittenPort(hostPort: 25, containerPort: 25)]
            written.network.networks[0].ipv4Address = "172.28.0.9"
        }
        let body = try WrittenSample.plan(release, isOnce: true).body(labels: [:])
        #expect(body["Entrypoint"] == ["/entry"] && body["Cmd"] == ["migrate"])
        #expect(body["HostConfig"]["PortBindings"].isNull)
        let endpoints = WrittenBody(
            try WrittenSample.plan(release, isOnce: true),
            try #require(release.spec.written)
        ).endpoints
        #expect(endpoints.map(\.name) == ["teal-shop", "shop_default"] && endpoints[1].config == .object([:]))
    }

    @Test func `the environment has Teal's own variables, no port that nobody wrote, and takes away what was left out`()
        throws
    {
        let release = try WrittenSample.release { written, _ in
            written.unsetVariables = ["DEBUG", "A"]
            written.files = [WrittenFile(target: "/run/secrets/key", content: .secret("key"))]
        }
        let plan = try WrittenSample.plan(release, environment: ["A": Secret("1"), "key": Secret("hidden")])
        #expect(
            plan.environment == [
                "A=1", "TEAL_ACTIVE=1", "TEAL_RELEASE=app@4", "TEAL_REPLICA=0", "TEAL_SERVICE=app", "TEAL_SLOT=blue",
                "DEBUG",
            ]
        )
        #expect(!plan.body(labels: [:]).description.contains("hidden"))
    }

    @Test func `labels are the written ones beside Teal's, which cannot be taken`() throws {
        let release = try WrittenSample.release { written, _ in
            written.labels = ["org.example": "1", "teal.slot": "green"]
            written.annotations = ["run.oci": "x"]
        }
        let body = try WrittenSample.plan(release).body(labels: ["teal.slot": "blue"])
        #expect(body["Labels"]["org.example"] == "1" && body["Labels"]["teal.slot"] == "blue")
        #expect(body["HostConfig"]["Annotations"] == ["run.oci": "x"])
    }

    @Test(
        arguments: [
            (nil, nil, "SIGTERM"), (nil, "SIGQUIT", "SIGQUIT"), (nil, "3", "3"), ("INT", "SIGQUIT", "SIGINT"),
            ("SIGUSR1", nil, "SIGUSR1"),
        ] as [(String?, String?, String)]
    )
    func `the signal is the written one, or the image's`(written: String?, image: String?, signal: String) throws {
        let body = try WrittenSample.body(image: ["StopSignal": JSONValue(image)]) { container, spec in
            container.stopSignal = written
            spec.stop.grace = .seconds(90)
        }
        #expect(body["StopSignal"] == .string(signal) && body["StopTimeout"] == 90)
    }

    // MARK: Health

    @Test func `the check is the written one, and judges nobody before the gate's deadline`() throws {
        let body = try WrittenSample.body { written, spec in
            var check = WrittenHealthcheck(test: ["CMD-SHELL", "pg_isready"])
            check.interval = .seconds(5)
            check.timeout = .milliseconds(1500)
            check.retries = 7
            check.startPeriod = .seconds(1)
            check.startInterval = .seconds(2)
            written.healthcheck = check
            spec.health.deadline = .seconds(30)
        }
        #expect(
            body["Healthcheck"] == [
                "Test": ["CMD-SHELL", "pg_isready"], "Interval": 5_000_000_000, "Timeout": 1_500_000_000, "Retries": 7,
                "StartPeriod": 30_000_000_000, "StartInterval": 2_000_000_000,
            ]
        )
    }

    @Test func `a check that is off is off for the image's as well`() throws {
        let image: JSONValue = ["Healthcheck": ["Test": ["CMD", "/ok"]]]
        let off = try WrittenSample.body(image: image) { written, spec in
            written.healthcheck = WrittenHealthcheck(test: ["NONE"])
            spec.health.check = .off
        }
        #expect(off["Healthcheck"] == ["Test": ["NONE"]])
        let pace = try WrittenSample.body(image: image) { written, spec in
            written.healthcheck = WrittenHealthcheck(test: [])
            written.healthcheck?.interval = .seconds(3)
            spec.health.deadline = .seconds(4)
        }
        #expect(
            pace["Healthcheck"]
                == ["Test": ["CMD", "/ok"], "Interval": 3_000_000_000, "StartPeriod": 4_000_000_000]
        )
    }

    // MARK: Rights

    @Test func `rights are the written ones`() throws {
        let host = try WrittenSample.host { written, _ in
            written.rights.capabilitiesAdded = ["NET_ADMIN"]
            written.rights.capabilitiesDropped = ["ALL"]
            written.rights.isPrivileged = true
            written.rights.securityOptions = ["no-new-privileges:true", "apparmor=unconfined"]
            written.rights.isRootReadOnly = true
            written.rights.groups = ["audio", "999"]
            written.rights.systemControls = ["net.core.somaxconn": "1024"]
            written.rights.deviceRules = ["c 1:3 mr"]
            written.rights.processMode = "host"
            written.rights.ipcMode = "shareable"
            written.rights.hostNameMode = "host"
            written.rights.userMode = "host"
            written.rights.controlGroupMode = "private"
            written.rights.controlGroupParent = "m-executor"
            written.rights.isolation = "default"
            written.runtime = "runc"
            written.storageOptions = ["size": "1G"]
        }
        #expect(host["CapAdd"] == ["NET_ADMIN"] && host["CapDrop"] == ["ALL"] && host["Privileged"] == true)
        #expect(host["SecurityOpt"] == ["no-new-privileges:true", "apparmor=unconfined"])
        #expect(host["ReadonlyRootfs"] == true && host["GroupAdd"] == ["audio", "999"])
        #expect(host["Sysctls"] == ["net.core.somaxconn": "1024"] && host["DeviceCgroupRules"] == ["c 1:3 mr"])
        #expect(host["PidMode"] == "host" && host["IpcMode"] == "shareable" && host["UTSMode"] == "host")
        #expect(host["UsernsMode"] == "host" && host["CgroupnsMode"] == "private")
        #expect(host["CgroupParent"] == "m-executor" && host["Isolation"] == "default" && host["Runtime"] == "runc")
        #expect(host["StorageOpt"] == ["size": "1G"])
    }

    @Test func `devices are the written ones, by path and by what they can do`() throws {
        let host = try WrittenSample.host { written, _ in
            written.rights.devices = [WrittenDevice(source: "/dev/fuse", target: "/dev/fuse", permissions: "rw")]
            written.rights.deviceRequests = [
                WrittenDeviceRequest(driver: "nvidia", count: -1, capabilities: ["gpu"], options: ["a": "b"]),
                WrittenDeviceRequest(ids: ["0"], capabilities: ["gpu", "utility"]),
            ]
        }
        #expect(
            host["Devices"] == [
                ["PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rw"]
            ]
        )
        #expect(
            host["DeviceRequests"] == [
                [
                    "Driver": "nvidia", "Count": -1, "DeviceIDs": [], "Capabilities": [["gpu"]],
                    "Options": ["a": "b"],
                ],
                ["Driver": "", "Count": 0, "DeviceIDs": ["0"], "Capabilities": [["gpu", "utility"]], "Options": [:]],
            ]
        )
    }

    // MARK: Limits

    @Test func `limits are the written ones`() throws {
        let host = try WrittenSample.host { written, spec in
            spec.resources = Resources(memoryBytesMax: 1 << 30, cpusMax: 1.5)
            written.limits.memoryBytesReserved = 1 << 28
            written.limits.memoryAndSwapBytesMax = -1
            written.limits.swappiness = 10
            written.limits.survivesOutOfMemory = true
            written.limits.outOfMemoryScore = -500
            written.limits.sharedMemoryBytes = 1 << 26
            written.limits.processesMax = 200
            written.limits.cpuShares = 512
            written.limits.cpuPeriod = 100_000
            written.limits.cpuQuota = 50_000
            written.limits.cpuRealtimePeriod = 1_000_000
            written.limits.cpuRealtimeRuntime = 950_000
            written.limits.cpuSet = "0-1"
            written.limits.cpuCount = 2
            written.limits.cpuPercent = 50
            written.limits.ulimits = ["nofile": .init(soft: 1024, hard: 4096), "nproc": .init(soft: 64, hard: 64)]
        }
        #expect(host["Memory"] == .int(1 << 30) && host["NanoCpus"] == 1_500_000_000)
        #expect(host["MemoryReservation"] == .int(1 << 28) && host["MemorySwap"] == -1)
        #expect(host["MemorySwappiness"] == 10 && host["OomKillDisable"] == true && host["OomScoreAdj"] == -500)
        #expect(host["ShmSize"] == .int(1 << 26) && host["PidsLimit"] == 200 && host["CpuShares"] == 512)
        #expect(host["CpuPeriod"] == 100_000 && host["CpuQuota"] == 50_000)
        #expect(host["CpuRealtimePeriod"] == 1_000_000 && host["CpuRealtimeRuntime"] == 950_000)
        #expect(host["CpusetCpus"] == "0-1" && host["CpuCount"] == 2 && host["CpuPercent"] == 50)
        #expect(
            host["Ulimits"] == [
                ["Name": "nofile", "Soft": 1024, "Hard": 4096], ["Name": "nproc", "Soft": 64, "Hard": 64],
            ]
        )
        #expect(try WrittenSample.host { $1.resources.memoryBytesMax = 1 << 30 }["MemorySwap"].isNull)
    }

    @Test func `block devices are limited as written`() throws {
        let host = try WrittenSample.host { written, _ in
            written.limits.blocks.weight = 300
            written.limits.blocks.weights = [.init(path: "/dev/sda", value: 400)]
            written.limits.blocks.readBytes = [.init(path: "/dev/sdb", value: 12_582_912)]
            written.limits.blocks.writeBytes = [.init(path: "/dev/sdb", value: 1024)]
            written.limits.blocks.readOperations = [.init(path: "/dev/sdb", value: 120)]
            written.limits.blocks.writeOperations = [.init(path: "/dev/sdb", value: 30)]
        }
        #expect(host["BlkioWeight"] == 300 && host["BlkioWeightDevice"] == [["Path": "/dev/sda", "Weight": 400]])
        #expect(host["BlkioDeviceReadBps"] == [["Path": "/dev/sdb", "Rate": 12_582_912]])
        #expect(host["BlkioDeviceWriteBps"] == [["Path": "/dev/sdb", "Rate": 1024]])
        #expect(host["BlkioDeviceReadIOps"] == [["Path": "/dev/sdb", "Rate": 120]])
        #expect(host["BlkioDeviceWriteIOps"] == [["Path": "/dev/sdb", "Rate": 30]])
    }

    @Test func `logs go where it is written`() throws {
        let host = try WrittenSample.host { written, _ in
            written.logging = WrittenLogging(driver: "local", options: ["max-size": "1m"])
        }
        #expect(host["LogConfig"] == ["Type": "local", "Config": ["max-size": "1m"]])
    }

    // MARK: Drift

    @Test func `another word anywhere is another container`() throws {
        func hash(_ change: (inout WrittenContainer, inout ServiceSpec) -> Void) throws -> String {
            try WrittenSample.plan(WrittenSample.release(.worker, change)).hash
        }
        let hashes = try [
            hash { _, _ in }, hash { written, _ in written.labels = ["a": "b"] },
            hash { written, _ in written.rights.isPrivileged = true },
            hash { written, _ in written.network.networks[0].aliases = ["app", "other"] },
            hash { written, _ in written.network.networks.append(WrittenNetwork(name: "web")) },
            hash { written, _ in written.mounts = [WrittenMount(.anonymous, target: "/data")] },
            hash { written, _ in written.healthcheck = WrittenHealthcheck(test: ["CMD", "true"]) },
            hash { _, spec in spec.resources.memoryBytesMax = 1 << 30 },
        ]
        #expect(Set(hashes).count == hashes.count)
    }
}
