import FoundationEssentials
package import TealCore

/// The whole environment that each release was given, sealed, so that it can be started again as it was.
///
/// It has no state of its own; every call reads or writes files.
package struct ReleaseEnvironmentStore: Sendable {
    /// The largest environment, in bytes of its names and values.
    package static let environmentBytesMax = 2 << 20

    private let directory: DurableDirectory
    private let key: MasterKey

    /// A store under a root that ``MasterKey/open(under:)`` has opened.
    package init(under root: String, key: MasterKey) {
        directory = DurableDirectory(path: "\(root)/releases")
        self.key = key
    }

    /// Saves the environment of a release, over one that may be there.
    package func save(_ environment: [String: Secret], of release: ReleaseID) throws(SecretStoreError) {
        let plain = environment.mapValues { $0.reveal() }
        let count = plain.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard count <= Self.environmentBytesMax else { throw .valueTooLong(name: release.qualified) }
        let bytes: [UInt8]
        do {
            bytes = Array(try JSONEncoder().encode(plain))
        } catch {
            // The error could carry a value; strings always encode.
            throw .notWritten(path: path(of: release), reason: "the environment cannot be encoded")
        }
        try directory.create()
        try directory.write(FileName.of(release.qualified), SealedFile.seal(bytes, for: place(release), with: key))
    }

    /// The environment of a release; nil when none was saved.
    package func load(_ release: ReleaseID) throws(SecretStoreError) -> [String: Secret]? {
        guard let file = try directory.read(FileName.of(release.qualified)) else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try SealedFile.open(file, for: place(release), with: key)
        } catch {
            throw error.asStoreError(at: path(of: release))
        }
        // What is wrong inside is not said: the error could carry a value.
        guard let plain = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
            throw .unreadable(path: path(of: release), reason: "its content is not an environment")
        }
        return plain.mapValues { Secret($0) }
    }

    /// Forgets the environment of a release; one that was never saved is fine.
    package func delete(_ release: ReleaseID) throws(SecretStoreError) {
        try directory.remove(FileName.of(release.qualified))
    }

    /// The releases whose environment is saved, ascending.
    package func list() throws(SecretStoreError) -> [ReleaseID] {
        try directory.names().compactMap(FileName.text(of:)).compactMap(Self.release(qualified:)).sorted()
    }

    private func path(of release: ReleaseID) -> String { directory.path(of: FileName.of(release.qualified)) }

    private func place(_ release: ReleaseID) -> [String] { ["environment", release.qualified] }

    /// Reads `shop/backend@42`; nil when it is not the name of a release.
    private static func release(qualified text: String) -> ReleaseID? {
        let ends = text.split(separator: "@", omittingEmptySubsequences: false)
        guard ends.count == 2, let number = Int(ends[1]) else { return nil }
        let names = ends[0].split(separator: "/", omittingEmptySubsequences: false)
        // Why a name is none does not matter: such a file is not ours.
        guard names.count == 2, let project = try? ProjectName(parsing: names[0]),
            let service = try? ServiceName(parsing: names[1])
        else { return nil }
        let release = ReleaseID(service: ServiceKey(project: project, service: service), number: number)
        return release.qualified == text ? release : nil
    }
}
