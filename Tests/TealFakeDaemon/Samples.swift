package import TealAPI
import TealCore

/// Values of every type of the API with every optional part filled in.
package enum Samples {
    package static let counters = RolloutCounters(
        watchedReal: 812,
        watchedSynthetic: 3,
        drained: 12,
        cutRequests: 1,
        cutUpgraded: 2
    )
    package static let wait = RolloutWait(
        waitingFor: "3 requests on web@41",
        untilSeconds: 34.5,
        endedBy: "its clients, or `teal deploy --supersede`"
    )
    package static let problem = ProblemBody(
        Problem(
            "deploy.health-timeout",
            "users were not affected: web@41 still takes all traffic; web@42 was not healthy within 80 s: answered 503",
            at: ["web-green-0 at 127.0.0.1:20005, 42 probes"],
            next: ["See its last lines with `teal logs web@42`"]
        )
    )

    /// A rollout that stands at `state`.
    package static func rollout(
        _ state: RolloutOutcome.State = .running,
        id: String = "r17",
        kind: RolloutKind = .deploy,
        problem: ProblemBody? = problem,
        back: RolloutBack? = nil,
        gaps: [AccessoryGap]? = nil
    ) -> RolloutView {
        let isFine = [.running, .released, .settled].contains(state)
        let moments: [ReachedMoment] =
            state == .running ? [] : [.init(.switched, seconds: 2.9), .init(.released, seconds: 6.3)]
        return RolloutView(
            id: id,
            kind: kind,
            project: "shop",
            environment: "production",
            author: "anna@laptop",
            startedAt: 1_760_000_000,
            elapsedSeconds: 6.5,
            services: [
                RolloutService(service: "web", from: "web@41", fromSlot: "blue", to: "web@42", toSlot: "green")
            ],
            phase: "drain",
            wait: wait,
            moments: state == .kept ? [] : moments,
            outcome: RolloutOutcome(
                state,
                old: isFine ? [] : ["web@41"],
                because: isFine ? nil : "web@42 was not healthy within 80 s",
                next: state == .halted ? ["teal resume r17 --done"] : []
            ),
            problem: isFine ? nil : problem,
            counters: counters,
            lastEvent: 7,
            back: back,
            gaps: gaps
        )
    }

    package static let gap = AccessoryGap(service: "db", seconds: 4.2, isOver: true)
    package static let left = LeftAccessory(
        service: "db",
        release: "db@3",
        changes: ["image: postgres:16 (sha256:98ac639ae282) -> postgres:17 (sha256:1b6f00000000)"],
        downtime: "it stops, within 10 s, before the new one starts; until that is ready nobody reaches it",
        next: "teal accessory upgrade db"
    )
    package static let accessory = AccessoryView(
        service: "db",
        release: "db@3",
        isSo: false,
        neededBy: ["web", "worker"],
        gapSeconds: nil
    )

    /// One event, counted and timed by its number.
    package static func event(
        _ sequence: Int,
        _ kind: RolloutEvent.Kind,
        phase: String? = nil,
        text: String = "",
        service: String? = nil,
        moment: RolloutMoment? = nil,
        wait: RolloutWait? = nil,
        outcome: RolloutOutcome? = nil,
        usersAreBack: Bool? = nil
    ) -> RolloutEvent {
        RolloutEvent(
            sequence: sequence,
            rollout: "r17",
            time: 1_760_000_000 + Double(sequence),
            elapsedSeconds: Double(sequence) / 2,
            kind: kind,
            phase: phase,
            service: service,
            text: text,
            moment: moment,
            wait: wait,
            outcome: outcome,
            usersAreBack: usersAreBack
        )
    }

    /// The events of a deploy that goes well.
    package static let goodEvents = [
        event(1, .phaseBegan, phase: "start", text: "starts web@42"),
        event(2, .phaseEnded, phase: "start", text: "start"),
        event(3, .phaseBegan, phase: "prove", text: "proves web@42"),
        event(4, .waiting, phase: "prove", text: "waits", wait: wait),
        event(5, .progress, phase: "prove", text: "2 of 3 passes", service: "web"),
        event(6, .moment, phase: "switch", text: "switched", moment: .switched),
        event(7, .warning, phase: "watch", text: "few requests", service: "web"),
        event(8, .moment, phase: "watch", text: "released", moment: .released),
        event(9, .moment, phase: "settle", text: "settled", moment: .settled),
        event(10, .ended, text: "settled", outcome: RolloutOutcome(.settled)),
    ]

    /// The events of a deploy that ends at `state`, which is none of the good ones.
    package static func badEvents(_ state: RolloutOutcome.State) -> [RolloutEvent] {
        [
            event(1, .phaseBegan, phase: "prove", text: "proves web@42"),
            event(2, .ended, text: "ended", outcome: RolloutOutcome(state, old: ["web@41"], because: "answered 503")),
        ]
    }

    /// The events of a rollout that is taken back, from the moment on at which that was asked for.
    package static let backEvents = [
        event(6, .moment, phase: "switch", text: "switched", moment: .switched),
        event(8, .phaseBegan, phase: "revert", text: "takes users back to web@41"),
        event(9, .waiting, phase: "revert", text: "waits", wait: wait, usersAreBack: true),
        event(10, .ended, text: "ended", outcome: RolloutOutcome(.reverted, old: ["web@41"]), usersAreBack: true),
    ]

    package static let image = PlannedImage(
        reference: "ghcr.io/acme/shop:1.4.2",
        digest: "sha256:98ac639ae28298ac639ae28298ac639ae28298ac639ae28298ac639ae28298ac",
        found: .host,
        because: "ghcr.io did not answer within 5s"
    )

    package static let commit = "0123456789abcdef0123456789abcdef01234567"

    package static let source = PlannedSource(
        repository: "git@git.example.com:acme/shop.git",
        ref: "main",
        commit: commit,
        built: false
    )

    package static func buildEvents(of service: String) -> [BuildEvent] {
        [
            BuildEvent(kind: .resolved, service: service, elapsedSeconds: 0, text: "commit \(commit) of main"),
            BuildEvent(kind: .command, service: service, elapsedSeconds: 1, text: "1/1 npm ci"),
            BuildEvent(kind: .output, service: service, elapsedSeconds: 2, text: "added 12 packages"),
        ]
    }

    /// What a build gives that is asked for.
    package static func built(_ request: BuildRequest) -> BuildResult {
        BuildResult(
            service: "\(request.service)",
            repository: "\(request.source.repository)",
            ref: "\(request.source.ref)",
            commit: request.commit?.description ?? commit,
            artifactSHA256: String(repeating: "5e", count: 32),
            sizeBytes: 3 << 20,
            built: request.again == true || request.commit == nil,
            elapsedSeconds: 4
        )
    }

    package static let plan = PlanView(
        kind: .deploy,
        project: "shop",
        environment: "production",
        services: [
            PlannedService(
                service: "web",
                kind: "web",
                strategy: "blue-green",
                from: "web@41",
                to: "web@42",
                slot: "green",
                content: "image ghcr.io/acme/shop:1.4.2 (sha256:98ac639ae282)",
                contentChanged: true,
                image: image,
                source: source,
                configuration: ["replicas: 1 -> 2"],
                environment: PlannedKeys(added: ["MODE"], changed: ["LEVEL"], removed: ["OLD"], unchanged: ["PORT"]),
                secrets: PlannedKeys(unchanged: ["TOKEN"]),
                routes: ["shop.example.com/"],
                routesChanged: false,
                replicas: 2,
                memoryBytesPerSlot: 512 << 20,
                memoryBytesBothSlots: 1 << 30,
                downtime: "it writes to /data, which only one release may have",
                assumed: ["no health check given, so GET /health must answer 2xx"],
                health: "GET /health",
                left: left
            )
        ],
        problems: [],
        warnings: ["the secret TOKEN is newer than web@41"],
        stages: [["db"], ["web"]]
    )

    package static let slot = SlotStatus(
        release: "web@42",
        slot: "green",
        since: 1_760_000_000,
        gitCommit: "0123456789abcdef0123456789abcdef01234567",
        image: "ghcr.io/acme/shop:1.4.2 (sha256:98ac639ae282)",
        replicas: [
            ReplicaStatus(
                replica: "web-green-0",
                phase: "running",
                health: .unhealthy,
                reason: "GET /up answered 500",
                endpoint: "127.0.0.1:20005",
                routed: true,
                restarts: 1
            )
        ]
    )
    package static let service = service(stopped: nil)
    package static func service(stopped: StopView?) -> ServiceStatus {
        ServiceStatus(
            service: "web",
            kind: "web",
            active: slot,
            standby: SlotStatus(release: "web@41", slot: "blue", since: nil, gitCommit: nil, replicas: []),
            routes: [RouteStatus(hosts: ["shop.example.com"], pathPrefix: "/api", internalOnly: false)],
            requestsInFlight: 3,
            upgradedOpen: 2,
            drift: ["web-green-1 was stopped by hand"],
            rollback: RollbackPreview(
                release: "web@41",
                what: "routes back to the running blue slot",
                aboutSeconds: 0.2,
                refusedBecause: "it is gone"
            ),
            stopped: stopped
        )
    }
    package static let usage = UsageView(
        seconds: 1,
        processors: 2,
        memoryBytes: 8 << 30,
        replicas: [
            UsageOfReplica(
                project: "shop",
                replica: "web-blue-0",
                release: "web@42",
                isActive: true,
                processors: 0.254,
                memoryBytes: 120 << 20,
                memoryBytesMax: 128 << 20,
                processes: 3
            ),
            UsageOfReplica(
                project: "shop",
                replica: "web-green-0",
                release: "web@41",
                isActive: false,
                memoryBytes: 64 << 20,
                processes: 1
            ),
            UsageOfReplica(
                project: "shop",
                replica: "work-blue-0",
                release: "work@7",
                isActive: true,
                reason: "Docker does not answer"
            ),
        ]
    )
    package static let status = StatusView(
        host: "host-a",
        daemon: "0.1.0",
        trafficSwitch: "proxy",
        publicEndpoint: "0.0.0.0:80",
        projects: [ProjectStatus(project: "shop", environment: "production", services: [service])],
        rollouts: [rollout()],
        drift: ["the reserve is missing"]
    )
    package static let release = ReleaseView(
        release: "web@42",
        number: 42,
        state: .takenBack,
        because: "2.5 % of 800 answers were errors",
        rollout: "r17",
        createdAt: 1_760_000_000,
        author: "anna@laptop",
        gitCommit: "0123456789abcdef0123456789abcdef01234567",
        content: "98ac639ae28298ac639ae28298ac639ae28298ac639ae28298ac639ae28298ac",
        replicas: 2,
        restorable: true
    )
    package static let entry = LogEntry(
        time: 1_760_000_000,
        service: "web",
        release: "web@42",
        replica: "web-green-0",
        isError: true,
        text: "listening"
    )
    package static let answer = ExecAnswer(
        replica: "web-green-0",
        exitCode: 3,
        output: ["one", "two"],
        timedOut: false
    )
    package static let health = HealthView(services: [
        ServiceHealth(
            service: "web",
            release: "web@42",
            probes: [
                ProbeView(target: "web-green-0", passed: true, latencySeconds: 0.004, text: "GET /up answered 200"),
                ProbeView(
                    target: "public route shop.example.com/",
                    passed: false,
                    latencySeconds: nil,
                    text: "refused"
                ),
            ]
        )
    ])
    package static let prune = PruneView(
        items: [PruneItem(what: "artifact 98ac of web@3", why: "it did not end well", sizeBytes: 3 << 20)],
        applied: false
    )
    package static let doctor = DoctorView(
        checks: [
            DoctorCheck(name: "Every rollout has ended", findings: []),
            DoctorCheck(
                name: "Routes name only running replicas that passed their gates",
                findings: [
                    DoctorFinding(
                        severity: .error,
                        text: "web-green-1 is down",
                        fix: "start web-green-1",
                        next: ["teal logs web"]
                    )
                ]
            ),
        ],
        fixed: false
    )
    package static let adopt = AdoptView(
        project: "shop",
        environment: "production",
        services: [
            AdoptedServiceView(
                service: "web",
                kind: "web",
                release: "web@2",
                already: false,
                evidence: ["/etc/nginx/sites-enabled/shop:9 leads to 127.0.0.1:8000", ".current_env says blue"],
                health: "passed: GET /health",
                containers: [
                    AdoptedContainerView(
                        name: "shop-blue",
                        id: "0123456789ab",
                        release: "web@2",
                        slot: "blue",
                        isActive: true,
                        state: "running",
                        image: "ghcr.io/acme/shop:1.4.2",
                        digest: "sha256:98ac639ae282",
                        address: "127.0.0.1:8000",
                        ports: ["0.0.0.0:8000 -> 8000/tcp"],
                        networks: ["app-network"],
                        environment: ["DATABASE_URL", "MODE"],
                        restartPolicy: "always"
                    ),
                    AdoptedContainerView(
                        name: "shop-green",
                        id: "ba9876543210",
                        release: "web@1",
                        slot: "green",
                        isActive: false,
                        state: "exited 143",
                        image: "ghcr.io/acme/shop:1.4.1",
                        digest: "sha256:0f12",
                        address: nil,
                        ports: [],
                        networks: [],
                        environment: [],
                        restartPolicy: "no"
                    ),
                ],
                changes: ["record shop-blue as web@2 in slot blue, active", "tag its image"],
                later: ["the first release starts from teal.yml in slot green beside shop-blue"],
                gaps: ["requests to 0.0.0.0:8000 go on to shop-blue, past nginx"],
                notes: ["teal.yml has no route for it"]
            ),
            AdoptedServiceView(service: "jobs", kind: "worker", release: "jobs@1", already: true, health: "kept"),
        ],
        absent: ["mail"],
        problems: [],
        mark: "98ac",
        applied: false,
        warnings: ["nginx gives no answer"]
    )
    package static let version = VersionAnswer(
        daemon: "0.1.0",
        api: [1],
        protocols: ["proxy": 1, "shim": 1],
        host: "host-a",
        home: "/var/lib/teal"
    )
}

extension AdoptView {
    /// The same, done.
    package var done: AdoptView {
        AdoptView(
            project: project,
            environment: environment,
            services: services,
            absent: absent,
            problems: [],
            mark: mark,
            applied: true
        )
    }
}
