/// Gives names of variables that stand for their value that value: `environment` in lists, secrets and configs.
struct EnvironmentValues {
    /// Where the value of a secret or config is kept until it has a type; no file can write this key.
    static let valueKey = "x-#value"

    let environment: [String: String]

    func resolved(_ root: ComposeMapping) -> ComposeMapping {
        var root = root
        change(&root, "services") { service in
            guard let variables = service["environment"], let list = variables.list else { return }
            let changed = list.map { item in
                guard let text = item.text, let value = environment[text] else { return item }
                return ComposeNode("\(text)=\(value)", at: item.place)
            }
            service["environment"] = ComposeNode(.list(changed), at: variables.place)
        }
        for kind in ["secrets", "configs"] {
            change(&root, kind) { resource in
                guard let name = resource["environment"], let text = name.text, let value = environment[text] else {
                    return
                }
                resource[Self.valueKey] = ComposeNode(value, at: name.place)
            }
        }
        return root
    }

    private func change(_ root: inout ComposeMapping, _ kind: String, _ change: (inout ComposeMapping) -> Void) {
        guard let node = root[kind], let mapping = node.mapping else { return }
        let changed = mapping.compactMapValues { entry in
            guard var value = entry.value.mapping else { return entry.value }
            change(&value)
            return ComposeNode(.mapping(value), at: entry.value.place)
        }
        root[kind] = ComposeNode(.mapping(changed), at: node.place)
    }
}
