import CTealSystem
import TealCore
import TealDriverKit

/// Whether a container's user may write where its service says that it writes.
extension DockerRuntime {
    /// The largest `/etc/passwd` or `/etc/group` that is read, in bytes.
    private static let accountsBytesMax = 256 << 10
    /// Enough for the head of a directory, with what may stand before it, in bytes.
    private static let headBytesMax = 8 << 10

    /// Looks at the volumes of a container that was made and not started.
    ///
    /// Directories in memory are everybody's, and root may write anywhere. What cannot be looked at is left to the service.
    ///
    /// - Throws: ``RuntimeError/refused(_:)`` with every path that the user cannot write to.
    func checkWritable(_ id: String, _ plan: ContainerPlan) async throws(RuntimeError) {
        let user = plan.release.spec.container.user ?? plan.facts.user ?? ""
        let volumes = plan.release.spec.volumes.filter { !$0.readOnly && !Self.hasAccessList($0.source) }
        guard !ContainerUser(parsing: user).isRoot, !volumes.isEmpty else { return }
        guard let account = await account(user, id) else { return }
        var problems: [String] = []
        for volume in volumes {
            let head = try? await client.firstEntry(of: id, at: volume.target, bytesMax: Self.headBytesMax)
            guard let entry = head ?? nil, entry.isDirectory, !account.mayWrite(to: entry) else { continue }
            problems.append(Self.words(volume, entry))
        }
        guard !problems.isEmpty else { return }
        throw .refused(
            """
            its user '\(user)' may not write to \(problems.joined(separator: " and ")); give \
            \(problems.count == 1 ? "it" : "them") to that user, or mount read-only with `:ro`
            """
        )
    }

    private static func words(_ volume: Volume, _ entry: TarEntry) -> String {
        let kind = volume.source.hasPrefix("/") ? "\(volume.source) of the host" : "the volume \(volume.source)"
        let mode = String(entry.mode, radix: 8)
        return "\(volume.target) (\(kind)), which belongs to \(entry.owner):\(entry.group) with mode \(mode)"
    }

    private func account(_ user: String, _ id: String) async -> ContainerAccount? {
        var texts: [String] = []
        for path in ["/etc/passwd", "/etc/group"] {
            // An image need not have them.
            let entry = (try? await client.firstEntry(of: id, at: path, bytesMax: Self.accountsBytesMax)) ?? nil
            texts.append(String(decoding: entry?.content ?? [], as: UTF8.self))
        }
        return ContainerAccount(user, passwd: texts[0], group: texts[1])
    }

    /// Whether more than owner, group and mode decide about a directory of the host.
    private static func hasAccessList(_ path: String) -> Bool {
        path.hasPrefix("/") && teal_attribute_length(path, "system.posix_acl_access") > 0
    }
}
