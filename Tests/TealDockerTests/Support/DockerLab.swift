import Foundation
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport

@testable import TealDocker

/// A home of its own for the Docker runtime on a real engine, and what is needed to trouble it.
final class DockerLab: ContainerRuntimeLab {
    /// A container that is killed has a known end, and an image's bytes are the Engine's to keep.
    ///
    /// An engine that belongs to somebody is not pruned.
    static let abilities: Set<LabAbility> =
        DockerEngine.isOwn
        ? [.seesListeners, .limitsMemory, .prunes, .isPrunedByHand] : [.seesListeners, .limitsMemory, .prunes]

    let runtime: DockerRuntime
    /// What the runtime told a person.
    let notices = NoticeRecord()
    let fixture: Fixture
    let configuration: DockerConfiguration
    /// What every container sees as `/marks`.
    let scratch: String
    private let images = Mutex<[String: String]>([:])
    private let others = Mutex<[DockerRuntime]>([])

    /// Runs `body` with a lab, and leaves nothing of it on the engine.
    static func with<Result>(
        logDriver: String = ContainerPlan.logDriverDefault,
        login: RegistryLogin? = nil,
        _ body: (DockerLab) async throws -> Result
    ) async throws -> Result {
        try await Fixture.with("docker") { fixture in
            let lab = try DockerLab(fixture, socket: try await DockerEngine.socket(), logDriver, login)
            fixture.atEnd { await lab.clear() }
            return try await body(lab)
        }
    }

    private init(_ fixture: Fixture, socket: String, _ logDriver: String, _ login: RegistryLogin?) throws {
        self.fixture = fixture
        scratch = try fixture.directory()
        chmod(scratch, 0o777)
        configuration = DockerConfiguration(
            socket: socket,
            subnetPool: "10.214.0.0/16",
            home: try fixture.directory()
        )
        runtime = DockerRuntime(
            configuration,
            logDriver: logDriver,
            boot: DockerHome.presentBoot(),
            notify: { [notices] in notices.add($0) }
        ) { _ in login }
    }

    func reattached() async throws -> DockerRuntime {
        let other = DockerRuntime(configuration) { _ in nil }
        others.withLock { $0.append(other) }
        return other
    }

    var client: EngineClient { runtime.client }

    /// Ends everything that the lab made.
    ///
    /// What cannot be ended is left: the test has its result.
    private func clear() async {
        if let id = try? runtime.home.id() {
            for container in (try? await client.containers(labelled: [ContainerLabels.home: id])) ?? [] {
                try? await client.removeContainer(container, withVolumes: true)
            }
            for network in (try? await client.networks()) ?? [] where network.labels[ContainerLabels.home] == id {
                _ = try? await client.removeNetwork(network.id)
            }
            for volume in (try? await client.volumes(labelled: [ContainerLabels.home: id])) ?? [] {
                _ = try? await DockerEngine.curl("DELETE", "/volumes/\(volume.name)?force=1")
            }
            for release in runtime.home.allReleases() {
                guard let record = (try? runtime.shelf.record(of: release)) ?? nil else { continue }
                _ = try? await client.removeImage(record.tag)
                if let pulled = record.pulled { _ = try? await client.removeImage(pulled) }
            }
        }
        for other in others.withLock({ $0 }) { await other.shutdown() }
        await runtime.shutdown()
    }

    // MARK: Releases

    static let key: ServiceKey = {
        guard let project = try? ProjectName(parsing: "lab"), let service = try? ServiceName(parsing: "app") else {
            preconditionFailure("names of the lab")
        }
        return ServiceKey(project: project, service: service)
    }()

    func release(_ behaviour: LabBehaviour, number: Int) async throws -> Release {
        try await release(LabScript.text(behaviour), number: number) { spec in
            switch behaviour {
            case .growMemory: spec.resources.memoryBytesMax = 64 << 20
            case .cannotLaunch: spec.command = ["/nothing-here"]
            default: break
            }
        }
    }

    /// A release of a script; the same script and number are the same image.
    func release(
        _ script: String,
        number: Int = 1,
        service: String = "app",
        kind: ServiceKind = .web,
        changes: [String] = [],
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> Release {
        let key = "\(number) \(changes) \(script)"
        var id = images.withLock { $0[key] }
        if id == nil {
            id = try await LabImage(script: "#!/bin/sh\n# \(number)\n\(script)\n", changes: changes).load(fixture)
        }
        let image = id ?? ""
        images.withLock { $0[key] = image }
        return try release(content: .localImage(id: image), source: "lab/app:1", number, service, kind, change)
    }

    func release(
        content: ReleaseContent,
        source: String,
        _ number: Int,
        _ service: String = "app",
        _ kind: ServiceKind = .web,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> Release {
        let key = ServiceKey(project: Self.key.project, service: try ServiceName(parsing: service))
        var spec = ServiceSpec(name: key.service, kind: kind, source: .image(source))
        spec.command = ["/app/run"]
        spec.port = 8080
        spec.volumes = [Volume(source: scratch, target: "/marks", readOnly: false, shared: true)]
        change(&spec)
        return Release(
            id: ReleaseID(service: key, number: number),
            environment: try EnvironmentName(parsing: "test"),
            spec: spec,
            content: content,
            secretVersions: [:],
            configurationHash: "",
            gitCommit: nil,
            author: "lab",
            createdAt: 0
        )
    }

    // MARK: Trouble

    /// The container of a place.
    func container(_ replica: ReplicaID) async throws -> ContainerFacts { try await runtime.container(of: replica) }

    func killProcess(of replica: ReplicaID) async throws {
        // From outside of the Engine, which takes a kill of its own for a wish to stop.
        let pid = try await eventuallySome("\(replica) has a process") { try await container(replica).pid }
        try expect(kill(pid_t(pid), SIGKILL) == 0, "\(pid) could not be killed")
    }

    func damageContent(of release: Release) async throws {
        throw ContractFailure("the bytes of an image are the Engine's")
    }

    func dropContent(of release: Release) async throws {
        _ = try await DockerEngine.curl("DELETE", "/images/\(release.content.hash)?force=1")
    }

    func occupy(_ endpoint: Endpoint) async throws {
        let states = try await runtime.replicas().filter { $0.endpoint == endpoint }
        guard let replica = states.first?.id, let pid = try await container(replica).pid else {
            throw ContractFailure("nothing has \(endpoint)")
        }
        let listening = Task {
            // Ends when it is killed below, or with the replica's network.
            _ = try? await Shell.run(
                #"echo $$ > "$1"; exec nsenter -t "$2" -n "$3" nc -l -p "$4""#,
                ["\(scratch)/occupier", "\(pid)", DockerEngine.busybox ?? "", "\(endpoint.port)"]
            )
        }
        fixture.atEnd { [scratch] in
            // It may have ended by itself.
            _ = try? await Shell.run(#"kill -9 $(cat "$1")"#, ["\(scratch)/occupier"])
            await listening.value
        }
        try await eventually("something else listens") {
            HostProcesses.sockets(seenBy: pid)?.ports.contains(endpoint.port) ?? false
        }
    }

    func pruneByHand() async throws {
        let all = "?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D"
        // What a container that ended was made of is kept as long as that is there.
        for path in ["/images/prune" + all, "/containers/prune", "/networks/prune", "/images/prune"] {
            try await byHand("POST", path)
        }
    }

    func markingCommand(_ name: String) -> [String] {
        ["sh", "-c", "echo mark >> /marks/marks-\(name); echo marked"]
    }

    func marks(_ name: String) async throws -> Int {
        // What was never marked has no file.
        let text = (try? String(contentsOfFile: "\(scratch)/marks-\(name)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count
    }

    func killOnce(_ name: String) async throws {
        let own = try runtime.home.id()
        _ = try await DockerEngine.curl("DELETE", "/containers/\(ContainerName.ofOnce(name, home: own))?force=1")
    }
}

/// What the releases of a ``DockerLab`` run, by a shell of busybox.
enum LabScript {
    private static let ready = "echo 'out ready'; echo 'err ready' >&2"
    private static let traps = "trap 'exit 0' TERM; trap 'echo usr1' USR1; trap 'exit 7' USR2"
    private static let waiting = "while :; do sleep 0.05; done"

    static func serving(at port: String) -> String {
        """
        exec 3>&1
        \(traps)
        \(ready)
        while :; do nc -ll -p \(port) -e /app/answer & wait $!; done
        """
    }

    static func text(_ behaviour: LabBehaviour) -> String {
        switch behaviour {
        case .serve: serving(at: "$PORT")
        case .serveElsewhere: serving(at: "9999")
        case .idle: "\(traps); \(ready); \(waiting)"
        case .ignoreTerm: "\(traps); trap '' TERM; \(ready); \(waiting)"
        case .exit(let code): "\(ready); exit \(code)"
        case .speak: "\(traps); \(ready); n=0; while :; do n=$((n+1)); echo \"tick $n\"; sleep 0.05; done"
        case .growMemory: "\(ready); exec tail /dev/zero"
        case .cannotLaunch: "exit 0"
        }
    }
}
