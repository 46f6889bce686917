import Glibc
package import TealCore
package import TealDriverKit
import TealShimWire

/// Builds artifacts of commits with git and the commands of a service, each in a directory of its own.
package struct GitSourceBuilder: SourceBuilder {
    /// Packs a directory, keeps it and gives back its hash; blocks.
    package typealias Keep = @Sendable (String) throws(SourceError) -> String

    private let home: SourceHome
    private let tools: BuildTools
    private let records: BuildRecords
    private let keep: Keep
    private let turns = BuildTurns()

    /// Opens the directory of builds, and removes what an earlier daemon has left there.
    ///
    /// - Parameters:
    ///   - home: A directory of the builder's own; made when it is not there.
    ///   - shimProgram: The absolute path of `teal-shim`.
    ///   - environment: The environment that PATH, HOME, LANG, TZ and the proxies are taken from.
    ///   - hasArtifact: Whether the host's store has an artifact.
    ///   - keep: Takes what was built into that store.
    /// - Throws: ``SourceError/failed(_:)`` or ``SourceError/diskFull(path:)`` when the directory cannot be used.
    package init(
        home: String,
        shimProgram: String,
        environment: [String: String],
        hasArtifact: @escaping @Sendable (String) -> Bool,
        keep: @escaping Keep
    ) throws(SourceError) {
        let home = SourceHome(root: home)
        self.home = home
        tools = BuildTools(shim: shimProgram, environment: environment)
        records = BuildRecords(home: home, hasArtifact: hasArtifact)
        self.keep = keep
        try inBuild { () throws(SystemError) in try home.prepare() }
    }

    package func resolve(_ source: GitSource, for login: GitAccess?) async throws(SourceError) -> GitCommit {
        if let commit = source.ref.commit { return commit }
        return try await onThread { [home, tools] (isCancelled: () -> Bool) throws(SourceError) -> GitCommit in
            let place = try inBuild { () throws(SystemError) in try home.makePlace() }
            defer { place.remove() }
            let git = GitRun(tools: tools, place: place, source: source, access: login)
            try git.prepare()
            return try RefLookup(git: git, ref: source.ref).commit(in: place.root) { () throws(SourceError) in
                if isCancelled() { throw .cancelled }
            }
        }
    }

    package func built(_ order: BuildOrder) async -> BuiltSource? { known(BuildKey(order), order) }

    package func build(
        _ order: BuildOrder,
        again: Bool,
        _ tell: @escaping @Sendable (BuildNote) -> Void
    ) async throws(SourceError) -> BuiltSource {
        let key = BuildKey(order)
        if !again, let known = known(key, order) { return known }
        if await turns.isBusy(order.service) { tell(.waiting) }
        try await turns.begin(order.service)
        let result: Result<BuiltSource, SourceError>
        do throws(SourceError) {
            result = .success(try await carryOut(order, key, again: again, tell))
        } catch {
            result = .failure(error)
        }
        await turns.end(order.service)
        return try result.get()
    }

    private func carryOut(
        _ order: BuildOrder,
        _ key: BuildKey,
        again: Bool,
        _ tell: @escaping @Sendable (BuildNote) -> Void
    ) async throws(SourceError) -> BuiltSource {
        // The one before may have made the same.
        if !again, let known = known(key, order) { return known }
        let place = try inBuild { () throws(SystemError) in try home.makePlace() }
        let run = BuildRun(order, tools: tools, place: place, keep: keep, tell: tell)
        let (records, commit) = (records, order.commit)
        return try await withCancellation { () async throws(SourceError) -> BuiltSource in
            try await onThread { (_: () -> Bool) throws(SourceError) -> BuiltSource in
                let artifact = try run.carryOut()
                try inBuild { () throws(SystemError) in try records.note(artifact, of: key, order) }
                records.sweep()
                return BuiltSource(commit: commit, artifact: artifact, wasThere: false)
            }
        } onCancel: {
            run.cancel()
        }
    }

    private func known(_ key: BuildKey, _ order: BuildOrder) -> BuiltSource? {
        records.artifact(of: key).map { BuiltSource(commit: order.commit, artifact: $0, wasThere: true) }
    }
}
