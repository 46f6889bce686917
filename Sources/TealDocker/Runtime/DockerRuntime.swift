import Synchronization
package import TealCore
package import TealDriverKit

/// Runs replicas as containers of a Docker Engine.
///
/// What is true is in the Engine and in one small record a place on disk; a runtime that is made again on the same home
/// finds everything as it is. Follows the Docker Engine API v1.41 and later.
package final class DockerRuntime: ContainerRuntime {
    /// How many containers are looked at at once.
    private static let looksMax = 16

    let client: EngineClient
    let home: DockerHome
    let networks: ProjectNetworks
    let shelf: ImageShelf
    let volumes: ProjectVolumes
    let files: FileShelf
    /// When the engine was last known to be this home's.
    let lastKnown = Mutex<ContinuousClock.Instant?>(nil)
    /// Places whose record cannot be read, each told of once.
    let unreadable = Mutex<Set<ReplicaID>>([])
    /// Containers whose start was begun and not waited for to its end.
    let startsCutOff = Mutex<Set<String>>([])
    /// The places of once-only runs that are under way here, each with its files.
    let onceUnderWay = Mutex<Set<String>>([])
    let activity = ActivityCaller()
    let tails = KeptTails()
    /// The places of adopted containers by their ids; nil until they are looked for again.
    let adoptedPlaces = Mutex<[String: ReplicaID]?>(nil)
    /// By way of whom adopted containers that leave a port of the host are stopped; nil for nobody.
    let stopWay = Mutex<StopWay?>(nil)
    /// The log driver of every container that is made.
    let logDriver: String
    /// Nil where the system does not say; then no boot is told from another one.
    let boot: BootID?
    /// Tells a person what no answer says.
    let notify: @Sendable (DockerNotice) -> Void
    /// Calls on one place, one at a time.
    let places = Turns<ReplicaID>()
    /// Networks and addresses of one project.
    let projects = Turns<ProjectName>()
    /// The image of one release.
    let releases = Turns<ReleaseID>()

    /// Makes a runtime; nothing is asked of the Engine, and nothing written, before the first call.
    ///
    /// - Parameters:
    ///   - configuration: Where the Engine and the home are.
    ///   - notify: Told what a person should know and no answer says; returns at once.
    ///   - credentials: Who pulls a release's image; asked for each pull, and kept nowhere.
    package convenience init(
        _ configuration: DockerConfiguration,
        notify: @escaping @Sendable (DockerNotice) -> Void = { _ in },
        credentials: @escaping @Sendable (Release) async throws(SecretError) -> RegistryLogin?
    ) {
        self.init(
            configuration,
            logDriver: ContainerPlan.logDriverDefault,
            boot: DockerHome.presentBoot(),
            notify: notify,
            credentials: credentials
        )
    }

    init(
        _ configuration: DockerConfiguration,
        logDriver: String,
        boot: BootID?,
        notify: @escaping @Sendable (DockerNotice) -> Void,
        credentials: @escaping @Sendable (Release) async throws(SecretError) -> RegistryLogin?
    ) {
        client = EngineClient(socket: configuration.socket)
        home = DockerHome(home: configuration.home)
        networks = ProjectNetworks(client: client, home: home, pool: configuration.subnetPool)
        shelf = ImageShelf(client: client, home: home, credentials: credentials)
        volumes = ProjectVolumes(client: client, home: home)
        files = FileShelf(home: home)
        self.logDriver = logDriver
        self.boot = boot
        self.notify = notify
    }

    /// Closes every connection; what runs goes on.
    package func shutdown() async {
        tails.clear()
        await activity.shutdown()
        await client.shutdown()
    }

    // MARK: Without the Engine

    /// Whether a place is on record here.
    package func knows(_ replica: ReplicaID) -> Bool { home.file(of: replica).exists }

    /// Whether any place of a service is on record here.
    package func knowsAny(of service: ServiceKey) -> Bool {
        home.allPlaces(of: service.project).contains { $0.service == service }
    }

    /// Whether a once-only run was begun here, by its record alone.
    package func knowsOnce(_ name: String) -> Bool { home.file(ofOnce: name).exists }

    // MARK: The Engine and images

    /// What the Engine says of itself.
    package func engine() async throws(DockerError) -> EngineFacts { try await client.facts() }

    /// What an image's name means now.
    package func resolve(
        _ reference: ImageReference,
        login: RegistryLogin?
    ) async throws(DockerError) -> ResolvedImage {
        try await ImageResolver(client: client, home: home).resolve(reference, login: login)
    }

    /// Whether a release's image is on the host now; false as well when the Engine does not answer.
    package func hasImage(of release: Release) async -> Bool {
        ((try? await shelf.content(of: release)) ?? nil) != nil
    }

    package func fetch(_ release: Release) async throws(RuntimeError) {
        try await knownEngine()
        try await releases.run(release.id) { () async throws(RuntimeError) in try await shelf.fetch(release) }
    }

    package func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? {
        guard release.spec.health.check != .off else { return nil }
        guard let facts = try await shelf.content(of: release) else { throw .contentMissing(release.id) }
        guard let written = release.spec.written?.healthcheck else {
            return facts.healthcheck.map { HealthCommand(command: $0.command, timeout: $0.timeout) }
        }
        let settings = JSONValue.object(WrittenBody.settings(written, image: facts))
        return ImageFacts.Healthcheck(settings, shell: facts.shell).map {
            HealthCommand(command: $0.command, timeout: $0.timeout)
        }
    }

    // MARK: Looking

    package func replicas() async throws(RuntimeError) -> [ReplicaState] {
        let places = home.allPlaces()
        // Without a record there is nothing of ours, and no need for an Engine.
        guard !places.isEmpty else { return [] }
        return try await states(of: places, labelled: [ContainerLabels.home: try home.id()])
    }

    package func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState] {
        let places = home.allPlaces(of: service.project).filter { $0.service == service }
        guard !places.isEmpty else { return [] }
        return try await states(of: places, labelled: ContainerLabels.finding(service, home: try home.id()))
    }

    package func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? {
        guard knows(id) else { return nil }
        return try await standing(of: id)?.state
    }

    private func states(
        of places: [ReplicaID],
        labelled labels: [String: String]
    ) async throws(RuntimeError) -> [ReplicaState] {
        var found: [ReplicaID: [ContainerFacts]] = [:]
        for facts in try await asked({ () async throws(DockerError) in try await self.containers(labelled: labels) }) {
            guard let place = ContainerLabels(facts.labels)?.place else { continue }
            found[place, default: []].append(facts)
        }
        for place in places {
            if let own = try await adoptedContainer(in: place) { found[place, default: []].append(own) }
        }
        var states: [ReplicaState] = []
        var isKnown = false
        for place in Set(places).union(found.keys).sorted() {
            var record = try record(of: place, beside: found[place] ?? [])
            if record == nil { record = try await adopted(place) }
            if let container = record?.container, !isKnown,
                found[place]?.contains(where: { $0.id == container }) != true
            {
                try await checkEngine()
                isKnown = true
            }
            let standing = PlaceStanding(
                place: place,
                record: record,
                containers: found[place] ?? [],
                network: try networks.record(of: place.service.project)
            )
            if let state = standing?.state { states.append(state) }
        }
        return states
    }

    // MARK: Shared by the verbs

    /// What is true of a place now; nil when there is nothing.
    func standing(of place: ReplicaID) async throws(RuntimeError) -> PlaceStanding? {
        // Where it cannot be read, its containers tell of the place.
        let kept = (try? home.record(of: place)) ?? nil
        var found: [ContainerFacts] = []
        if let known = try await recorded(kept, of: place) {
            found = [known]
        } else {
            found = try await containers(of: place)
        }
        return PlaceStanding(
            place: place,
            record: try record(of: place, beside: found),
            containers: found,
            network: try networks.record(of: place.service.project)
        )
    }

    /// A place's record, or what its container says of it where that cannot be read.
    ///
    /// - Throws: Why it cannot be read, where no container tells of the place either: that it is gone is not known then.
    private func record(
        of place: ReplicaID,
        beside containers: [ContainerFacts]
    ) throws(RuntimeError) -> PlaceRecord? {
        do throws(RuntimeError) {
            let record = try home.record(of: place)
            unreadable.withLock { _ = $0.remove(place) }
            return record
        } catch {
            guard let container = PlaceStanding.sorted(containers, by: nil).first,
                let shown = try shown(by: container, in: place)
            else { throw error }
            if unreadable.withLock({ $0.insert(place).inserted }) { notify(.recordUnreadable(place, error)) }
            return shown
        }
    }

    /// The container on record, if it lives: then nothing else in its place counts, and one question is enough.
    private func recorded(_ record: PlaceRecord?, of place: ReplicaID) async throws(RuntimeError) -> ContainerFacts? {
        guard let id = record?.container else { return nil }
        let found = try await asked { () async throws(DockerError) in try await client.container(id) }
        let facts = try found.map { facts throws(RuntimeError) in try known(facts, in: place, record?.adopted) }
        guard let facts, facts.isLive, let labels = ContainerLabels(facts.labels), labels.place == place,
            labels.home == (try home.id())
        else { return nil }
        return facts
    }

    /// The container of a replica that must be there.
    func container(of place: ReplicaID) async throws(RuntimeError) -> ContainerFacts {
        guard knows(place), let container = try await standing(of: place)?.container else {
            throw .noSuchReplica(place)
        }
        return container
    }

    /// Every container of a place; more than one only after a crash.
    ///
    /// - Throws: ``RuntimeError/anotherEngine(_:)`` where the one on record cannot be there, rather than that it is gone.
    func containers(of place: ReplicaID) async throws(RuntimeError) -> [ContainerFacts] {
        let labels = ContainerLabels.finding(place, home: try home.id())
        var found = try await asked { () async throws(DockerError) in try await containers(labelled: labels) }
        if let own = try await adoptedContainer(in: place) { found.append(own) }
        if found.isEmpty, try home.record(of: place)?.container != nil { try await checkEngine() }
        return found
    }

    /// Looks at every container that carries these labels.
    func containers(labelled labels: [String: String]) async throws(DockerError) -> [ContainerFacts] {
        let ids = try await client.containers(labelled: labels)
        let looks = await withTaskGroup(of: Result<ContainerFacts?, DockerError>.self) { [client] group in
            var looks: [Result<ContainerFacts?, DockerError>] = []
            for (number, id) in ids.enumerated() {
                if number >= Self.looksMax, let look = await group.next() { looks.append(look) }
                group.addTask {
                    do throws(DockerError) {
                        return .success(try await client.container(id))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for await look in group { looks.append(look) }
            return looks
        }
        var found: [ContainerFacts] = []
        // One that vanished since the list was made is not there.
        for look in looks { if let facts = try look.get() { found.append(facts) } }
        return found
    }
}
