import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealNginx
import TealProbe
import TealProcess
import TealProxySwitch
import TealSecrets
import TealServer
import TealSource
import TealStore
import UnixSignals

/// The daemon from its start to its end.
package enum DaemonProgram {
    /// Runs until SIGTERM or SIGINT.
    ///
    /// Replicas and the switch go on without it.
    ///
    /// - Throws: A problem when it could not start; nothing has been changed then.
    package static func run(_ options: DaemonOptions) async throws {
        umask(0o077)
        let home = Home(root: absolute(options.home))
        try home.prepare()
        // Held until the process ends: one daemon per home.
        _ = try home.lock()
        let socket = options.socket.map(absolute) ?? home.apiSocket
        // Before anything is started that would have to be ended again.
        try SocketPlace(path: socket).prepare()
        let answers = Mutex(false)
        do {
            try await serve(options, home, socket) { answers.withLock { $0 = true } }
        } catch {
            // Another daemon that has taken over may have adopted the proxy.
            let isSuperseded = (error as? Problem)?.code == LeaseWatch.code
            if !isSuperseded, !answers.withLock({ $0 }), options.trafficSwitch == .proxy {
                await StartedProxy.end(program: proxyProgram(options))
            }
            throw error as? Problem
                ?? Problem(
                    "daemon.failed",
                    "the daemon has ended, services go on as they are: \(error)",
                    next: ["Look at its log, then start it again"]
                )
        }
    }

    private static func serve(
        _ options: DaemonOptions,
        _ home: Home,
        _ socket: String,
        onListening: @escaping @Sendable () -> Void
    ) async throws {
        let logger = Logger(label: "teal")
        let parts = try await build(options, home, logger)
        let server = try SocketServer(
            path: socket,
            router: APIRouter(control: parts.control),
            logger: logger,
            onListening: onListening
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: LeaseWatch(lease: parts.lease, home: home, clock: BootClock(), logger: logger)),
                    .init(service: parts.hostSwitch.watch(parts.book, BootClock(), logger)),
                    .init(service: DeskService(desk: parts.desk)),
                    .init(service: KeeperLoop(keeper: parts.keeper)),
                    .init(service: ReserveLoop(reserve: ReserveHold(home: home))),
                    .init(service: server),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        logger.notice("Daemon started", metadata: ["home": "\(home.root)"])
        let result: Result<Void, any Error>
        do {
            result = .success(try await group.run())
        } catch {
            result = .failure(error)
        }
        // Containers go on; only what was open to their engine is closed.
        await parts.containers.shutdown()
        try result.get()
    }

    private struct Parts {
        let lease: Lease
        let control: Control
        let hostSwitch: any HostSwitch
        let book: HostBook
        let desk: RolloutDesk
        let keeper: KeeperService
        let containers: ContainerParts
    }

    private static func build(_ options: DaemonOptions, _ home: Home, _ logger: Logger) async throws(Problem) -> Parts {
        let clock = BootClock()
        let (journal, contents) = try await openJournal(home, logger)
        let environments = try openSecrets(home)
        let processes = try openRuntime(options, home)
        let sources = try openSources(options, home, processes.artifacts)
        let containers = openContainers(options, home, environments, logger)
        let runtime = containers.beside(processes)
        let images = ReleaseImages(source: containers.images) { release async throws(SecretError) in
            try await environments.login(for: release)
        }
        let hostSwitch = try await openSwitch(options, home, contents.table, containers.foreign, clock, logger)
        let book = HostBook(
            contents: contents,
            journal: journal,
            trafficSwitch: LeasedSwitch(hostSwitch.driver, lease: journal)
        )
        let lastBoot = LastBoot(path: home.lastBoot)
        let unended = contents.unended
        await AdoptionClaims(adopter: containers.adopter, environments: environments, logger: logger)
            .letGo(besides: contents.releases)
        await Self.keepProven(book, unended, runtime.wards, lastBoot, clock.boot, logger)
        let preflight = HostPreflight(
            home: home,
            runtime: runtime,
            hostSwitch: hostSwitch,
            environments: environments,
            hasArtifact: { processes.artifacts.contains($0) },
            images: images,
            state: { await book.state }
        )
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: hostSwitch.driver,
            probe: NetworkProbe(),
            environments: environments,
            preflight: preflight,
            marker: CurrentEnvFile(home: home),
            lease: journal
        )
        let performer = HostPerformer(drivers: drivers, book: book, clock: clock)
        let pause = FaultPause()
        let desk = RolloutDesk(
            contents: contents,
            book: book,
            journal: journal,
            runtime: runtime,
            clock: clock,
            logger: logger
        ) { observe in
            .init(
                journal: journal,
                performer: performer,
                clock: clock,
                observe: observe,
                reach: { await pause.reach($0) }
            )
        }
        await desk.takeUp(contents.unended)
        let keeper = KeeperService(
            drivers: drivers,
            wards: runtime.wards,
            book: book,
            desk: desk,
            clock: clock,
            logger: logger,
            republishes: hostSwitch.isRetriedByKeepers,
            noteWritten: { lastBoot.note(clock.boot) }
        )
        let control = Control(
            home: home,
            book: book,
            desk: desk,
            journal: journal,
            drivers: drivers,
            commands: runtime,
            wards: runtime.wards,
            environments: environments,
            artifacts: processes.artifacts,
            sources: sources,
            images: images,
            adopter: containers.adopter,
            hostSwitch: hostSwitch,
            clock: clock,
            logger: logger,
            wakeKeeper: { await keeper.wake() }
        )
        return Parts(
            lease: journal,
            control: control,
            hostSwitch: hostSwitch,
            book: book,
            desk: desk,
            keeper: keeper,
            containers: containers
        )
    }

    private static func openJournal(
        _ home: Home,
        _ logger: Logger
    ) async throws(Problem) -> (Lease, JournalContents) {
        let reserve = ReserveFile(path: home.reserve)
        do throws(JournalError) {
            let journal = Lease(try SQLiteJournal(path: home.journal, reserve: reserve))
            let contents = try await journal.read()
            if !reserve.hold() {
                logger.warning("No reserve is held on the disk", metadata: ["path": "\(home.reserve)"])
            }
            return (journal, contents)
        } catch {
            throw notStarted(error, home)
        }
    }

    private static func notStarted(_ error: JournalError, _ home: Home) -> Problem {
        switch error {
        case .newerFormat(let found, let known):
            Problem(
                "daemon.journal-newer",
                "the daemon did not start, services go on as they are: a later Teal has written the journal (form \(found), known is \(known))",
                at: [home.journal],
                next: ["Install that Teal again, or the copy beside the journal's file"]
            )
        case .diskFull(let path):
            Problem(
                "daemon.disk-full",
                "the daemon did not start, services go on as they are: the disk that holds \(path) is full",
                next: ["Free some space"]
            )
        case .superseded: LeaseWatch.problem(home)
        case .tokenPassed(let token):
            Problem(
                "daemon.journal",
                "the daemon did not start, services go on as they are: the journal has a later token, \(token)",
                at: [home.journal]
            )
        case .damaged(let text), .unavailable(let text):
            Problem(
                "daemon.journal",
                "the daemon did not start, services go on as they are: the journal cannot be read: \(text)",
                at: [home.journal]
            )
        }
    }

    private static func openSecrets(_ home: Home) throws(Problem) -> SealedEnvironments {
        do throws(SecretStoreError) {
            let key = try MasterKey.open(under: home.secrets)
            return SealedEnvironments(
                secrets: EncryptedSecretStore(under: home.secrets, key: key),
                sealed: ReleaseEnvironmentStore(under: home.secrets, key: key)
            )
        } catch {
            throw Problem("daemon.secrets", "the daemon did not start, services go on as they are: \(error)")
        }
    }

    private static func openRuntime(_ options: DaemonOptions, _ home: Home) throws(Problem) -> ProcessRuntime {
        let environment = ProcessInfo.processInfo.environment
        do throws(RuntimeError) {
            return try ProcessRuntime(
                home: home.root,
                shimProgram: shimProgram(options),
                environment: environment
            )
        } catch {
            throw Problem(
                "daemon.runtime",
                "the daemon did not start, services go on as they are: \(RuntimeWords.text(error))"
            )
        }
    }

    private static func shimProgram(_ options: DaemonOptions) -> String {
        options.shimProgram ?? ProcessInfo.processInfo.environment["TEAL_SHIM"] ?? beside("teal-shim")
    }

    private static func openSources(
        _ options: DaemonOptions,
        _ home: Home,
        _ artifacts: ArtifactStore
    ) throws(Problem) -> GitSourceBuilder {
        do throws(SourceError) {
            return try GitSourceBuilder(
                home: home.builds,
                shimProgram: absolute(shimProgram(options)),
                environment: ProcessInfo.processInfo.environment,
                hasArtifact: { artifacts.contains($0) },
                keep: { directory throws(SourceError) in
                    do throws(RuntimeError) {
                        let hash = try artifacts.importDirectory(directory)
                        // Until a release names it.
                        _ = artifacts.claim(hash)
                        try artifacts.check(hash)
                        return hash
                    } catch {
                        throw SourceError(keeping: error)
                    }
                }
            )
        } catch {
            throw Problem(
                "daemon.home",
                "the daemon did not start: the directory \(home.builds) cannot be used: \(error)",
                next: ["Choose another home with `--home` or TEAL_HOME"]
            )
        }
    }

    /// Connects to nothing: whether there is an engine is found out once a service needs it.
    private static func openContainers(
        _ options: DaemonOptions,
        _ home: Home,
        _ environments: SealedEnvironments,
        _ logger: Logger
    ) -> ContainerParts {
        let dockerHost = ProcessInfo.processInfo.environment["DOCKER_HOST"]
        let socket = DockerSocket.choose(
            named: options.dockerSocket,
            dockerHost: dockerHost,
            user: geteuid(),
            isThere: { FileManager.default.fileExists(atPath: $0) }
        )
        if options.dockerSocket == nil, DockerSocket.isElsewhere(dockerHost) {
            logger.warning("DOCKER_HOST is no socket of this host and is not used", metadata: ["socket": "\(socket)"])
        }
        return .open(socket: absolute(socket), subnets: options.dockerSubnets, home, environments, logger)
    }

    /// Opens what moves the traffic, once it is sure that nothing else has the routes of this home.
    private static func openSwitch(
        _ options: DaemonOptions,
        _ home: Home,
        _ table: TrafficTable?,
        _ containers: any ForeignContainers,
        _ clock: BootClock,
        _ logger: Logger
    ) async throws(Problem) -> any HostSwitch {
        let probe = NetworkProbe()
        let settings = NginxHost.settings(options, home)
        let wanted: HomeSwitch =
            options.trafficSwitch == .proxy
            ? .proxy : .nginx(status: settings.status, include: settings.include)
        let former = try home.readSwitch()
        let isFollowed =
            switch former {
            case .proxy: ProxyProcess.runs(in: home.proxyState)
            case .nginx(let status, let include):
                NginxSwitch.isFollowed(at: status) || access(include, F_OK) == 0
            }
        let services = (table?.services ?? []).filter { !$0.targets.isEmpty }.map(\.service)
        if let problem = HomeSwitch.objection(
            to: wanted,
            after: former,
            isFollowed: isFollowed,
            services: services,
            home: home.root
        ) {
            throw problem
        }
        try home.write(wanted)
        switch wanted {
        case .proxy:
            let own = try await OwnProxy.open(
                options,
                home,
                program: proxyProgram(options),
                probe: probe,
                containers: containers,
                clock: clock,
                logger: logger
            )
            await own.tellListeners(logger)
            return own
        case .nginx:
            guard DirectoryTree.make(home.nginxState) else {
                throw Problem(
                    "daemon.home",
                    "the daemon did not start: the directory \(home.nginxState) cannot be made: \(String(cString: strerror(errno)))"
                )
            }
            // Counts begin with each start of the daemon.
            let incarnation = "\(clock.wallTime()) \(getpid())"
            return NginxHost(nginx: NginxSwitch(settings, probe: probe, incarnation: incarnation))
        }
    }

    private static func proxyProgram(_ options: DaemonOptions) -> String {
        options.proxyProgram ?? ProxyLaunch.defaultProgram(environment: ProcessInfo.processInfo.environment)
    }

    /// Takes what does not run any more out of the route table, before that is published.
    static func keepProven(
        _ book: HostBook,
        _ unended: [RolloutSnapshot],
        _ wards: [Ward],
        _ last: LastBoot,
        _ boot: BootID,
        _ logger: Logger
    ) async {
        let seen = await SeenReplicas.look(wards, await book.state.services.keys.sorted())
        // What was proven in another boot is gone, whether or not its runtime can say so by now.
        let unseen = last.isSame(boot) ? Set(seen.unseen.keys) : []
        let now = BootClock().wallTime()
        do throws(BookError) {
            try await book.change {
                $0.keepProven(running: seen.replicas, unseen: unseen, unended: unended, now: now)
            }
            last.note(boot)
        } catch {
            // Users come first; the record follows, and the switch is told again once it answers.
            try? await book.changeUnrecorded {
                $0.keepProven(running: seen.replicas, unseen: unseen, unended: unended, now: now)
            }
            if !error.isStorage { last.note(boot) }
            logger.warning("Route table not written down yet", metadata: ["error": "\(error)"])
        }
        if let reason = seen.reason {
            logger.warning("Replicas cannot be seen", metadata: ["error": "\(RuntimeWords.text(reason))"])
        }
    }

    /// Where a program of Teal is: beside this one.
    private static func beside(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""  // then by PATH
        return own.lastIndex(of: "/").map { own[...$0] + name } ?? name
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

/// Ends the daemon at once when another one has taken over its home.
struct LeaseWatch: Service {
    /// The code of the problem with which the daemon ends then.
    static let code = "daemon.superseded"

    let lease: Lease
    let home: Home
    let clock: any HostClock
    let logger: Logger

    func run() async throws {
        let epoch = await cancelWhenGracefulShutdown { [lease, clock] in await lease.untilLost(on: clock) }
        guard let epoch else { return }
        logger.error("Another daemon has taken over the home", metadata: ["home": "\(home.root)", "epoch": "\(epoch)"])
        throw Self.problem(home)
    }

    static func problem(_ home: Home) -> Problem {
        Problem(
            "daemon.superseded",
            "the daemon has ended, services go on as they are: another one has taken over the home \(home.root)",
            next: [
                "`teal status` asks the other one; what was under way here goes on there",
                "Is the home on a network file system, or was this machine paused? Keep it on a disk of one machine",
            ]
        )
    }
}

private struct DeskService: Service {
    let desk: RolloutDesk

    func run() async throws {
        await withGracefulShutdownHandler {
            await desk.run()
        } onGracefulShutdown: {
            // Ends the loop that `run` is in.
            Task { await desk.stop() }
        }
    }
}

private struct KeeperLoop: Service {
    let keeper: KeeperService

    func run() async throws {
        await cancelWhenGracefulShutdown { await keeper.run() }
    }
}
