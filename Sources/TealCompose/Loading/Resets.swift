/// Takes away what `!reset` and `!override` drop from earlier files and from extended services.
enum Resets {
    static func applied(
        _ resets: [PathPattern],
        to root: ComposeMapping,
        _ path: NodePath = NodePath()
    ) -> ComposeMapping {
        guard !resets.isEmpty else { return root }
        return root.compactMapValues { entry in
            let path = path.key(entry.key)
            if resets.contains(where: { $0.matches(path) }) { return nil }
            guard let mapping = entry.value.mapping else { return entry.value }
            return ComposeNode(.mapping(applied(resets, to: mapping, path)), at: entry.value.place)
        }
    }
}
