import Synchronization
import TealCore
import TealDriverKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the Docker runtime keeps what the Engine cannot keep for it, below one directory.
///
/// Records hold no secret. All are small, and written durably one at a time.
final class DockerHome: Sendable {
    let root: String
    private let ownID = Mutex<String?>(nil)
    private let amending = Mutex<Void>(())

    init(home: String) { root = home + "/docker" }

    /// The engine that has this home's containers.
    var engine: DurableFile { DurableFile(path: root + "/engine") }
    var places: String { root + "/places" }
    var releases: String { root + "/releases" }
    var networks: String { root + "/networks" }
    var once: String { root + "/once" }
    /// Images that looks brought here.
    var pulled: String { root + "/pulled" }

    // MARK: This home's name

    /// The name of this home on its engine, made once: 16 hexadecimal digits.
    ///
    /// Not the path, which may be moved or be the same on an engine that two hosts share.
    func id() throws(RuntimeError) -> String {
        // Under the lock to the end: of two that make one, the second would find everything of the first to be another's.
        let result: Result<String, RuntimeError> = ownID.withLock { known in
            if let known { return .success(known) }
            do throws(RuntimeError) {
                let made = try readOrMakeID()
                known = made
                return .success(made)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func readOrMakeID() throws(RuntimeError) -> String {
        let file = DurableFile(path: root + "/id")
        return try onDisk { () throws(DurableFile.Failure) in
            if let bytes = try file.read() { return String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" } }
            try DurableFile.makeDirectory(self.root)
            var random = SystemRandomNumberGenerator()
            let fresh = String(random.next() | 1 << 63, radix: 16)
            try file.replace(with: Array((fresh + "\n").utf8))
            return fresh
        }
    }

    /// The kernel's name for the present boot; nil where it does not say.
    static func presentBoot() -> BootID? {
        // Without /proc no boot is told from another one.
        let bytes = (try? DurableFile(path: "/proc/sys/kernel/random/boot_id").read()) ?? nil
        return bytes.map { BootID(String(decoding: $0, as: UTF8.self).filter { !$0.isNewline }) }
    }

    // MARK: Places

    func file(of place: ReplicaID) -> DurableFile {
        DurableFile(path: "\(places)/\(place.service.project)/\(place)")
    }

    func record(of place: ReplicaID) throws(RuntimeError) -> PlaceRecord? { try read(file(of: place)) }

    func write(_ record: PlaceRecord, of place: ReplicaID) throws(RuntimeError) {
        try write(record, to: file(of: place))
    }

    /// Changes the record of a place, if there is one; no other change comes between.
    func amend(_ place: ReplicaID, _ change: (inout PlaceRecord) -> Void) throws(RuntimeError) {
        let result: Result<Void, RuntimeError> = amending.withLock { _ in
            do throws(RuntimeError) {
                guard var record = try record(of: place) else { return .success(()) }
                let before = record
                change(&record)
                if record != before { try write(record, of: place) }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    func forget(_ place: ReplicaID) throws(RuntimeError) {
        let file = file(of: place)
        try onDisk { () throws(DurableFile.Failure) in try file.remove() }
    }

    /// Every place on record, ascending.
    func allPlaces() -> [ReplicaID] {
        DurableFile.names(in: places).flatMap { name -> [ReplicaID] in
            // What Teal did not name is not Teal's.
            guard let project = try? ProjectName(parsing: name) else { return [] }
            return allPlaces(of: project)
        }
    }

    func allPlaces(of project: ProjectName) -> [ReplicaID] {
        DurableFile.names(in: "\(places)/\(project)").compactMap { Self.place($0, project) }.sorted()
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

    // MARK: Other records

    func file(of release: ReleaseID) -> DurableFile {
        DurableFile(path: "\(releases)/\(release.service.project)/\(release.service.service)@\(release.number)")
    }

    func file(of project: ProjectName) -> DurableFile { DurableFile(path: "\(networks)/\(project)") }

    func file(of record: PulledRecord) -> DurableFile {
        DurableFile(path: "\(pulled)/\(ShortHash.of("\(record.id) \(record.name ?? "")"))")
    }

    func file(ofOnce name: String) -> DurableFile { DurableFile(path: "\(once)/\(ShortHash.of(name))") }

    /// Every release that has a record.
    func allReleases() -> [ReleaseID] {
        DurableFile.names(in: releases).flatMap { project in
            DurableFile.names(in: "\(releases)/\(project)").compactMap { ReleaseID(qualified: "\(project)/\($0)") }
        }
    }

    // MARK: Reading and writing

    func read<Record: Decodable & Sendable>(_ file: DurableFile) throws(RuntimeError) -> Record? {
        let bytes = try onDisk { () throws(DurableFile.Failure) in try file.read() }
        guard let bytes else { return nil }
        do {
            return try JSONDecoder().decode(Record.self, from: Data(bytes))
        } catch {
            throw .refused("\(file.path) cannot be read as a record of Teal; move it away to go on without it")
        }
    }

    func write(_ record: some Encodable & Sendable, to file: DurableFile) throws(RuntimeError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do {
            bytes = Array(try encoder.encode(record)) + [UInt8(ascii: "\n")]
        } catch {
            throw .refused("\(file.path) cannot be written: \(error)")
        }
        try onDisk { () throws(DurableFile.Failure) in
            if !file.exists { try DurableFile.makeDirectory(DurableFile.parent(of: file.path)) }
            try file.replace(with: bytes)
        }
    }

    func remove(_ file: DurableFile) throws(RuntimeError) {
        try onDisk { () throws(DurableFile.Failure) in try file.remove() }
    }
}

/// What a failed file means to the engine.
private func onDisk<Value>(_ work: () throws(DurableFile.Failure) -> Value) throws(RuntimeError) -> Value {
    do throws(DurableFile.Failure) {
        return try work()
    } catch {
        if error.isDiskFull { throw .diskFull(path: error.path) }
        throw .refused(error.reason)
    }
}

extension ReleaseID {
    /// Reads `shop/backend@42`.
    init?(qualified text: String) {
        let parts = text.split(whereSeparator: { $0 == "/" || $0 == "@" })
        guard parts.count == 3, let project = try? ProjectName(parsing: parts[0]),
            let service = try? ServiceName(parsing: parts[1]), let number = Int(parts[2])
        else { return nil }
        self.init(service: ServiceKey(project: project, service: service), number: number)
    }
}
