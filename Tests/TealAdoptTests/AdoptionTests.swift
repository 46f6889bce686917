import TealAdopt
import TealCore
import TealDriverKit
import TealEngine
import Testing

/// A shop whose `web` runs in containers that somebody made by hand.
private struct Shop {
    static let project = known { try ProjectName(parsing: "shop") }
    static let key = ServiceKey(project: project, service: known { try ServiceName(parsing: "web") })
    static let request = Request(
        project: project,
        environment: known { try EnvironmentName(parsing: "production") },
        author: "anna",
        gitCommit: nil,
        wallTime: 7
    )

    static func spec(_ change: (inout ServiceSpec) -> Void = { _ in }) -> ServiceSpec {
        var spec = ServiceSpec(name: key.service, kind: .web, source: .image("shop:2"))
        spec.port = 8000
        spec.routes = [Route(hosts: ["shop.example.com"])]
        spec.health = HealthGate(check: .http(HTTPExpectation(path: "/health")))
        change(&spec)
        return spec
    }

    static func container(
        _ name: String,
        port: Int? = 8000,
        hostAddress: String = "127.0.0.1",
        phase: ReplicaPhase = .running,
        labels: [String: String] = [:],
        addresses: [String: String] = [:],
        environment: [String: Secret] = [:],
        obstacles: [String] = [],
        _ change: (inout WrittenContainer) -> Void = { _ in }
    ) -> FoundContainer {
        var written = WrittenContainer(project: name, service: name)
        change(&written)
        return FoundContainer(
            id: "id-\(name)",
            name: name,
            image: "shop:1",
            content: .localImage(id: "sha256:\(name.hasSuffix("green") ? "2" : "1")"),
            phase: phase,
            labels: labels,
            ports: port.map {
                [WrittenPort(hostAddress: hostAddress, hostPort: $0, containerPort: 8000)]
            } ?? [],
            exposedPorts: [8000],
            addresses: addresses,
            environment: environment,
            written: written,
            restartPolicy: "always",
            obstacles: obstacles
        )
    }

    static func adoption(
        _ containers: [FoundContainer],
        spec: ServiceSpec = spec(),
        state: HostState = HostState(),
        container: String? = nil,
        active: Slot? = nil,
        isNamed: Bool = false,
        trafficSwitch: SwitchKind = .nginx,
        line: SwitchLine? = nil,
        mark: String? = nil,
        refusal: String? = nil
    ) -> Adoption {
        var sight = AdoptionSight(containers: containers, state: state, trafficSwitch: trafficSwitch)
        sight.redirectRefusal = refusal
        if let line { sight.lines[key] = line }
        if let mark { sight.marks[key] = mark }
        let wish = AdoptionWish(spec: spec, container: container, active: active, isNamed: isNamed)
        return Adoption([wish], sight, request, neighbours: [Neighbour(name: key.service, port: 8000)]) { _ in "hash" }
    }

    static let ended = ReplicaPhase.exited(.init(code: 143, outOfMemory: false))
    static func line(_ address: String, obstacle: String? = nil) -> SwitchLine {
        SwitchLine(place: "/etc/nginx/sites-enabled/shop:9", address: address, obstacle: obstacle)
    }

    /// What must not be wrong in a test.
    private static func known<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { fatalError("\(error)") }
    }
}

@Suite struct `Which of two containers is active` {
    static let pair = [Shop.container("web-blue"), Shop.container("web-green", port: 8001)]

    @Test(arguments: [("127.0.0.1:8000", Slot.blue), ("localhost:8001", .green), ("127.0.0.1:8001", .green)])
    func `is what the switch's line says, whatever .current_env does`(address: String, slot: Slot) throws {
        let adoption = Shop.adoption(Self.pair, line: Shop.line(address), mark: "blue")
        let service = try #require(adoption.services.first)
        #expect(service.active.slot == slot)
        #expect(service.evidence.first == "/etc/nginx/sites-enabled/shop:9 leads to \(address)")
        #expect(service.hasLine)
        let isAgainst = slot == .green
        #expect(service.notes.contains(".current_env says blue, which is not so: it is written anew") == isAgainst)
        #expect(service.evidence.contains(".current_env says blue") != isAgainst)
    }

    @Test func `is what .current_env says where there is no line`() throws {
        let service = try #require(Shop.adoption(Self.pair, mark: "green").services.first)
        #expect(service.active.slot == .green)
        #expect(service.evidence == [".current_env says green"])
    }

    @Test func `is the one that runs`() throws {
        let pair = [Shop.container("web-blue", phase: Shop.ended), Shop.container("web-green", port: 8001)]
        let service = try #require(Shop.adoption(pair).services.first)
        #expect(service.active.slot == .green)
        #expect(service.standby?.slot == .blue)
        #expect(service.evidence == ["it is the only one that runs"])
    }

    @Test func `is for a person to say where nothing else does`() throws {
        #expect(Shop.adoption(Self.pair).problems.map(\.code) == ["adopt.ambiguous"])
        let service = try #require(Shop.adoption(Self.pair, active: .green).services.first)
        #expect(service.active.slot == .green)
    }

    @Test func `is not said against what users are led to`() {
        let adoption = Shop.adoption(Self.pair, active: .green, line: Shop.line("127.0.0.1:8000"))
        #expect(adoption.services.isEmpty)
        #expect(adoption.problems.map(\.code) == ["adopt.ambiguous"])
    }

    @Test(arguments: [
        (Shop.line("127.0.0.1:9000"), "adopt.line"),
        (Shop.line("127.0.0.1:8000", obstacle: "nginx does not follow it yet"), "adopt.line"),
    ])
    func `is nobody's where the line says something else`(line: SwitchLine, code: String) {
        #expect(Shop.adoption(Self.pair, line: line).problems.map(\.code) == [code])
    }

    @Test func `is not one that does not run`() {
        let pair = [Shop.container("web-blue", phase: Shop.ended), Shop.container("web-green", port: 8001)]
        let adoption = Shop.adoption(pair, line: Shop.line("127.0.0.1:8000"))
        #expect(adoption.problems.map(\.code) == ["adopt.not-running"])
        #expect(
            adoption.problems.first?.summary
                == "nothing has been changed: web-blue is what users of web are led to, and it does not run"
        )
    }
}

@Suite struct `What containers become` {
    @Test func `is two releases in their own slots, at their own ports, made again as they are`() throws {
        let secret = Secret("hunter22")
        let pair = [
            Shop.container(
                "shop-web-blue",
                hostAddress: "0.0.0.0",
                environment: ["MODE": Secret("a"), "DB_PASSWORD": secret]
            ) {
                $0.command = ["serve"]
                $0.network.networks = [WrittenNetwork(name: "app-network", aliases: ["web"])]
            },
            Shop.container("shop-web-green", port: 8001, phase: Shop.ended),
        ]
        let service = try #require(Shop.adoption(pair, line: Shop.line("127.0.0.1:8000")).services.first)
        let release = service.active.release
        #expect(release.id.number == 2)
        #expect(service.standby?.release.id.number == 1)
        #expect(service.standby?.endedWell == true)
        #expect(service.active.orders.map(\.container) == ["id-shop-web-blue"])
        #expect(service.active.orders.first?.endpoint == Endpoint(address: "127.0.0.1", port: 8000))
        #expect(release.spec.fixedPorts == FixedPorts(blue: 8000, green: 8001))
        #expect(release.spec.written?.command == ["serve"])
        #expect(release.spec.written?.network.networks.first?.aliases.isEmpty == true)
        #expect(release.spec.routes == Shop.spec().routes)
        #expect(release.content == .localImage(id: "sha256:1"))
        // Values are nowhere but beside the release.
        #expect(release.spec.environment.isEmpty)
        #expect(release.spec.secrets.map(\.name) == ["DB_PASSWORD"])
        #expect(release.secretVersions == ["MODE": 0, "DB_PASSWORD": 0])
        #expect(!"\(service)".contains("hunter22"))
        #expect(service.active.environment["DB_PASSWORD"] == secret)
        #expect(
            service.gaps.count == 1
                && service.gaps[0].hasPrefix("requests to 0.0.0.0:8000 go on to shop-web-blue, past nginx")
        )
        #expect(service.later.contains("the first release has no DB_PASSWORD, MODE: teal.yml does not name them"))
    }

    @Test func `is all replicas of a service of a Compose project, at their own addresses`() throws {
        let all = [2, 1].map { number in
            Shop.container(
                "shop-web-\(number)",
                port: nil,
                labels: [
                    "com.docker.compose.project": "shop", "com.docker.compose.service": "web",
                    "com.docker.compose.container-number": "\(number)",
                ],
                addresses: ["shop_default": "172.18.0.\(number + 1)"]
            )
        }
        let service = try #require(Shop.adoption(all, trafficSwitch: .proxy).services.first)
        #expect(service.active.containers.map(\.container.name) == ["shop-web-1", "shop-web-2"])
        #expect(service.active.release.spec.replicas == 2)
        #expect(service.active.orders.map(\.network) == ["shop_default", "shop_default"])
        #expect(
            service.active.orders.map(\.endpoint) == [
                Endpoint(address: "172.18.0.2", port: 8000), Endpoint(address: "172.18.0.3", port: 8000),
            ]
        )
        #expect(service.gaps.isEmpty)
        #expect(service.later.contains { $0.hasPrefix("`docker compose` knows these containers as well") })
    }

    @Test func `is what was named`() throws {
        let pair = [
            Shop.container("mr-mentor-backend-blue"),
            Shop.container("mr-mentor-backend-green", port: 8001, phase: Shop.ended),
        ]
        #expect(Shop.adoption(pair, isNamed: true).problems.map(\.code) == ["adopt.no-container"])
        let service = try #require(Shop.adoption(pair, container: "mr-mentor-backend").services.first)
        #expect(service.active.containers.first?.container.name == "mr-mentor-backend-blue")
    }

    @Test func `is nothing new where it was adopted before`() throws {
        let pair = [Shop.container("web-blue")]
        let service = try #require(Shop.adoption(pair).services.first)
        var state = HostState()
        state.adopt(service, proven: [], isTrusted: false, now: .init(nanoseconds: 1), wallTime: 7)
        let again = Shop.adoption(pair, state: state)
        #expect(again.already.map { "\($0)" } == ["web@1"])
        #expect(again.services.isEmpty && again.problems.isEmpty)
        state.releases[service.active.release.id]?.adopted = nil
        #expect(Shop.adoption(pair, state: state).problems.map(\.code) == ["adopt.active"])
    }

    @Test func `is told of with all that is in the way at once`() {
        let shown = Shop.container(
            "web-blue",
            port: 9000,
            environment: ["TOKEN": Secret("s3cr3t-x")],
            obstacles: ["is paused"]
        ) {
            $0.command = ["--token=s3cr3t-x"]
        }
        let spec = Shop.spec { $0.fixedPorts = FixedPorts(blue: 8000, green: 8001) }
        let codes = Shop.adoption([shown], spec: spec).problems.map(\.code)
        #expect(Set(codes) == ["adopt.ports", "adopt.unfit", "adopt.secret-shown"])
        #expect(Shop.adoption([], isNamed: true).problems.map(\.code) == ["adopt.no-container"])
        #expect(Shop.adoption([]).problems.map(\.code) == ["adopt.no-container"])
        let lost = Shop.container("web-blue", port: nil)
        #expect(Shop.adoption([lost]).problems.map(\.code) == ["adopt.no-address"])
    }
}

@Suite struct `A port of the host that a container publishes` {
    private func service(
        at hostAddress: String = "0.0.0.0",
        ports: [String],
        trafficSwitch: SwitchKind = .proxy,
        line: SwitchLine? = nil,
        refusal: String? = nil,
        phase: ReplicaPhase = .running,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> AdoptedService {
        let container = Shop.container(
            "web-blue",
            hostAddress: hostAddress,
            phase: phase,
            addresses: ["app-network": "172.18.0.2"]
        )
        let spec = Shop.spec { spec in
            spec.hostPorts = ports.compactMap { HostPort(parsing: $0) }
            change(&spec)
        }
        let adoption = Shop.adoption(
            [container],
            spec: spec,
            trafficSwitch: trafficSwitch,
            line: line,
            refusal: refusal
        )
        return try #require(adoption.services.first, "\(adoption.problems)")
    }

    @Test func `is left to the proxy where teal.yml has it listen there, and is no way to the container any more`()
        throws
    {
        let service = try service(ports: ["0.0.0.0:8000"])
        let order = try #require(service.active.orders.first)
        #expect(order.leaves == [HostPort(address: "0.0.0.0", port: 8000)])
        #expect(order.endpoint == Endpoint(address: "172.18.0.2", port: 8000) && order.network == "app-network")
        #expect(service.active.release.spec.hostPorts == [HostPort(address: "0.0.0.0", port: 8000)])
        #expect(service.gaps.isEmpty, "\(service.gaps)")
        #expect(
            service.later.contains(
                "port 0.0.0.0:8000 of the host stays with web-blue until it is stopped: once the first release is switched a "
                    + "rule leads new connections to the proxy, without a gap; then the proxy listens there, and the rule is gone"
            )
        )
        #expect(
            service.later.contains(
                "web-blue is stopped once that has settled and a rollback makes it anew from the record as web-blue, without "
                    + "0.0.0.0:8000, which the proxy has by then; the second release removes it, not its volumes"
            )
        )
    }

    @Test func `has a gap that is announced where nothing can be led away`() throws {
        let service = try service(ports: ["0.0.0.0:8000"], refusal: "there is no `nft`")
        #expect(
            service.gaps == [
                "nobody answers at port 0.0.0.0:8000 of the host from the stop of web-blue, at the end of the first release, "
                    + "until the proxy listens there: connections cannot be led away meanwhile: there is no `nft`. How long that was "
                    + "is measured, and told by `teal status`"
            ]
        )
        #expect(
            service.later.contains(
                "port 0.0.0.0:8000 of the host stays with web-blue until it is stopped; then the proxy listens there"
            )
        )
    }

    @Test func `is told of as far as the proxy does not open it`() throws {
        let narrow = try service(ports: ["8000"])
        #expect(narrow.active.orders.first?.leaves == [HostPort(address: "0.0.0.0", port: 8000)])
        #expect(
            narrow.gaps == [
                "requests to 0.0.0.0:8000 at other addresses than 127.0.0.1 go on to web-blue, past the proxy: from the end of the "
                    + "first release on nobody answers them; write `hostPorts: [\"0.0.0.0:8000\"]` for web in teal.yml, or "
                    + "`publish: everywhere` beside a Compose file, before you adopt it"
            ]
        )
        // One that only this host reaches is led to as a whole.
        #expect(try service(at: "127.0.0.1", ports: ["0.0.0.0:8000"]).gaps.isEmpty)
    }

    @Test func `stays a way past the switch where nobody has written it down, and how is said`() throws {
        let service = try service(ports: ["0.0.0.0:9000"])
        let order = try #require(service.active.orders.first)
        #expect(order.leaves.isEmpty && order.endpoint == Endpoint(address: "127.0.0.1", port: 8000))
        #expect(
            service.gaps == [
                "requests to 0.0.0.0:8000 go on to web-blue, past the proxy: from the end of the first release on nobody answers "
                    + "them; write `hostPorts: [\"0.0.0.0:8000\"]` for web in teal.yml before you adopt it, and the proxy takes it "
                    + "over; or lead those users to the proxy before that"
            ]
        )
        #expect(service.later.contains { $0.contains("kept for a rollback") })
    }

    @Test func `is nginx's where that is the switch`() throws {
        let service = try service(
            ports: ["0.0.0.0:8000"],
            trafficSwitch: .nginx,
            line: Shop.line("127.0.0.1:8000")
        )
        let order = try #require(service.active.orders.first)
        #expect(order.leaves.isEmpty && order.endpoint == Endpoint(address: "127.0.0.1", port: 8000))
        #expect(service.gaps.count == 1 && service.gaps[0].contains("past nginx"))
    }

    @Test func `is not published again by one that is made anew in its own place`() throws {
        let service = try service(ports: ["0.0.0.0:8000"]) { $0.strategy = .recreate }
        #expect(service.active.release.spec.written?.network.ports == [])
        let other = try self.service(ports: []) { $0.strategy = .recreate }
        #expect(other.active.release.spec.written?.network.ports.map(\.hostPort) == [8000])
    }
}

@Suite struct `A host that has adopted containers` {
    private func adopted(_ proven: Bool = true) throws -> (HostState, AdoptedService, TrafficTarget) {
        let pair = [Shop.container("web-blue"), Shop.container("web-green", port: 8001, phase: Shop.ended)]
        let service = try #require(Shop.adoption(pair, line: Shop.line("127.0.0.1:8000")).services.first)
        let target = TrafficTarget(
            replica: service.active.replica(0),
            release: service.active.release.id,
            run: RunID("id-web-blue 1"),
            endpoint: Endpoint(address: "127.0.0.1", port: 8000)
        )
        var state = HostState()
        state.adopt(service, proven: proven ? [target] : [], isTrusted: false, now: .init(nanoseconds: 1), wallTime: 7)
        return (state, service, target)
    }

    @Test func `leads its routes to them, and says that it did not make them`() throws {
        let (state, service, target) = try adopted()
        let record = try #require(state.services[Shop.key])
        #expect(record.activeSlot == .blue && record.routed == .slot(.blue))
        #expect(record.lastRelease == 2)
        #expect(state.traffic.map(\.targets) == [[target]])
        let entry = try #require(state.releases[service.active.release.id])
        #expect(entry.adopted == AdoptedMark(containers: ["web-blue"], isTrusted: false))
        #expect(entry.wasActive && entry.endedWell)
    }

    @Test func `can go back to the other one, and forward from the active one`() throws {
        let (state, service, _) = try adopted()
        #expect(state.rollbackTarget(of: Shop.key)?.id == service.standby?.release.id)
        let back = try #require(Planner.rollback([(Shop.key, nil)], state: state).members.first)
        #expect(back.slot == .green && back.new.id.number == 1 && back.mode == .blueGreen)
        let draft = ReleaseDraft(
            spec: Shop.spec(),
            content: .localImage(id: "sha256:3"),
            secretVersions: [:],
            configurationHash: "x"
        )
        let planned = Planner.deploy([draft], Shop.request, force: false, state: state)
        let member = try #require(planned.members.first)
        #expect(member.slot == .green && member.old?.id == service.active.release.id && member.new.id.number == 3)
    }

    @Test func `holds what the audit asks for`() throws {
        let (state, service, target) = try adopted()
        var sight = HostSight(
            state: state,
            written: TrafficTable(position: .init(epoch: 1, version: 1), services: state.traffic),
            replicas: [
                ReplicaState(
                    id: target.replica,
                    release: target.release,
                    endpoint: target.endpoint,
                    phase: .running,
                    run: target.run,
                    restarts: 0,
                    restartPolicy: .unlessStopped
                ),
                ReplicaState(
                    id: ReplicaID(service: Shop.key, slot: .green, index: 0),
                    release: try #require(service.standby?.release.id),
                    endpoint: nil,
                    phase: .exited(.init(code: 143, outOfMemory: false)),
                    run: RunID("id-web-green 1"),
                    restarts: 0,
                    restartPolicy: .no
                ),
            ],
            now: .init(nanoseconds: 2)
        )
        sight.followed = sight.written
        sight.position = sight.written.position
        sight.markers[Shop.key] = "blue"
        let audit = HostAudit(sight)
        for invariant in [Invariant.routesNameProven, .recordsAgree, .restorable, .usersAreServed, .endIsTrue] {
            #expect(audit.breaches(of: invariant).isEmpty, "\(invariant)")
        }
    }

    @Test func `is left as it is by the same adoption again, and once another release is active`() throws {
        let (state, service, _) = try adopted()
        var again = state
        again.adopt(service, proven: [], isTrusted: true, now: .init(nanoseconds: 9), wallTime: 9)
        #expect(again == state)
    }
}
