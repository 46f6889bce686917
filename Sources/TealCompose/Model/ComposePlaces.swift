/// Where the values of a project were written.
package struct ComposePlaces: Hashable, Sendable {
    private let places: [NodePath: SourcePlace]
    private let root: SourcePlace

    init(_ root: ComposeNode) {
        self.root = root.place
        var places: [NodePath: SourcePlace] = [:]
        Self.collect(root, NodePath(), into: &places)
        self.places = places
    }

    /// The place of a value, or of the nearest one around it that was written: one that was assumed has none of its own.
    ///
    /// - Parameter keys: The keys that lead to it, and `[3]` for the place in a list: `"services", "web", "ports", "[0]"`.
    package subscript(keys: String...) -> SourcePlace { self[keys] }

    package subscript(keys: [String]) -> SourcePlace {
        var keys = keys
        while !keys.isEmpty {
            if let place = places[NodePath(keys)] { return place }
            keys.removeLast()
        }
        return root
    }

    private static func collect(_ node: ComposeNode, _ path: NodePath, into places: inout [NodePath: SourcePlace]) {
        switch node.content {
        case .mapping(let mapping):
            for entry in mapping.entries {
                let path = path.key(entry.key)
                places[path] =
                    entry.value.mapping == nil && entry.value.list == nil ? entry.value.place : entry.keyPlace
                collect(entry.value, path, into: &places)
            }
        case .list(let items):
            for (index, item) in items.enumerated() {
                places[path.item(index)] = item.place
                collect(item, path.item(index), into: &places)
            }
        default: return
        }
    }
}
