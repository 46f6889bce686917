import TealCore
import TealDriverKit

/// Keeps the images of releases on the host, each under a tag of Teal's, so that no `docker image prune` takes one that a
/// rollback needs.
struct ImageShelf: Sendable {
    static let tagPrefix = "teal/"

    let client: EngineClient
    let home: DockerHome
    let credentials: @Sendable (Release) async throws(SecretError) -> RegistryLogin?

    /// An image that is on the host, and the name that a container is made from.
    struct Kept: Sendable {
        let name: String
        let facts: ImageFacts
    }

    // MARK: Fetching

    /// Makes the image of a release ready: finds it on the host or pulls it by its digest, and tags it.
    func fetch(_ release: Release) async throws(RuntimeError) {
        if let facts = try await content(of: release) {
            _ = try await tag(facts, for: release, pulled: nil)
            return
        }
        guard case .image(let digest) = release.content else { throw .contentMissing(release.id) }
        let name = try Self.reference(of: release).name
        let login = try await login(for: release)
        do throws(DockerError) {
            try await client.pull(name, digest: digest, login: login)
        } catch {
            throw error.asPull(of: release.id)
        }
        guard let facts = try await content(of: release) else { throw .contentMissing(release.id) }
        _ = try await tag(facts, for: release, pulled: "\(name)@\(digest)")
    }

    private func login(for release: Release) async throws(RuntimeError) -> RegistryLogin? {
        do throws(SecretError) {
            return try await credentials(release)
        } catch {
            switch error {
            case .missing(let names):
                throw .refused("there is no value for the secret \(names.joined(separator: ", "))")
            case .versionGone(let name, let version): throw .refused("version \(version) of the secret \(name) is gone")
            case .unreadable(let reason): throw .refused("the registry's password cannot be read: \(reason)")
            }
        }
    }

    // MARK: Finding

    /// The image of a release, found by what it is and not by a tag alone; nil when it is not on the host.
    ///
    /// A tag that is missing, or was moved, is put right.
    func kept(_ release: Release) async throws(RuntimeError) -> Kept? {
        guard let facts = try await content(of: release) else { return nil }
        return Kept(name: try await tag(facts, for: release, pulled: nil), facts: facts)
    }

    /// The same without a change.
    func content(of release: Release) async throws(RuntimeError) -> ImageFacts? {
        var names: [String] = []
        switch release.content {
        case .localImage(let id): names = [id]
        case .image(let digest):
            names = ["\(try Self.reference(of: release).name)@\(digest)"]
            // The name by digest may be gone while the image is not.
            if let record = try record(of: release.id) { names.append(record.id) }
        case .artifact: throw .refused("\(release.id) is an artifact; containers run from images")
        }
        for name in names {
            let found = try await asked { () async throws(DockerError) in try await client.image(name) }
            if let found { return found }
        }
        return nil
    }

    func record(of release: ReleaseID) throws(RuntimeError) -> ImageRecord? { try home.read(home.file(of: release)) }

    static func reference(of release: Release) throws(RuntimeError) -> ImageReference {
        guard case .image(let text) = release.spec.source, let reference = ImageReference(parsing: text) else {
            throw .refused("the source of \(release.id) is no image's name")
        }
        return reference
    }

    // MARK: Tagging

    /// Puts Teal's tag on an image.
    ///
    /// - Returns: The tag: `teal/<project>/<service>:<number>`, with this home's name behind it where another home has that
    ///   one for another image.
    private func tag(_ facts: ImageFacts, for release: Release, pulled: String?) async throws(RuntimeError) -> String {
        let recorded = try record(of: release.id)
        let repository = "\(Self.tagPrefix)\(release.id.service.project)/\(release.id.service.service)"
        let plain = "\(release.id.number)"
        let suffix = try home.id().prefix(8)
        let own = "\(plain)-\(suffix)"
        for tag in [plain, own] {
            let name = "\(repository):\(tag)"
            let found = try await asked { () async throws(DockerError) in try await client.image(name) }
            if let found, found.id != facts.id, tag == plain, recorded?.tag != name { continue }
            if found?.id != facts.id {
                try await asked { () async throws(DockerError) in
                    try await client.tagImage(facts.id, repository: repository, tag: tag)
                }
            }
            let record = ImageRecord(id: facts.id, tag: name, pulled: pulled ?? recorded?.pulled)
            if record != recorded { try home.write(record, to: home.file(of: release.id)) }
            return name
        }
        throw .refused("the tag \(repository):\(own) belongs to another image")
    }

    // MARK: Pruning

    /// Takes Teal's tags from the images of releases that are not kept, and frees what has no other name.
    ///
    /// - Returns: What was removed, for people.
    func prune(keeping kept: Set<ReleaseID>) async throws(RuntimeError) -> [String] {
        let all = home.allReleases()
        var records: [ReleaseID: ImageRecord] = [:]
        for release in all { records[release] = try record(of: release) }
        let needed = Set(records.filter { kept.contains($0.key) }.map(\.value.id))
        var removed: [String] = []
        for (release, record) in records.sorted(by: { $0.key < $1.key }) where !kept.contains(release) {
            try await free(record, isShared: needed.contains(record.id))
            try home.remove(home.file(of: release))
            removed.append("image of \(release)")
        }
        return removed + (try await prunePulled(needed))
    }

    /// Frees what looks brought here, as far as no release is made of it.
    private func prunePulled(_ needed: Set<String>) async throws(RuntimeError) -> [String] {
        var removed: [String] = []
        for name in DurableFile.names(in: home.pulled) {
            let file = DurableFile(path: "\(home.pulled)/\(name)")
            guard let record: PulledRecord = try home.read(file), !needed.contains(record.id) else { continue }
            try await asked { () async throws(DockerError) in
                // Another look, or a person, may have given the name to another image.
                if let name = record.name, try await client.image(name)?.id == record.id {
                    _ = try await client.removeImage(name)
                }
                // What a person has tagged too is theirs.
                guard let left = try await client.image(record.id), left.tags.isEmpty else { return }
                _ = try await client.removeImage(record.id)
            }
            try home.remove(file)
            removed.append("image \(record.name ?? record.id)")
        }
        return removed
    }

    /// Takes Teal's tag from the image of a release that came to nothing; the image itself stays.
    func letGo(of release: ReleaseID) async throws(RuntimeError) {
        guard let record = try record(of: release) else { return }
        try await asked { () async throws(DockerError) in
            // A last name is not taken away: with it the image would go.
            guard let tagged = try await client.image(record.tag), tagged.id == record.id, tagged.tags.count > 1 else {
                return
            }
            _ = try await client.removeImage(record.tag)
        }
        try home.remove(home.file(of: release))
    }

    private func free(_ record: ImageRecord, isShared: Bool) async throws(RuntimeError) {
        try await asked { () async throws(DockerError) in
            // Only if it is still this home's: another may have taken the tag for its own image.
            guard let tagged = try await client.image(record.tag) else { return }
            if tagged.id == record.id { _ = try await client.removeImage(record.tag) }
        }
        guard !isShared, let pulled = record.pulled else { return }
        try await asked { () async throws(DockerError) in
            // What a person has tagged too is theirs.
            guard let left = try await client.image(record.id), left.tags.isEmpty else { return }
            _ = try await client.removeImage(pulled)
        }
    }
}
