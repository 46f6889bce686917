/// Lays mappings over each other: `defaults`, then the service, then the environment's own.
enum Layers {
    /// Keys that exclude each other: one of them in the upper layer removes the others of the lower one.
    private static let families: [[[String]]] = [
        [["image"], ["artifact"], ["source"]],
        [["group", "groups"]],
        [["envFile", "envFiles"]],
        [["host"], ["hosts"], ["routes"]],
        [["routes"], ["path", "strip", "internal", "upgraded"]],
        [["status"], ["statuses"]],
        [
            ["tcp"], ["protocol"], ["command"],
            ["path", "method", "headers", "status", "statuses", "json", "bodyPattern", "answerHeaders", "latency"],
        ],
        [["quiet", "limit"]],
    ]

    /// `upper` over `lower`: mappings key by key, everything else replaced.
    static func merge(_ upper: ConfigurationNode, over lower: ConfigurationNode) -> ConfigurationNode {
        guard case .mapping(let above) = upper.content, case .mapping(let below) = lower.content else { return upper }
        let names = Set(above.map(\.name))
        let removed = removedNames(by: names)
        var entries: [ConfigurationNode.Entry] = []
        for entry in below where !removed.contains(entry.name) {
            guard let other = above.first(where: { $0.name == entry.name }) else {
                entries.append(entry)
                continue
            }
            entries.append(.init(name: entry.name, value: merge(other.value, over: entry.value)))
        }
        let present = Set(entries.map(\.name))
        entries += above.filter { !present.contains($0.name) }
        var result = upper
        result.content = .mapping(entries)
        return result
    }

    /// The names that members of the same families take away from the layer below.
    private static func removedNames(by names: Set<String>) -> Set<String> {
        var removed: Set<String> = []
        for family in families {
            for (index, members) in family.enumerated() where members.contains(where: names.contains) {
                for (other, losers) in family.enumerated() where other != index || family.count == 1 {
                    removed.formUnion(losers.filter { !names.contains($0) })
                }
            }
        }
        return removed
    }
}
