import Glibc
package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    package func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try await threads.run { [self] () throws(RuntimeError) in
            try mapped { () throws(SystemError) in
                let used = try Self.used(in: home)
                let releases = Set(kept.map(\.id)).union(used.releases)
                let hashes = Set(kept.map(\.content.hash)).union(used.hashes)
                return try pruneReleases(keeping: releases) + artifacts.removeReplaced(keeping: used.releases)
                    + artifacts.prune(keeping: hashes)
            }
        }
    }

    /// What is in a place, or is run once, is needed, whoever forgot to say so.
    static func used(in home: ProcessHome) throws(SystemError) -> (releases: Set<ReleaseID>, hashes: Set<String>) {
        var used: (releases: Set<ReleaseID>, hashes: Set<String>) = ([], [])
        for replica in try home.places() {
            guard let standing = try PlaceStanding.look(replica, home) else { continue }
            used.releases.insert(standing.release)
            used.hashes.insert(standing.spec.content)
        }
        for name in try Files.names(in: home.once) {
            let files = ReplicaFiles("\(home.once)/\(name)")
            // Its spec is gone when it has ended, and one that cannot be read is not run.
            guard Files.exists(files.begun), let bytes = try Files.read(files.spec, bytesMax: LaunchSpec.bytesMax),
                let spec = try? LaunchSpec(parsing: bytes), let release = ProcessHome.release(spec.release)
            else { continue }
            used.releases.insert(release)
            used.hashes.insert(spec.content)
        }
        return used
    }

    private func pruneReleases(keeping kept: Set<ReleaseID>) throws(SystemError) -> [String] {
        var removed: [String] = []
        for project in try Files.names(in: home.releases) {
            for name in try Files.names(in: "\(home.releases)/\(project)") {
                guard let release = ProcessHome.release("\(project)/\(name)"), !kept.contains(release) else { continue }
                unlink(home.seal(of: release))
                try Files.removeTree(home.content(of: release))
                removed.append("content of \(release)")
            }
        }
        return removed.sorted()
    }
}
