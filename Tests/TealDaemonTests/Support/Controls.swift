import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealProcess
import TealSecrets
import TealTestSupport

@testable import TealDaemon
@testable import TealEngine

/// A daemon's control over a host in memory, on which nothing is rolled out.
struct Controls {
    let control: Control
    let runtime: HostRuntime
    let images = FakeImages()
    let sources = FakeSources()
    let processes = FakeRuntime("processes")
    let containers = FakeRuntime("containers")
    let adopter: FakeAdopter
    let secrets: EncryptedSecretStore
    let samples: Samples
    /// Which places the containers know.
    let known: KnownPlaces

    /// Places that containers know, as a test says.
    final class KnownPlaces: Sendable {
        private let rule: Mutex<@Sendable (ReplicaID) -> Bool>

        init(_ rule: @escaping @Sendable (ReplicaID) -> Bool) { self.rule = Mutex(rule) }

        func set(_ rule: @escaping @Sendable (ReplicaID) -> Bool) { self.rule.withLock { $0 = rule } }

        func has(_ place: ReplicaID) -> Bool { rule.withLock { $0 }(place) }
    }

    /// - Parameters:
    ///   - fixture: Holds the home.
    ///   - state: What the host remembers.
    ///   - known: The services whose places are containers'.
    /// - Throws: When the home cannot be made.
    init(_ fixture: Fixture, _ state: HostState = HostState(), containersOf known: Set<ServiceKey> = []) async throws {
        samples = try Samples()
        let home = Home(root: try fixture.directory() + "/teal")
        try home.prepare()
        let key = try MasterKey.open(under: home.secrets)
        secrets = EncryptedSecretStore(under: home.secrets, key: key)
        let environments = SealedEnvironments(
            secrets: secrets,
            sealed: ReleaseEnvironmentStore(under: home.secrets, key: key)
        )
        let host = try await MemoryHost(state)
        let book = host.book
        let adopter = FakeAdopter(containers)
        self.adopter = adopter
        let places = KnownPlaces { known.contains($0.service) }
        self.known = places
        runtime = HostRuntime(
            processes: processes,
            containers: containers,
            containersKnow: { places.has($0) },
            containersKnowAny: { known.contains($0) },
            containersUsed: { !known.isEmpty },
            containersKnowOnce: { _ in false }
        )
        let shelf = ReleaseImages(source: images) { release async throws(SecretError) in
            try await environments.login(for: release)
        }
        let preflight = HostPreflight(
            home: home,
            runtime: runtime,
            hostSwitch: PlainSwitch(),
            environments: environments,
            hasArtifact: { _ in true },
            images: shelf,
            state: { await book.state }
        )
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: WillingSwitch(),
            probe: NoProbe(),
            environments: environments,
            preflight: preflight,
            marker: CurrentEnvFile(home: home)
        )
        let desk = host.desk(runtime, HostPerformer(drivers: drivers, book: book, clock: host.clock))
        control = Control(
            home: home,
            book: book,
            desk: desk,
            journal: host.journal,
            drivers: drivers,
            commands: runtime,
            wards: runtime.wards,
            environments: environments,
            artifacts: ArtifactStore(home: home.root),
            sources: sources,
            images: shelf,
            adopter: adopter,
            hostSwitch: PlainSwitch(),
            clock: host.clock,
            logger: host.logger,
            wakeKeeper: {}
        )
    }

    /// The order to deploy one service.
    func order(
        _ spec: ServiceSpec,
        assumed: [String] = [],
        secrets: [String: String] = [:],
        image: String? = nil,
        hostImages: Bool? = nil
    ) throws -> RolloutRequest {
        let order = DeployOrder(
            project: try samples.key.project,
            environment: try EnvironmentName(parsing: "production"),
            named: [],
            services: [DeployService(spec: spec, artifactSHA256: nil, image: image, assumed: assumed)],
            secrets: secrets.mapValues { SecretText(Secret($0)) },
            gitCommit: nil,
            hostImages: hostImages
        )
        return RolloutRequest(.deploy(order), options: RolloutOptions(author: "anna"))
    }

    func rollout(to release: Release, over old: Release? = nil, _ kind: Rollout.Kind = .deploy) -> Rollout {
        let member = Member(
            service: release.id.service,
            new: release,
            old: old,
            slot: .green,
            oldSlot: old == nil ? nil : .blue,
            displaced: nil,
            mode: Member.mode(of: release.spec, replacing: old?.spec),
            warmRuns: false
        )
        return Rollout(
            id: RolloutID(number: 1),
            kind: kind,
            members: [member],
            author: "anna",
            now: Timestamp(nanoseconds: 1)
        )
    }

    func check(_ rollout: Rollout) async -> PreflightReport { await control.drivers.preflight.check(rollout) }
}

/// A probe that nobody answers.
private struct NoProbe: HealthProbe {
    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        .failed(.refused)
    }
    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult { .failed(.refused) }
}
