/// Writes down what the specification assumes where nothing is said.
enum Defaults {
    private enum Default: Sendable { case context, target, port, count }

    private static let defaults: PatternTable<Default> = [
        "services.*.build": .context,
        "services.*.secrets.*": .target,
        "services.*.ports.*": .port,
        "services.*.deploy.resources.reservations.devices.*": .count,
        "services.*.gpus.*": .count,
    ]

    static func filled(_ node: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        if let kind = defaults[path] { return filled(node, by: kind) }
        switch node.content {
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { filled($0.value, path.key($0.key)) }
            return ComposeNode(.mapping(changed), at: node.place)
        case .list(let items):
            let changed = items.enumerated().map { filled($0.element, path.item($0.offset)) }
            return ComposeNode(.list(changed), at: node.place)
        default: return node
        }
    }

    private static func filled(_ node: ComposeNode, by kind: Default) -> ComposeNode {
        guard var mapping = node.mapping else { return node }
        func set(_ key: String, _ text: String) {
            if mapping[key] == nil { mapping[key] = ComposeNode(text, at: node.place) }
        }
        switch kind {
        case .context: set("context", ".")
        case .target: set("target", "/run/secrets/\(mapping["source"]?.text ?? "")")
        case .port:
            set("protocol", "tcp")
            set("mode", "ingress")
        case .count: if mapping["device_ids"] == nil { set("count", "all") }
        }
        return ComposeNode(.mapping(mapping), at: node.place)
    }
}
