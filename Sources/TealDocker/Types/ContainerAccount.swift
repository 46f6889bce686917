/// Who a container's processes are, by the image's own list of users.
struct ContainerAccount: Hashable, Sendable {
    let owner: Int
    /// The first is the one that files are made with.
    let groups: Set<Int>

    /// - Parameters:
    ///   - user: As images and people write it: `user`, `uid`, `user:group` or `uid:gid`.
    ///   - passwd: The image's `/etc/passwd`; empty where it has none.
    ///   - group: The image's `/etc/group`; empty where it has none.
    /// - Returns: Nil for a name that the image does not know: then the container does not start, and says so.
    init?(_ user: String, passwd: String, group: String) {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let users = Self.fields(passwd, 4)
        let known = users.first { $0[0] == parts[0] || $0[2] == parts[0] }
        guard let owner = Int(parts[0]) ?? known.flatMap({ Int($0[2]) }) else { return nil }
        self.owner = owner
        let all = Self.fields(group, 3)
        if parts.count > 1, !parts[1].isEmpty {
            guard let number = Int(parts[1]) ?? all.first(where: { $0[0] == parts[1] }).flatMap({ Int($0[2]) }) else {
                return nil
            }
            groups = [number]
            return
        }
        let name = known?[0]
        let further = all.filter { $0.count > 3 && $0[3].split(separator: ",").contains { $0 == name ?? "" } }
        groups = Set([known.flatMap { Int($0[3]) } ?? 0] + further.compactMap { Int($0[2]) })
    }

    private static func fields(_ text: String, _ countMin: Int) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }.filter { $0.count >= countMin }
    }

    /// Whether it may make files in a directory, by its rights alone.
    func mayWrite(to entry: TarEntry) -> Bool {
        if owner == 0 { return true }
        if entry.owner == owner { return entry.mode & 0o300 == 0o300 }
        if groups.contains(entry.group) { return entry.mode & 0o030 == 0o030 }
        return entry.mode & 0o003 == 0o003
    }
}
