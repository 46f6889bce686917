import Glibc
package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    package func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try await threads.run { [self] () throws(RuntimeError) in
            try mapped { () throws(SystemError) in
                var releases = Set(kept.map(\.id))
                var hashes = Set(kept.map(\.content.hash))
                // What is in a place is needed, whoever forgot to say so.
                for replica in try home.places() {
                    guard let standing = try PlaceStanding.look(replica, home) else { continue }
                    releases.insert(standing.release)
                    hashes.insert(standing.spec.content)
                }
                return try pruneReleases(keeping: releases) + artifacts.prune(keeping: hashes)
            }
        }
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
