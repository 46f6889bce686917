import Glibc
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing))
)
struct `Containers as Teal makes them` {
    @Test func `a web service's root is read-only, with places to write`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            #expect(try await lab.says(first.id, "touch /app/x 2>/dev/null || echo no") == "no")
            let paths = ["/tmp", "/run", "/var/tmp", "/var/cache", "/marks"]
            for path in paths {
                #expect(try await lab.says(first.id, "touch \(path)/x && echo yes") == "yes", "\(path)")
            }
            #expect(try await lab.says(first.id, "grep -c NoNewPrivs:.*1 /proc/1/status") == "1")
        }
    }

    @Test func `an image that begins as root may give root up, and has no other rights`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let script = """
                mkdir -p /tmp/d && chown 1000 /tmp/d && su app -c 'touch /tmp/d/x && id -u'; mknod /tmp/n c 1 3 2>/dev/null || echo no
                """
            let said = try await lab.says(first.id, "setpriv --help >/dev/null 2>&1; \(script)")
            #expect(said.hasSuffix("no"), "\(said)")
            #expect(try await lab.says(first.id, "stat -c %u /tmp/d") == "1000")
        }
    }

    @Test func `an image of another user has no rights at all`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle, changes: ["USER 1000"])
            let first = try await lab.started(release)
            #expect(try await lab.says(first.id, "id -u") == "1000")
            #expect(
                try await lab.says(first.id, "grep CapEff /proc/1/status | tr -d '\\t'") == "CapEff:0000000000000000"
            )
            #expect(try await lab.says(first.id, "touch /tmp/x && echo yes") == "yes")
        }
    }

    @Test func `an accessory writes to its root, and keeps its image's volume past its container`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle, kind: .accessory, changes: ["VOLUME /data"])
            let first = try await lab.started(release)
            #expect(try await lab.says(first.id, "touch /app/x && echo kept > /data/x && echo yes") == "yes")
            try await lab.runtime.remove(first.id)
            let again = try await lab.runtime.start(lab.order(release))
            #expect(try await lab.says(again.id, "cat /data/x") == "kept")
            #expect(try await lab.says(again.id, "test -e /app/x || echo fresh") == "fresh")
            let image = try #require(try await lab.runtime.shelf.content(of: release))
            let volumes = try await lab.runtime.volumes.data(of: first.id, image.volumes)
            let volume = try #require(volumes.keys.first)
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/\(volume)?force=1") }
            try await lab.runtime.remove(first.id)
        }
    }

    @Test func `names of neighbours lead to the gateway, and an accessory's to itself`() async throws {
        try await DockerLab.with { lab in
            let web = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(web)
            let first = try await lab.runtime.start(lab.order(web, neighbours: [web.id.service.service]))
            let name = web.id.service.service
            let long = "\(name).\(web.id.service.project)"
            let gateway = try #require(first.gateway)
            #expect(gateway.hasSuffix(".1/24"))
            let hosts = "\(gateway.dropLast(3))\t\(name)\n\(gateway.dropLast(3))\t\(long)"
            let grep = "grep -wE '\(name)|\(long)' /etc/hosts"
            #expect(try await lab.says(first.id, grep) == hosts)
            let store = try await lab.started(try await lab.release(DockerLab.idle, service: "store", kind: .accessory))
            for name in ["store", "store.\(web.id.service.project)"] {
                let said = try await lab.says(first.id, "nslookup \(name) 127.0.0.11 | grep -A1 Name: | tail -1")
                #expect(said.contains(store.endpoint?.address ?? "none"), "\(name): \(said)")
            }
            let order = OnceOrder(
                name: "names-\(getpid())",
                release: web,
                command: ["sh", "-c", grep],
                environment: [:],
                timeout: .seconds(20),
                onHost: false,
                neighbours: [name]
            )
            #expect(try await lab.runtime.runOnce(order).tail.joined(separator: "\n") == hosts)
        }
    }

    @Test func `a fixed port leads to the container, and is taken when another listens there`() async throws {
        try await DockerLab.with { lab in
            let port = 21_000 + Int(getpid()) % 4000
            let release = try await lab.release(LabScript.serving(at: "$PORT")) {
                $0.fixedPorts = FixedPorts(blue: port, green: port + 1)
            }
            let first = try await lab.started(release)
            #expect(first.endpoint == Endpoint(address: "127.0.0.1", port: port))
            try await eventually("its own process listens") {
                try await lab.runtime.listeners(of: first.id).owner == .replica
            }
            let taken = TCPListener.listen(port + 1)
            defer { close(taken) }
            await #expect(throws: RuntimeError.self) { try await lab.runtime.start(lab.order(release, .green)) }
            do {
                _ = try await lab.runtime.start(lab.order(release, .green))
            } catch RuntimeError.portTaken(let number, _) {
                #expect(number == port + 1)
            }
            let green = ReplicaID(service: release.id.service, slot: .green, index: 0)
            #expect(try await lab.state(green).phase == .stopped)
        }
    }

    @Test func `an image's health check is found, and Docker's own says unhealthy`() async throws {
        try await DockerLab.with { lab in
            let check = #"HEALTHCHECK --interval=200ms --timeout=3s --retries=1 CMD ["sh","-c","exit 1"]"#
            let release = try await lab.release(DockerLab.idle, changes: [check]) { $0.health.deadline = .seconds(1) }
            try await lab.runtime.fetch(release)
            let command = try await lab.runtime.healthCommand(of: release)
            #expect(command == HealthCommand(command: ["sh", "-c", "exit 1"], timeout: .seconds(3)))
            let events = EventRecord()
            let stream = lab.runtime.events()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            let first = try await lab.runtime.start(lab.order(release))
            try await eventually("it is unhealthy") { await events.has(first.id, .unhealthy, of: first.run) }
            #expect(try await lab.state(first.id).health == .unhealthy)
        }
    }

    @Test func `an image's health check is not the judge before the gate's deadline, and can be switched off`()
        async throws
    {
        try await DockerLab.with { lab in
            let check = #"HEALTHCHECK --interval=100ms --timeout=3s --retries=1 CMD ["sh","-c","exit 1"]"#
            let release = try await lab.release(DockerLab.idle, changes: [check])
            let first = try await lab.started(release)
            let off = try await lab.release(DockerLab.idle, changes: [check]) { $0.health.check = .off }
            try await lab.runtime.fetch(off)
            #expect(try await lab.runtime.healthCommand(of: off) == nil)
            let second = try await lab.runtime.start(lab.order(off, .green))
            try await eventually("it was asked") {
                let container = try await lab.container(first.id).id
                let said = try await DockerEngine.curl("GET", "/containers/\(container)/json")
                return JSONValue(parsing: Array(said.utf8))?["State"]["Health"]["Log"].array.count ?? 0 >= 3
            }
            #expect(try await lab.state(first.id).health == .starting)
            #expect(try await lab.state(second.id).health == nil)
        }
    }

    @Test func `running out of memory is told at once`() async throws {
        try await DockerLab.with { lab in
            let events = EventRecord()
            let stream = lab.runtime.events()
            // Ended below.
            let reading = Task { for await event in stream { await events.add(event) } }
            defer { reading.cancel() }
            let first = try await lab.started(try await lab.release(.growMemory, number: 1))
            try await eventually(within: .seconds(5), "it is told") {
                await events.has(first.id, .ended(.init(code: 137, outOfMemory: true)))
            }
        }
    }

    @Test func `a signal for background work does not cost the restart policy`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
            try await lab.ready(first.id)
            try await lab.runtime.setActivity(true, of: first.id, by: .signal("USR1"), within: .seconds(5))
            try await eventually("the signal has reached it") {
                try await lab.runtime.logTail(of: first.id, linesMax: 100).contains { $0.text == "usr1" }
            }
            try await lab.killProcess(of: first.id)
            try await eventually("it runs again") {
                let now = try await lab.state(first.id)
                return now.isRunning && now.run != first.run
            }
        }
    }

    @Test func `a run that the Engine began is told what the run before was told`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(.serve, number: 1)
            // Ended below: somebody must follow the events.
            let stream = lab.runtime.events()
            let reading = Task { for await _ in stream {} }
            defer { reading.cancel() }
            let first = try await lab.started(release)
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
            let call = ActivityCall.post(path: "/teal/activate")
            try await eventually("it agrees") {
                (try? await lab.runtime.setActivity(true, of: first.id, by: call, within: .seconds(2))) != nil
            }
            try await lab.killProcess(of: first.id)
            try await eventually(within: .seconds(20), "its next run is told too") {
                try await lab.runtime.logTail(of: first.id, linesMax: 100).filter { $0.text == "activated" }.count >= 2
            }
        }
    }

    @Test func `lines that a log driver only writes are kept from the start on`() async throws {
        try await DockerLab.with(logDriver: "none") { lab in
            let first = try await lab.started(try await lab.release(.speak, number: 1))
            try await eventually("its lines are there") {
                try await lab.runtime.logTail(of: first.id, linesMax: 100).contains { $0.text == "tick 3" }
            }
            let lines = try await lab.runtime.logTail(of: first.id, linesMax: 3)
            #expect(lines.count == 3 && lines.allSatisfy { $0.release == "lab/app@1" })
            // Another runtime has seen none of them, and says why.
            let other = try await lab.reattached()
            await #expect {
                try await other.logTail(of: first.id, linesMax: 3)
            } throws: { error in
                guard case RuntimeError.refused(let text) = error else { return false }
                return text.contains("its log driver 'none' only writes")
            }
        }
    }

    @Test func `the last lines of a removed container are there until another one is made in its place`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release("echo it says why; exit 3"))
            try await eventually("it has ended") { try await lab.state(first.id).phase != .running }
            try await lab.runtime.remove(first.id)
            let lines = try await lab.runtime.logTail(of: first.id, linesMax: 10)
            #expect(lines.map(\.text) == ["it says why"] && lines.first?.release == "lab/app@1")
            let second = try await lab.started(try await lab.release(DockerLab.idle, number: 2))
            try await lab.ready(second.id)
            #expect(try await lab.runtime.logTail(of: second.id, linesMax: 10).allSatisfy { $0.release == "lab/app@2" })
            try await lab.runtime.remove(second.id)
            #expect(try await lab.runtime.logTail(of: second.id, linesMax: 10).first?.release == "lab/app@2")
        }
    }

    @Test func `what a start changes makes another container, and what it does not keeps it`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            let container = try await lab.container(first.id).id
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            _ = try await lab.runtime.start(lab.order(release))
            #expect(try await lab.container(first.id).id == container)
            try await lab.runtime.stop(first.id, policy: StopPolicy())
            let again = try await lab.runtime.start(lab.order(release, environment: ["NEW": Secret("1")]))
            #expect(try await lab.container(first.id).id != container)
            #expect(again.endpoint == first.endpoint)
            #expect(try await lab.says(again.id, "echo $NEW") == "1")
        }
    }

    @Test func `no secret is in a label, a name or a record`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(release)
            let first = try await lab.runtime.start(lab.order(release, environment: ["KEY": Secret("s3cr3t-v4lue")]))
            let container = try await lab.container(first.id)
            #expect(!container.labels.values.contains { $0.contains("s3cr3t-v4lue") })
            let found = try await Shell.run(#"grep -r s3cr3t-v4lue "$1""#, [lab.configuration.home])
            #expect(found.code == 1, "\(found.output)")
        }
    }

    @Test func `what a once-only run wrote is in no record, and its end is there when its container is not`()
        async throws
    {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(release)
            let order = OnceOrder(
                name: "rollout/leaky",
                release: release,
                command: ["sh", "-c", "echo $KEY; exit 3"],
                environment: ["KEY": Secret("s3cr3t-v4lue")],
                timeout: .seconds(20),
                onHost: false
            )
            let end = try await lab.runtime.runOnce(order)
            #expect(end.exitCode == 3 && end.tail == ["s3cr3t-v4lue"])
            #expect(try await lab.reattached().runOnce(order) == end)
            let found = try await Shell.run(#"grep -r s3cr3t-v4lue "$1""#, [lab.configuration.home])
            #expect(found.code == 1, "\(found.output)")
            try await lab.killOnce(order.name)
            #expect(try await lab.runtime.onceState(of: order.name) == .ended(CommandResult(exitCode: 3, tail: [])))
        }
    }

    @Test func `a stop that comes while a start is under way leaves nothing running`() async throws {
        try await DockerLab.with { lab in
            let release = try await lab.release(DockerLab.idle)
            try await lab.runtime.fetch(release)
            let order = lab.order(release)
            // Awaited below.
            let starting = Task { try await lab.runtime.start(order) }
            try await eventually("the start has its place") { lab.runtime.knows(order.replica) }
            try await lab.runtime.stop(order.replica, policy: StopPolicy())
            _ = await starting.result
            #expect(try await lab.state(order.replica).phase == .stopped)
        }
    }

    @Test func `an event that comes late is none of the run that began since`() async throws {
        try await DockerLab.with { lab in
            let first = try await lab.started(try await lab.release(DockerLab.idle))
            let container = try await lab.container(first.id)
            let began = try #require(container.startedAt.flatMap { EngineMoment(parsing: $0) })
            func event(_ action: String, after nanoseconds: Int) throws -> EngineEvent {
                var attributes = container.labels
                attributes["exitCode"] = "137"
                let actor: JSONValue = ["ID": .string(container.id), "Attributes": JSONValue(attributes)]
                let time = began.seconds * 1_000_000_000 + began.nanoseconds + nanoseconds
                return try #require(
                    EngineEvent([
                        "Type": "container", "Action": .string(action), "Actor": actor, "timeNano": .int(time),
                    ])
                )
            }
            for action in ["die", "health_status: unhealthy"] {
                var translator = EventTranslator()
                let late = await translator.translate(try event(action, after: -1_000_000), lab.runtime)
                #expect(late.map(\.kind) == [.changed])
                let own = await translator.translate(try event(action, after: 1_000_000), lab.runtime)
                #expect(own.map(\.run) == [first.run] && own.map(\.kind) != [.changed])
            }
            // A process below the first one that was killed for its memory is not the end of the container.
            var translator = EventTranslator()
            _ = await translator.translate(try event("oom", after: 1_000_000), lab.runtime)
            var attributes = container.labels
            attributes["exitCode"] = "1"
            let actor: JSONValue = ["ID": .string(container.id), "Attributes": JSONValue(attributes)]
            let time = began.seconds * 1_000_000_000 + began.nanoseconds + 2_000_000
            let died = try #require(
                EngineEvent(["Type": "container", "Action": "die", "Actor": actor, "timeNano": .int(time)])
            )
            let told = await translator.translate(died, lab.runtime)
            #expect(told.map(\.kind) == [.ended(.init(code: 1, outOfMemory: false))])
        }
    }

    @Test func `two homes with the same project leave each other alone on one engine`() async throws {
        try await DockerLab.with { one in
            try await DockerLab.with { two in
                let first = try await one.started(try await one.release(DockerLab.idle))
                let release = try await two.release("echo another; \(DockerLab.idle)")
                let second = try await two.started(release)
                #expect(first.endpoint != second.endpoint && first.gateway != second.gateway)
                #expect(try await one.container(first.id).name == "app-blue")
                #expect(try await two.container(second.id).name == "lab-app-blue")
                #expect(try one.runtime.shelf.record(of: first.release)?.tag == "teal/lab/app:1")
                let suffix = try two.runtime.home.id().prefix(8)
                #expect(try two.runtime.shelf.record(of: second.release)?.tag == "teal/lab/app:1-\(suffix)")
                #expect(try await one.runtime.replicas().map(\.run) == [first.run])
                try await two.runtime.remove(second.id)
                #expect(try await two.runtime.prune(keeping: []) == ["image of app@1", "network of lab"])
                #expect(try await one.state(first.id).isRunning)
                #expect(try await one.client.image("teal/lab/app:1") != nil)
            }
        }
    }

    @Test func `the engine says what it is`() async throws {
        try await DockerLab.with { lab in
            let facts = try await lab.runtime.engine()
            #expect(facts.version.contains(".") && facts.apiVersion >= .oldest && !facts.dataRoot.isEmpty)
            #expect(!facts.loggingDriver.isEmpty)
        }
    }

    @Test func `pruning takes Teal's own alone`() async throws {
        try await DockerLab.with { lab in
            let foreign = try await LabImage(script: "#!/bin/sh\n", name: "\(lab.fixture.id)/foreign:1").load(
                lab.fixture
            )
            let release = try await lab.release(DockerLab.idle)
            let first = try await lab.started(release)
            let unused = try await lab.release(DockerLab.idle, number: 2)
            try await lab.runtime.fetch(unused)
            #expect(await lab.runtime.hasImage(of: unused))
            #expect(try await lab.runtime.prune(keeping: []) == ["image of app@2"])
            #expect(!(await lab.runtime.hasImage(of: unused)))
            #expect(try await lab.state(first.id).run == first.run)
            #expect(try await lab.client.image(foreign) != nil)
            try await lab.runtime.remove(first.id)
            #expect(try await lab.runtime.prune(keeping: []) == ["image of app@1", "network of lab"])
        }
    }
}

/// A listener of the host's own.
enum TCPListener {
    static func listen(_ port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 && Glibc.listen(descriptor, 8) == 0 ? descriptor : -1
    }
}
