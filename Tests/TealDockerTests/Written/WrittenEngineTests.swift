import Glibc
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing))
)
struct `Containers as somebody wrote them down` {
    /// A release whose container is written.
    private func release(
        _ lab: DockerLab,
        _ name: String = "app",
        kind: ServiceKind = .worker,
        number: Int = 1,
        script: String = DockerLab.idle,
        changes: [String] = [],
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void = { _, _ in }
    ) async throws -> Release {
        let project = "lab\(lab.runtime.home.root.utf8.reduce(0) { $0 &* 31 &+ Int($1) }.magnitude % 100_000)"
        return try await lab.release(script, number: number, service: name, kind: kind, changes: changes) {
            spec in
            var written = WrittenContainer(project: project, service: name)
            written.command = ["/app/run"]
            var options = WrittenMount.BindOptions()
            options.makesDirectory = false
            written.mounts = [WrittenMount(.bind(path: lab.scratch, options), target: "/marks")]
            written.network.networks = [
                WrittenNetwork(
                    name: "\(project)_default",
                    definition: WrittenNetworkDefinition(key: "default"),
                    aliases: kind == .web ? [] : [name]
                )
            ]
            spec.volumes = []
            change(&written, &spec)
            spec.written = written
        }
    }

    private func inspect(_ lab: DockerLab, _ replica: ReplicaID) async throws -> JSONValue {
        let id = try await lab.container(replica).id
        let text = try await DockerEngine.curl("GET", "/containers/\(id)/json")
        return try #require(JSONValue(parsing: Array(text.utf8)))
    }

    @Test func `what is inspected is what was written`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab) { written, spec in
                written.entrypoint = ["/bin/sh"]
                written.command = ["/app/run"]
                written.workingDirectory = "/app"
                written.user = "0:0"
                written.labels = ["org.example": "1"]
                written.network.hostName = "shop"
                written.network.extraHosts = ["else:10.0.0.9"]
                written.usesInit = true
                written.stopSignal = "INT"
                written.rights.capabilitiesAdded = ["NET_ADMIN"]
                written.rights.capabilitiesDropped = ["MKNOD"]
                written.rights.groups = ["999"]
                written.rights.systemControls = ["net.core.somaxconn": "256"]
                written.rights.isRootReadOnly = true
                written.rights.ipcMode = "private"
                written.limits.processesMax = 200
                written.limits.sharedMemoryBytes = 1 << 25
                written.limits.ulimits = ["nofile": .init(soft: 1000, hard: 2000)]
                written.limits.outOfMemoryScore = 100
                written.mounts.append(WrittenMount(.memoryWords("size=1m"), target: "/tmp"))
                written.healthcheck = WrittenHealthcheck(test: ["CMD", "true"])
                written.healthcheck?.interval = .seconds(7)
                written.logging = WrittenLogging(driver: "json-file", options: ["max-size": "1m"])
                written.network.ports = [WrittenPort(hostPort: nil, containerPort: 9999, transport: "udp")]
                spec.stop.grace = .seconds(3)
                spec.resources.memoryBytesMax = 256 << 20
            }
            let first = try await lab.started(release)
            let facts = try await inspect(lab, first.id)
            let (config, host) = (facts["Config"], facts["HostConfig"])
            #expect(config["Entrypoint"] == ["/bin/sh"] && config["Cmd"] == ["/app/run"])
            #expect(config["WorkingDir"] == "/app" && config["User"] == "0:0" && config["Hostname"] == "shop")
            #expect(config["Labels"]["org.example"] == "1" && config["StopSignal"] == "SIGINT")
            #expect(config["StopTimeout"] == 3 && config["Healthcheck"]["Test"] == ["CMD", "true"])
            #expect(config["Healthcheck"]["Interval"] == 7_000_000_000)
            #expect(host["Init"] == true && host["CapAdd"].strings.contains { $0.hasSuffix("NET_ADMIN") })
            #expect(host["CapDrop"].strings.contains { $0.hasSuffix("MKNOD") } && host["GroupAdd"] == ["999"])
            #expect(host["Sysctls"] == ["net.core.somaxconn": "256"] && host["ReadonlyRootfs"] == true)
            #expect(host["IpcMode"] == "private" && host["PidsLimit"] == 200 && host["ShmSize"] == .int(1 << 25))
            #expect(host["Ulimits"] == [["Name": "nofile", "Soft": 1000, "Hard": 2000]])
            #expect(host["OomScoreAdj"] == 100 && host["Memory"] == .int(256 << 20))
            #expect(host["Tmpfs"] == ["/tmp": "size=1m"] && host["RestartPolicy"]["Name"] == "no")
            #expect(host["LogConfig"] == ["Type": "json-file", "Config": ["max-size": "1m"]])
            #expect(host["PortBindings"]["9999/udp"].array.first?["HostIp"] == "127.0.0.1")
            #expect(try await lab.says(first.id, "cat /proc/sys/net/core/somaxconn") == "256")
            #expect(try await lab.says(first.id, "ulimit -n") == "1000")
            #expect(try await lab.says(first.id, "hostname") == "shop")
            #expect(try await lab.says(first.id, "grep else /etc/hosts; echo $PORT.") == "10.0.0.9\telse\n.")
            #expect(try await lab.says(first.id, "touch /app/x 2>/dev/null || echo no") == "no")
            // Asked again, it is the same one.
            #expect(try await lab.runtime.start(lab.order(release)).run == first.run)
            try await lab.runtime.stop(first.id, policy: release.spec.stop)
            #expect(try await lab.runtime.start(lab.order(release)).origin == .kept)
        }
    }

    @Test func `services find each other in their own networks alone`() async throws {
        try await DockerLab.with { lab in
            func into(_ keys: [String], _ written: inout WrittenContainer) {
                let project = written.project
                let service = written.service
                written.network.networks = keys.map {
                    var definition = WrittenNetworkDefinition(key: $0)
                    definition.isInternal = $0 == "inner"
                    return WrittenNetwork(name: "\(project)_\($0)", definition: definition, aliases: [service])
                }
            }
            let one = try await lab.started(try await release(lab, "one") { written, _ in into(["front"], &written) })
            let two = try await lab.started(
                try await release(lab, "two") { written, _ in
                    into(["front", "inner"], &written)
                    written.network.networks[0].aliases = ["two", "zwei"]
                    written.network.networks[0].links = ["one:first"]
                }
            )
            let three = try await lab.started(
                try await release(lab, "three") { written, _ in into(["inner"], &written) }
            )
            #expect(try await lab.says(one.id, "ping -c 1 -W 2 zwei >/dev/null && echo yes") == "yes")
            #expect(try await lab.says(two.id, "ping -c 1 -W 2 first >/dev/null && echo yes") == "yes")
            #expect(try await lab.says(two.id, "ping -c 1 -W 2 three >/dev/null && echo yes") == "yes")
            #expect(try await lab.says(one.id, "ping -c 1 -W 2 three >/dev/null 2>&1 || echo no") == "no")
            // What is in no network together does not meet in Teal's either.
            let network = try #require(try lab.runtime.networks.record(of: one.id.service.project))
            let address = try #require(try await lab.container(two.id).networks[network.name]?.address)
            #expect(try await lab.says(one.id, "ping -c 1 -W 2 \(address) >/dev/null 2>&1 || echo no") == "no")
            #expect(try await lab.says(one.id, "ping -c 1 -W 2 \(network.gateway) >/dev/null && echo yes") == "yes")
            // One that leads nowhere stays there.
            #expect(try await lab.container(three.id).networks.count == 1 && three.endpoint == nil)
        }
    }

    @Test func `a container that was cut off from one of its networks is put back`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab)
            let first = try await lab.started(release)
            let network = try #require(release.spec.written?.network.networks.first?.name)
            let id = try await lab.container(first.id).id
            try await lab.client.disconnect(id, from: network)
            #expect(try await lab.state(first.id).drift == [.disconnected])
            try await lab.runtime.mend(first.id, run: try #require(first.run))
            #expect(try await lab.state(first.id).drift.isEmpty)
            #expect(try await lab.says(first.id, "ping -c 1 -W 2 app >/dev/null && echo yes") == "yes")
        }
    }

    @Test func `a record that was lost is made again from the container`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab, kind: .web)
            let first = try await lab.started(release)
            try lab.runtime.home.forget(first.id)
            let found = try #require(try await lab.runtime.replicas().isEmpty ? first : lab.state(first.id))
            #expect(found.endpoint == first.endpoint)
            let again = try await lab.runtime.start(lab.order(release))
            #expect(again.endpoint == first.endpoint && again.run == first.run && again.drift.isEmpty)
        }
    }

    @Test func `the written signal ends it, whatever a release says otherwise`() async throws {
        try await DockerLab.with { lab in
            let script = "trap 'echo out told; exit 7' USR1; echo out ready; while :; do sleep 0.1; done"
            let release = try await release(lab, script: script) { written, _ in written.stopSignal = "USR1" }
            let first = try await lab.started(release)
            try await lab.ready(first.id)
            try await lab.runtime.stop(first.id, policy: release.spec.stop)
            #expect(try await lab.container(first.id).exitCode == 7)
            #expect(release.spec.stop.signal == "TERM")
        }
    }

    // MARK: Files and volumes

    @Test func `configurations and secrets are files, and no secret is anywhere else`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab, changes: ["USER app"]) { written, spec in
                written.files = [
                    WrittenFile(target: "/etc/app.conf", content: .text("level = 1\n")),
                    WrittenFile(target: "/run/secrets/key", content: .secret("key")),
                    WrittenFile(
                        target: "/run/secrets/own",
                        content: .secret("key"),
                        mode: 0o400,
                        owner: 1000,
                        group: 1000
                    ),
                ]
                spec.secrets = [SecretReference(name: "key")]
            }
            try await lab.runtime.fetch(release)
            let first = try await lab.runtime.start(lab.order(release, environment: ["key": Secret("hidden-value")]))
            #expect(
                try await lab.says(first.id, "cat /etc/app.conf /run/secrets/key; id -u")
                    == "level = 1\nhidden-value1000"
            )
            #expect(
                try await lab.says(first.id, "cat /run/secrets/own; stat -c ' %a %u' /run/secrets/own")
                    == "hidden-value 400 1000"
            )
            #expect(try await lab.says(first.id, "(echo x > /etc/app.conf) 2>/dev/null || echo no") == "no")
            #expect(try await !inspect(lab, first.id).description.contains("hidden-value"))
            let secrets = "\(lab.runtime.home.root)/secret-files"
            var facts = stat()
            #expect(stat(secrets, &facts) == 0 && facts.st_mode & 0o777 == 0o700)
            try await lab.runtime.remove(first.id)
            #expect(DurableFile.names(in: "\(secrets)/lab/\(first.id)").isEmpty)
        }
    }

    @Test func `another content is another container, and the former's copy is still there`() async throws {
        try await DockerLab.with { lab in
            func with(_ text: String, _ number: Int) async throws -> Release {
                try await release(lab, number: number) { written, _ in
                    written.files = [WrittenFile(target: "/etc/app.conf", content: .text(text))]
                }
            }
            let one = try await with("one", 1)
            let first = try await lab.started(one)
            try await lab.runtime.stop(first.id, policy: one.spec.stop)
            let second = try await lab.started(try await with("two", 2), .green)
            #expect(try await lab.says(second.id, "cat /etc/app.conf") == "two")
            let back = try await lab.runtime.start(lab.order(one))
            #expect(back.origin == .kept)
            #expect(try await lab.says(back.id, "cat /etc/app.conf") == "one")
        }
    }

    @Test func `a volume that a stack had before is what it finds, and a new one is known to Compose`() async throws {
        try await DockerLab.with { lab in
            let old = "teal-test-\(getpid())_old"
            try await lab.client.createVolume(old, labels: ["com.docker.compose.volume": "old"])
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/\(old)?force=1") }
            let release = try await release(lab) { written, _ in
                written.mounts += [
                    WrittenMount(.volume(WrittenVolume(name: old, definition: .init(key: "old"))), target: "/old"),
                    WrittenMount(
                        .volume(WrittenVolume(name: "\(written.project)_new", definition: .init(key: "new"))),
                        target: "/data"
                    ),
                ]
            }
            let first = try await lab.started(release)
            #expect(try await lab.says(first.id, "touch /old/x /data/x && echo yes") == "yes")
            #expect(try await lab.client.volume(old)?.labels == ["com.docker.compose.volume": "old"])
            let made = try #require(release.spec.written?.volumes.last?.name)
            let labels = try await lab.client.volume(made)?.labels ?? [:]
            #expect(labels["com.docker.compose.volume"] == "new")
            #expect(labels["com.docker.compose.project"] == release.spec.written?.project)
        }
    }

    // MARK: What is not there

    @Test func `external networks and volumes that are missing are named with the command that makes them`()
        async throws
    {
        try await DockerLab.with { lab in
            let release = try await release(lab) { written, _ in
                written.network.networks.append(WrittenNetwork(name: "nowhere-net"))
                written.mounts.append(WrittenMount(.volume(WrittenVolume(name: "nowhere-vol")), target: "/v"))
                written.network.networks[0].gatewayPriority = 1
            }
            try await lab.runtime.fetch(release)
            let missing = try await lab.runtime.missing(for: release)
            #expect(
                missing.map(\.next).prefix(2) == [
                    "docker network create nowhere-net", "docker volume create nowhere-vol",
                ]
            )
            await #expect(
                throws: RuntimeError.refused(
                    "the network nowhere-net, which is external, is not there; make it with `docker network create nowhere-net`"
                )
            ) { try await lab.runtime.start(lab.order(release)) }
        }
    }

    @Test func `an external network is made when that is asked, once, and belongs to nobody`() async throws {
        try await DockerLab.with { lab in
            let name = "teal-test-\(getpid())-edge"
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/networks/\(name)") }
            let release = try await release(lab) { written, _ in
                written.network.networks.append(WrittenNetwork(name: name))
            }
            #expect(try await lab.runtime.missing(for: release).map(\.network) == [name])
            try await lab.runtime.makeNetwork(name)
            try await lab.runtime.makeNetwork(name)
            #expect(try await lab.runtime.missing(for: release).isEmpty)
            let first = try await lab.started(release)
            #expect(try await lab.container(first.id).networks.keys.contains(name))
            try await lab.runtime.remove(first.id)
            _ = try await lab.runtime.prune(keeping: [])
            #expect(try await lab.client.network(name) != nil)
        }
    }

    @Test func `a service shares another's network while that runs`() async throws {
        try await DockerLab.with { lab in
            let base = try await release(lab, "base")
            let guest = try await release(lab, "guest") { written, _ in
                written.network.networks = []
                written.network.mode = "service:base"
            }
            try await lab.runtime.fetch(guest)
            await #expect(
                throws: RuntimeError.refused(
                    "it shares something with base, which does not run; release base first, or with it"
                )
            ) { try await lab.runtime.start(lab.order(guest)) }
            let first = try await lab.started(base)
            let second = try await lab.runtime.start(lab.order(guest))
            let name = try await lab.says(first.id, "hostname")
            #expect(try await lab.says(second.id, "hostname") == name && second.endpoint == nil)
        }
    }

    @Test func `in the host's own network it is found at loopback`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab, kind: .web) { written, spec in
                written.network.networks = []
                written.network.mode = "host"
                spec.port = 24_901
            }
            let first = try await lab.started(release)
            #expect(first.endpoint == Endpoint(address: "127.0.0.1", port: 24_901))
            #expect(try await lab.container(first.id).networks.keys.sorted() == ["host"])
            #expect(try await lab.state(first.id).drift.isEmpty)
        }
    }

    @Test func `a command runs once with what is written, and its secrets go when it ends`() async throws {
        try await DockerLab.with { lab in
            let release = try await release(lab) { written, spec in
                written.files = [WrittenFile(target: "/run/secrets/key", content: .secret("key"))]
                spec.secrets = [SecretReference(name: "key")]
            }
            try await lab.runtime.fetch(release)
            let order = OnceOrder(
                name: "rollout/written",
                release: release,
                command: ["cat", "/run/secrets/key"],
                environment: ["key": Secret("hidden-value")],
                timeout: .seconds(20),
                onHost: false
            )
            #expect(try await lab.runtime.runOnce(order).tail == ["hidden-value"])
            let place = DockerRuntime.place(ofOnce: order.name)
            #expect(DurableFile.names(in: "\(lab.runtime.home.root)/secret-files/lab/\(place)").isEmpty)
        }
    }
}
