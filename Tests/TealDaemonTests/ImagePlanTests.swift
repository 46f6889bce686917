import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

private func found(
    _ place: FoundImage.Place = .registry,
    _ content: ReleaseContent = .image(digest: Samples.digest),
    _ traits: ImageTraits = .init(user: "app", ports: [8080], hasHealthCheck: false)
) -> Result<FoundImage, ImageError> {
    .success(.init(content: content, place: place, traits: traits))
}

@Suite struct `A plan resolves images` {
    private func spec(_ change: (inout ServiceSpec) -> Void = { _ in }) throws -> ServiceSpec {
        try Samples().image(1, "ghcr.io/acme/shop:1.4") { spec in
            spec.port = 8080
            change(&spec)
        }.spec
    }

    private func plan(
        _ images: [String: Result<FoundImage, ImageError>],
        _ spec: ServiceSpec,
        assumed: [String] = []
    ) async throws -> PlanView {
        try await Fixture.with("plan") { fixture in
            let bench = try await Controls(fixture)
            for (name, result) in images { bench.images.put(name, result) }
            let view = try await bench.control.plan(bench.order(spec, assumed: assumed))
            // A plan pulls nothing.
            #expect(bench.containers.asked == [])
            return view
        }
    }

    @Test func `by the registry, and says so`() async throws {
        let plan = try await plan(["ghcr.io/acme/shop:1.4": found()], try spec(), assumed: ["nothing much"])
        let service = try #require(plan.services.first)
        #expect(service.content == "image ghcr.io/acme/shop:1.4 (sha256:0123456789ab)")
        #expect(
            service.image
                == PlannedImage(reference: "ghcr.io/acme/shop:1.4", digest: Samples.digest, found: .registry)
        )
        #expect(service.assumed == ["nothing much"])
        #expect(plan.warnings == [])
        #expect(plan.problems == [])
    }

    @Test func `by the host's copy, with why the registry was not asked`() async throws {
        let plan = try await plan(["ghcr.io/acme/shop:1.4": found(.host(because: "no route to host"))], try spec())
        #expect(plan.services.first?.image?.found == .host)
        #expect(plan.services.first?.image?.because == "no route to host")
    }

    @Test func `by the ID of one that was never pushed`() async throws {
        let images = ["ghcr.io/acme/shop:1.4": found(.hostOnly, .localImage(id: Samples.digest))]
        let service = try #require(try await plan(images, try spec()).services.first)
        #expect(
            service.content == "image ghcr.io/acme/shop:1.4 (sha256:0123456789ab), image of this host, never pushed"
        )
        #expect(service.image?.found == .hostOnly)
    }

    @Test func `and says what the image brings along`() async throws {
        let traits = ImageTraits(user: "", ports: [3000], hasHealthCheck: true, volumes: ["/data"])
        let images = ["ghcr.io/acme/shop:1.4": found(.registry, .image(digest: Samples.digest), traits)]
        let plan = try await plan(images, try spec { $0.port = nil }, assumed: ["no port given"])
        #expect(
            plan.services.first?.assumed == [
                "no port given", "port 3000, which its image exposes",
                "the HEALTHCHECK of its image is part of the health gate",
            ]
        )
        #expect(plan.warnings.count == 2)
        #expect(plan.warnings.first?.hasPrefix("web runs as root") == true)
    }

    @Test(
        arguments: [
            ([Int](), "its image exposes none", "Write `port: 8080` for web in teal.yml"),
            ([80, 443], "its image exposes several: 80, 443", "Write `port: 80` for web in teal.yml"),
            (nil, "what its image exposes is not known before it is pulled", "Write `port: 8080` for web in teal.yml"),
        ] as [([Int]?, String, String)]
    )
    func `a port that the image does not say has to be written`(ports: [Int]?, why: String, next: String) async throws {
        let images = [
            "ghcr.io/acme/shop:1.4": found(.registry, .image(digest: Samples.digest), ImageTraits(ports: ports))
        ]
        let spec = try spec { $0.port = nil }
        let problem = await #expect(throws: Problem.self) { try await plan(images, spec) }
        #expect(problem?.code == "deploy.image-port")
        #expect(problem?.summary == "nothing has been changed: no port is given for web, and \(why)")
        #expect(problem?.next == [next])
    }

    @Test func `one that nobody has is a problem`() async throws {
        let spec = try spec()
        let problem = await #expect(throws: Problem.self) { try await plan([:], spec) }
        #expect(problem?.code == "deploy.image-missing")
    }

    @Test func `the registry is asked with the password that is brought, and a plan keeps none`() async throws {
        try await Fixture.with("plan") { fixture in
            let bench = try await Controls(fixture)
            bench.images.put("ghcr.io/acme/shop:1.4", found())
            let spec = try spec { $0.pull = PullAccess(username: "acme", passwordSecret: "PULL") }
            let missing = await #expect(throws: Problem.self) { try await bench.control.plan(bench.order(spec)) }
            #expect(
                missing?.summary == "nothing has been changed: web needs secrets without a value: no value for PULL"
            )
            let view = try await bench.control.plan(bench.order(spec, secrets: ["PULL": "hunter2"]))
            #expect(view.problems == [])
            #expect(bench.images.state.withLock(\.asked).first == "ghcr.io/acme/shop:1.4 as acme hunter2")
            let project = try bench.samples.key.project
            #expect(try await bench.secrets.names(for: project) == [])
        }
    }

    @Test func `a rollback's image is the one that was recorded`() async throws {
        try await Fixture.with("plan") { fixture in
            let samples = try Samples()
            var state = try samples.state(active: 42)
            for number in [41, 42] {
                var record = ReleaseRecord(release: try samples.image(number, "shop:\(number)"))
                record.wasActive = true
                record.endedWell = true
                state.releases[record.id] = record
            }
            let bench = try await Controls(fixture, state)
            bench.images.state.withLock { $0.here = [Samples.digest] }
            let order = RollbackOrder(
                project: try samples.key.project,
                service: try samples.key.service,
                release: nil,
                withCurrentSecrets: false
            )
            let plan = try await bench.control.plan(
                RolloutRequest(.rollback(order), options: RolloutOptions(author: "anna"))
            )
            #expect(plan.services.first?.content == "image shop:41 (sha256:0123456789ab)")
            #expect(plan.services.first?.image?.found == .recorded)
            #expect(plan.problems == [])
            #expect(bench.images.state.withLock(\.asked) == [])
        }
    }
}

@Suite struct `Preflight of images` {
    private func with(
        _ state: HostState = HostState(),
        containersOf known: Set<ServiceKey> = [],
        _ body: (Controls) async throws -> Void
    ) async throws {
        try await Fixture.with("preflight") { try await body(Controls($0, state, containersOf: known)) }
    }

    @Test func `one that is here passes, and the registry is not asked`() async throws {
        try await with { bench in
            bench.images.state.withLock { $0.here = [Samples.digest] }
            let report = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(report == PreflightReport())
            #expect(bench.images.state.withLock(\.asked) == [])
        }
    }

    @Test func `one that can be pulled passes`() async throws {
        try await with { bench in
            bench.images.put("shop@\(Samples.digest)", found())
            let report = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(report == PreflightReport())
        }
    }

    @Test func `one that cannot be had is a problem`() async throws {
        try await with { bench in
            let report = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(
                report.problems.map(\.description) == [
                    """
                    error: nothing has been changed: the image of web@42, shop:1 (sha256:0123456789ab), cannot be had: neither \
                    docker.io nor this host has it [preflight.image]
                      next: Make it available again, or deploy another one; `teal history web` says which releases are \
                    restorable
                    """
                ]
            )
        }
    }

    @Test func `an engine that does not answer is said once, and by its name`() async throws {
        let service = try Samples().key
        try await with(containersOf: [service]) { bench in
            bench.containers.goDown()
            bench.images.state.withLock { $0.engine = .failure(.noEngine(reason: "there is no socket")) }
            let report = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(
                report.problems.map(\.description) == [
                    """
                    error: nothing has been changed: web@42 runs an image, and Docker cannot be used here: there is no socket \
                    [preflight.docker]
                      next: Start Docker, or name its socket with `teal serve --docker-socket`
                            Look at `teal doctor`
                    """
                ]
            )
        }
    }

    @Test func `a host does not reach containers of an engine without root, unless they have ports of its own`()
        async throws
    {
        let report = EngineReport(
            name: "Docker",
            version: "28.5.1",
            apiVersion: "1.51",
            socket: "/run/user/1000/docker.sock",
            keepsContainers: true,
            isRootless: true,
            settingsFile: nil
        )
        try await with { bench in
            bench.images.state.withLock { state in
                state.here = [Samples.digest]
                state.engine = .success(report)
            }
            let refused = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(
                refused.problems.map(\.description) == [
                    """
                    error: nothing has been changed: Docker runs without root, so web@42 would not be reached at its \
                    container's own address [preflight.rootless]
                      next: Give web a port of the host for each slot in teal.yml: `ports: {blue: 8000, green: 8001}`
                    """
                ]
            )
            let fixed = try bench.samples.image(42) { $0.fixedPorts = FixedPorts(blue: 8000, green: 8001) }
            #expect(await bench.check(bench.rollout(to: fixed)) == PreflightReport())
            let worker = try bench.samples.image(42) { spec in
                spec.kind = .worker
                spec.routes = []
                spec.port = nil
            }
            #expect(await bench.check(bench.rollout(to: worker)) == PreflightReport())
        }
    }

    @Test func `the disk of the engine is looked at as well`() async throws {
        // A file system on which nothing is ever free.
        let report = EngineReport(
            name: "Docker",
            version: "28.5.1",
            apiVersion: "1.51",
            socket: "/run/docker.sock",
            keepsContainers: true,
            isRootless: false,
            settingsFile: nil,
            dataRoot: "/proc"
        )
        try await with { bench in
            bench.images.state.withLock { state in
                state.here = [Samples.digest]
                state.engine = .success(report)
            }
            let found = await bench.check(bench.rollout(to: try bench.samples.image(42)))
            #expect(found.problems.map(\.code) == ["preflight.disk"])
            #expect(found.problems.first?.summary.contains("the disk that holds /proc has only 0 MiB left") == true)
            let processes = await bench.check(bench.rollout(to: try bench.samples.release(42)))
            #expect(processes == PreflightReport())
        }
    }

    @Test func `an artifact comes in the place of an image although the engine is away`() async throws {
        let service = try Samples().key
        try await with(containersOf: [service]) { bench in
            bench.known.set { $0.service == service && $0.slot == .blue }
            bench.containers.goDown()
            bench.images.state.withLock { $0.engine = .failure(.noEngine(reason: "there is no socket")) }
            bench.images.put("shop@\(Samples.digest)", found())
            let old = try bench.samples.image(41)
            let report = await bench.check(bench.rollout(to: try bench.samples.release(42), over: old))
            #expect(report.problems == [])
            #expect(
                report.warnings == [
                    """
                    what runs of web cannot be seen, and stops only once it can: the runtime gives no answer: nobody listens \
                    on /var/run/docker.sock
                    """
                ]
            )
            #expect(try await bench.runtime.replicas(of: service, in: .green) == [])
            await #expect(throws: FakeRuntime.down) { try await bench.runtime.replicas(of: service, in: .blue) }
        }
    }

    @Test func `an engine that does not answer stops no rollout of processes`() async throws {
        let other = try Samples(project: "blog").key
        try await with(containersOf: [other]) { bench in
            bench.containers.goDown()
            bench.images.state.withLock { $0.engine = .failure(.noEngine(reason: "there is no socket")) }
            let report = await bench.check(bench.rollout(to: try bench.samples.release(42)))
            #expect(report == PreflightReport())
        }
    }

    @Test func `a release that could not be gone back to is said before`() async throws {
        try await with { bench in
            bench.images.put("shop@\(Samples.digest)", found())
            let old = try bench.samples.image(41, "shop:dev", .localImage(id: Samples.digest))
            let report = await bench.check(bench.rollout(to: try bench.samples.image(42), over: old))
            #expect(report.problems == [])
            #expect(
                report.warnings == [
                    """
                    the image of web@41 cannot be had any more: it could not be rolled back to once it has stopped: it was \
                    never pushed, and is not on this host any more
                    """
                ]
            )
        }
    }
}

@Suite struct `Status of images` {
    private func state() throws -> HostState {
        let samples = try Samples()
        var state = try samples.state(active: 42)
        for number in [41, 42] {
            var record = ReleaseRecord(release: try samples.image(number, "shop:\(number)"))
            record.wasActive = true
            record.endedWell = true
            state.releases[record.id] = record
        }
        return state
    }

    @Test func `names the image, and what a rollback would have to pull`() async throws {
        try await Fixture.with("status") { fixture in
            let key = try Samples().key
            let bench = try await Controls(fixture, try state(), containersOf: [key])
            let place = ReplicaID(service: key, slot: .blue, index: 0)
            bench.containers.put(place, ReleaseID(service: key, number: 42))
            let status = try await bench.control.status(.init())
            let service = try #require(status.projects.first?.services.first)
            #expect(service.active?.image == "shop:42 (sha256:0123456789ab)")
            #expect(service.active?.replicas.first?.phase == "running")
            #expect(
                service.rollback?.what
                    == "pulls the image of web@41 again, starts it and routes to it once it is healthy"
            )
            let releases = try await bench.control.releases(of: key, limit: 1)
            #expect(releases.releases.map(\.restorable) == [false])
            bench.images.state.withLock { $0.here = [Samples.digest] }
            let again = try await bench.control.status(.init())
            #expect(
                again.projects.first?.services.first?.rollback?.what
                    == "starts web@41 again and routes to it once it is healthy"
            )
            #expect(try await bench.control.releases(of: key, limit: 1).releases.map(\.restorable) == [true])
        }
    }

    @Test func `says what a service is whose first release was kept out`() async throws {
        try await Fixture.with("status") { fixture in
            let samples = try Samples()
            let key = try samples.key
            var state = HostState()
            let release = try samples.release(1) { $0.kind = .worker }
            state.releases[release.id] = ReleaseRecord(release: release)
            state.services[key] = ServiceRecord(service: key, environment: release.environment)
            let service = try await Controls(fixture, state).control.status(.init()).projects.first?.services.first
            #expect(service?.kind == "worker")
            #expect(service?.active == nil)
        }
    }

    @Test func `says what cannot be seen, and calls it neither stopped nor well`() async throws {
        try await Fixture.with("status") { fixture in
            let key = try Samples().key
            let bench = try await Controls(fixture, try state(), containersOf: [key])
            bench.containers.goDown()
            let status = try await bench.control.status(.init())
            #expect(
                status.drift.contains(
                    """
                    some replicas cannot be seen: the runtime gives no answer: nobody listens on /var/run/docker.sock
                    """
                )
            )
            let service = try #require(status.projects.first?.services.first)
            #expect(service.active?.replicas.map(\.phase) == ["unknown"])
            #expect(service.active?.replicas.map(\.health) == [.unproven])
            #expect(service.drift == [])
        }
    }

    @Test func `the doctor looks at the engine only where something runs by it`() async throws {
        try await Fixture.with("doctor") { fixture in
            let key = try Samples().key
            let plain = try await Controls(fixture, try Samples().state(active: 42))
            plain.images.state.withLock { $0.engine = .failure(.noEngine(reason: "there is no socket")) }
            let fine = try await plain.control.doctor(.init(fix: false)).checks
            #expect(!fine.contains { $0.name.contains("engine") })
            let bench = try await Controls(fixture, try state(), containersOf: [key])
            bench.containers.goDown()
            bench.images.state.withLock { $0.engine = .failure(.noEngine(reason: "there is no socket")) }
            let checks = try await bench.control.doctor(.init(fix: false)).checks
            let texts = checks.flatMap(\.findings).map(\.text)
            #expect(texts.contains("there is no socket"))
            #expect(
                texts.contains(
                    """
                    replicas of shop/web cannot be seen: the runtime gives no answer: nobody listens on /var/run/docker.sock
                    """
                )
            )
            // What is not seen is not called missing.
            #expect(!texts.contains { $0.contains("does not exist") || $0.contains("does not run") })
            #expect(texts.contains { $0.hasPrefix("web@41 cannot be rolled back to: its image is gone: ") })
        }
    }

    @Test func `routes of what cannot be seen stay, and those of what died go`() throws {
        var state = try state()
        let key = try Samples().key
        let replica = ReplicaID(service: key, slot: .blue, index: 0)
        let target = TrafficTarget(
            replica: replica,
            release: ReleaseID(service: key, number: 42),
            run: RunID("run"),
            endpoint: Endpoint(address: "10.213.0.2", port: 80)
        )
        state.services[key]?.blue?.proven = [0: target]
        var kept = state
        kept.keepProven(running: [], unseen: [key], now: 0)
        #expect(kept == state)
        state.keepProven(running: [], now: 0)
        #expect(state.services[key]?.blue?.proven == [:])
    }
}
