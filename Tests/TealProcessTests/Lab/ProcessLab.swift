import CTealSystem
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport

@testable import TealProcess

/// A home of its own for the process runtime, and what is needed to trouble it.
final class ProcessLab: ContainerRuntimeLab {
    /// Nobody but Teal knows of its processes, so nobody else prunes them.
    static let abilities = Set(LabAbility.allCases).subtracting([.isPrunedByHand])

    let runtime: ProcessRuntime
    let home: ProcessHome
    private let scratch: String
    private let occupied = Mutex<[Descriptor]>([])

    /// Runs `body` with a lab, and leaves nothing of it running.
    static func with<Result>(
        _ body: (ProcessLab) async throws -> Result
    ) async throws -> Result {
        try await Fixture.with("process") { fixture in
            try await with(home: fixture.directory() + "/home", fixture, body)
        }
    }

    static func with<Result>(
        home: String,
        _ fixture: Fixture,
        _ body: (ProcessLab) async throws -> Result
    ) async throws -> Result {
        let lab = try ProcessLab(home: home, scratch: fixture.directory())
        fixture.atEnd { await lab.clear() }
        return try await body(lab)
    }

    private init(home: String, scratch: String) throws {
        self.scratch = scratch
        self.home = ProcessHome(root: home)
        runtime = try Self.runtime(home)
    }

    private static func runtime(_ home: String) throws -> ProcessRuntime {
        let path = getenv("PATH").map { String(cString: $0) } ?? ProgramLookup.standardPath
        return try ProcessRuntime(home: home, shimProgram: Programs.shim, environment: ["PATH": path, "HOME": "/"])
    }

    /// Ends everything that the lab started.
    ///
    /// What cannot be ended is left: the test has its result.
    private func clear() async {
        for replica in (try? await runtime.replicas()) ?? [] { try? await runtime.remove(replica.id) }
        for name in (try? Files.names(in: home.once)) ?? [] { endOnce(ReplicaFiles("\(home.once)/\(name)")) }
        occupied.withLock { $0 = [] }
    }

    func reattached() async throws -> ProcessRuntime { try Self.runtime(home.root) }

    // MARK: Releases

    static let key: ServiceKey = {
        guard let project = try? ProjectName(parsing: "lab"), let service = try? ServiceName(parsing: "app") else {
            preconditionFailure("names of the lab")
        }
        return ServiceKey(project: project, service: service)
    }()

    func release(_ behaviour: LabBehaviour, number: Int) async throws -> Release {
        let directory = "\(scratch)/\(number)"
        Fixture.removeTree(directory)
        try Files.makeDirectory(directory + "/data", mode: 0o755)
        try Files.replace(directory + "/run", with: Array(LabScript.text(behaviour).utf8), mode: 0o755)
        try Files.replace(directory + "/data/number", with: Array("\(number)".utf8), mode: 0o644)
        let hash = try runtime.artifacts.importDirectory(directory)
        return try Self.release(behaviour, number: number, hash: hash)
    }

    static func release(_ behaviour: LabBehaviour, number: Int, hash: String) throws -> Release {
        var spec = ServiceSpec(name: key.service, kind: .web, source: .artifact(path: "."))
        spec.command = behaviour == .cannotLaunch ? ["./nothing-here"] : ["./run"]
        spec.environment = ["SAMPLE": Programs.sample]
        switch behaviour {
        case .serveElsewhere: spec.environment["SAMPLE_LISTEN"] = "wrong-port:\(15_000 + Int(getpid()) % 4000)"
        case .growMemory: spec.resources.memoryBytesMax = 64 << 20
        default: break
        }
        return Release(
            id: ReleaseID(service: key, number: number),
            environment: try EnvironmentName(parsing: "test"),
            spec: spec,
            content: .artifact(sha256: hash),
            secretVersions: [:],
            configurationHash: "",
            gitCommit: nil,
            author: "lab",
            createdAt: 0
        )
    }

    // MARK: Trouble

    /// What the shim of a replica wrote last.
    func record(_ replica: ReplicaID) throws -> ReplicaRecord? { try ReplicaRecord.read(home.files(of: replica)) }

    func killProcess(of replica: ReplicaID) async throws {
        guard let child = try record(replica)?.child else { throw ContractFailure("\(replica) has no process") }
        try expect(ProcessTree.signal(child, SIGKILL), "\(child) could not be killed")
    }

    /// Ends the shim of a replica as a kill by hand would.
    func killShim(of replica: ReplicaID) throws {
        guard let shim = try record(replica)?.shim else { throw ContractFailure("\(replica) has no shim") }
        try expect(ProcessTree.signal(shim, SIGKILL), "\(shim) could not be killed")
    }

    func damageContent(of release: Release) async throws {
        let path = home.artifact(release.content.hash)
        chmod(path, 0o600)
        let file = try Descriptor(opening: path, O_RDWR)
        lseek(file.raw, 600, SEEK_SET)
        try file.writeAll([0x2A], for: path)
    }

    func dropContent(of release: Release) async throws {
        try Files.removeTree(Files.parent(of: home.artifact(release.content.hash)))
    }

    func occupy(_ endpoint: Endpoint) async throws {
        let listener = try Self.listen(endpoint.port)
        occupied.withLock { $0.append(listener) }
    }

    static func listen(_ port: Int) throws -> Descriptor {
        let descriptor = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor.raw, 8) == 0 else { throw SystemError.last("bind", on: "\(port)") }
        return descriptor
    }

    func markingCommand(_ name: String) -> [String] {
        ["sh", "-c", "echo mark >> \(scratch)/marks-\(name); echo marked"]
    }

    func marks(_ name: String) async throws -> Int {
        try Files.text("\(scratch)/marks-\(name)")?.split(separator: "\n").count ?? 0
    }

    func killOnce(_ name: String) async throws {
        guard let record = try onceRecord(name) else { throw ContractFailure("nothing was begun as \(name)") }
        try expect(ProcessTree.signal(record.shim, SIGKILL), "\(record.shim) could not be killed")
        try await eventually("the runner is gone") { !record.shim.isAlive }
    }

    /// Who runs, or ran, what was begun under a name.
    func onceRecord(_ name: String) throws -> OnceRecord? { try OnceRecord.read(home.files(ofOnce: name)) }

    private func endOnce(_ files: ReplicaFiles) {
        // What cannot be read was never begun, or is nothing of ours.
        guard let record = (try? OnceRecord.read(files)) ?? nil else { return }
        ProcessTree.signal(record.shim, SIGKILL)
        Leftovers.clear(record)
    }
}

/// What the releases of a ``ProcessLab`` run: shell, and `teal-sample` where something must listen.
enum LabScript {
    private static let ready = "echo 'out ready'; echo 'err ready' >&2"
    private static let traps = "trap 'exit 0' TERM; trap 'echo usr1' USR1; trap 'exit 7' USR2"
    private static let waiting = "while :; do sleep 0.05; done"

    static func text(_ behaviour: LabBehaviour) -> String {
        let body =
            switch behaviour {
            case .serve, .serveElsewhere: "\(ready); exec \"$SAMPLE\""
            case .idle: "\(traps); \(ready); \(waiting)"
            case .ignoreTerm: "\(traps); trap '' TERM; \(ready); \(waiting)"
            case .exit(let code): "\(ready); exit \(code)"
            case .speak: "\(traps); \(ready); n=0; while :; do n=$((n+1)); echo \"tick $n\"; sleep 0.05; done"
            case .growMemory: "\(ready); SAMPLE_MEMORY_GROW_MIB_PER_S=400 exec \"$SAMPLE\""
            case .cannotLaunch: "exit 0"
            }
        return "#!/bin/sh\n\(body)\n"
    }
}
