import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// Which build has made which artifact: a small file for each, under its key.
struct BuildRecords: Sendable {
    private static let version = 1

    let home: SourceHome
    /// Whether the host's store has an artifact.
    let hasArtifact: @Sendable (String) -> Bool

    /// The artifact that a build has made; nil when it is not known or not there any more.
    func artifact(of key: BuildKey) -> String? {
        // A record that cannot be read only costs a build.
        guard let text = try? Files.text(path(key)), let line = WireLine(parsing: text.prefix { $0 != "\n" }),
            line.verb == "built", line["version"] == "\(Self.version)", let artifact = line["artifact"],
            hasArtifact(artifact)
        else { return nil }
        return artifact
    }

    /// Notes what a build has made; durable when it returns.
    func note(_ artifact: String, of key: BuildKey, _ order: BuildOrder) throws(SystemError) {
        let line = WireLine(
            "built",
            [
                "version": "\(Self.version)", "artifact": artifact, "commit": "\(order.commit)",
                "service": "\(order.service.project)/\(order.service.service)",
            ]
        )
        try Files.replace(path(key), with: line.bytes)
    }

    /// Removes the records of artifacts that are not there any more.
    func sweep() {
        // What cannot be listed or removed stays, and is looked at again.
        for name in (try? Files.names(in: home.records)) ?? [] where name.utf8.count == 64 {
            let path = "\(home.records)/\(name)"
            guard let text = try? Files.text(path), let line = WireLine(parsing: text.prefix { $0 != "\n" }),
                let artifact = line["artifact"], hasArtifact(artifact)
            else {
                unlink(path)
                continue
            }
        }
    }

    private func path(_ key: BuildKey) -> String { "\(home.records)/\(key)" }
}
