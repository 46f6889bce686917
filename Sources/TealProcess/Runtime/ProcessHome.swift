import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// Where the process runtime keeps what it has, below one directory.
struct ProcessHome: Hashable, Sendable {
    let root: String

    var artifacts: String { root + "/artifacts" }
    var releases: String { root + "/releases" }
    var replicas: String { root + "/replicas" }
    var once: String { root + "/once" }
    /// Which replica's place has which port.
    var ports: String { root + "/ports" }
    /// For what is not whole yet; emptied at every start.
    var incoming: String { root + "/incoming" }

    /// Content that was made anew while something may have run from it; kept until nothing does.
    var replaced: String { root + "/replaced" }

    func artifact(_ sha256: String) -> String { "\(artifacts)/\(sha256)/artifact" }

    /// The unpacked, read-only content of a release.
    func content(of release: ReleaseID) -> String {
        "\(releases)/\(release.service.project)/\(release.service.service)@\(release.number)"
    }

    /// Where the seal of a release's content lies, beside it.
    func seal(of release: ReleaseID) -> String { content(of: release) + ".seal" }

    /// Where a release's content goes that is made anew: a name of its own each time.
    func replaced(of release: ReleaseID, mark: String) -> String {
        "\(replaced)/\(release.service.project)+\(release.service.service)@\(release.number)+\(mark)"
    }

    /// Reads the last part of such a path.
    static func release(ofReplaced name: String) -> ReleaseID? {
        let parts = name.split(separator: "+")
        return parts.count == 3 ? release("\(parts[0])/\(parts[1])") : nil
    }

    func files(of replica: ReplicaID) -> ReplicaFiles {
        ReplicaFiles("\(replicas)/\(replica.service.project)/\(replica)")
    }

    /// Makes the directories that are missing.
    func prepare() throws(SystemError) {
        for path in [artifacts, releases, replicas, once] { try Files.makeDirectory(path) }
        try Files.removeTree(incoming)
        try Files.makeDirectory(incoming)
    }

    /// Every place that has, or had, a replica.
    func places() throws(SystemError) -> [ReplicaID] {
        var found: [ReplicaID] = []
        for projectName in try Files.names(in: replicas) {
            // What Teal did not name is not Teal's.
            guard let project = try? ProjectName(parsing: projectName) else { continue }
            found += try Files.names(in: "\(replicas)/\(projectName)").compactMap { Self.place($0, project) }
        }
        return found
    }

    /// Reads `backend-blue-0`.
    static func place(_ text: String, _ project: ProjectName) -> ReplicaID? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let index = parts.last.flatMap({ Int($0) }), index >= 0,
            let slot = Slot(rawValue: String(parts[parts.count - 2])),
            let name = try? ServiceName(parsing: parts.dropLast(2).joined(separator: "-"))
        else { return nil }
        return ReplicaID(service: ServiceKey(project: project, service: name), slot: slot, index: index)
    }

    /// Reads a release's qualified name, `shop/backend@42`.
    static func release(_ text: String) -> ReleaseID? {
        let parts = text.split(whereSeparator: { $0 == "/" || $0 == "@" })
        guard parts.count == 3, let project = try? ProjectName(parsing: parts[0]),
            let service = try? ServiceName(parsing: parts[1]), let number = Int(parts[2])
        else { return nil }
        return ReleaseID(service: ServiceKey(project: project, service: service), number: number)
    }

    /// Where a once-only run of this name lies.
    ///
    /// The name may hold anything, so its bytes are made harmless.
    func files(ofOnce name: String) -> ReplicaFiles {
        let harmless = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let short = name.utf8.count <= 100
        return ReplicaFiles("\(once)/" + (harmless && short ? "n-\(name)" : "h-\(ContentHash.of(Array(name.utf8)))"))
    }
}

extension RuntimeError {
    /// What a failed system call means to the engine.
    init(_ error: SystemError) {
        switch error.code {
        case ENOSPC, EDQUOT: self = .diskFull(path: error.object)
        case EAGAIN, EMFILE, ENFILE, ENOMEM: self = .unreachable(reason: "\(error)")
        default: self = .refused("\(error)")
        }
    }
}

/// Makes a system call's failure the runtime's.
@discardableResult
func mapped<Value>(_ body: () throws(SystemError) -> Value) throws(RuntimeError) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        throw RuntimeError(error)
    }
}
