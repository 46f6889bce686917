import TealCore

/// Checks what one resource says against itself, after the defaults.
struct FileChecks {
    let problems: ProblemList

    private enum Check: Sendable { case volume, config, secret, address, path, device }

    private static let checks: PatternTable<Check> = [
        "volumes.*": .volume,
        "configs.*": .config,
        "secrets.*": .secret,
        "services.*.ports.*": .address,
        "services.*.develop.watch.*.path": .path,
        "services.*.deploy.resources.reservations.devices.*": .device,
        "services.*.gpus.*": .device,
    ]

    func check(_ node: ComposeNode, _ path: NodePath = NodePath()) {
        if let check = Self.checks[path] { return run(check, node, path) }
        switch node.content {
        case .mapping(let mapping): for entry in mapping.entries { check(entry.value, path.key(entry.key)) }
        case .list(let items): for (index, item) in items.enumerated() { check(item, path.item(index)) }
        default: return
        }
    }

    private func run(_ check: Check, _ node: ComposeNode, _ path: NodePath) {
        switch check {
        case .volume: checkVolume(node, path)
        case .config: checkSource(node, ["file", "environment", "content"], path)
        case .secret: checkSource(node, ["file", "environment"], path)
        case .address:
            guard let address = node.mapping?["host_ip"], let text = address.text, !IPAddress.isOne(text) else {
                return
            }
            problems.add(
                .value,
                on: address,
                path.key("host_ip"),
                "`host_ip` is no IP address",
                "Write an address of this host, such as 127.0.0.1."
            )
        case .path:
            if node.text?.isEmpty == true { problems.add(.value, at: node.place, path, "the path is empty") }
        case .device:
            guard let mapping = node.mapping, mapping["count"] != nil, mapping["device_ids"] != nil else { return }
            problems.add(
                .conflict,
                at: node.place,
                path,
                "`count` and `device_ids` exclude each other",
                "Write one of them."
            )
        }
    }

    private func checkVolume(_ node: ComposeNode, _ path: NodePath) {
        guard let mapping = node.mapping, let external = mapping["external"] else { return }
        guard let isExternal = external.bool else {
            problems.add(.value, on: external, path.key("external"), "`external` must be true or false")
            return
        }
        guard isExternal else { return }
        for entry in mapping.entries where !["name", "external"].contains(entry.key) && !entry.key.hasPrefix("x-") {
            problems.add(
                .conflict,
                at: entry.keyPlace,
                path.key(entry.key),
                "an external volume is made elsewhere, so `\(entry.key)` cannot be set here",
                "Remove it, or remove `external`."
            )
        }
    }

    private func checkSource(_ node: ComposeNode, _ keys: [String], _ path: NodePath) {
        guard let mapping = node.mapping else { return }
        let given = mapping.entries.filter { keys.contains($0.key) }
        let words = keys.map { "`\($0)`" }
        if given.count > 1 {
            problems.add(
                .conflict,
                at: given[1].keyPlace,
                path,
                "\(Phrase.all(given.map { "`\($0.key)`" })) exclude each other",
                "Write one of them."
            )
        }
        if given.isEmpty, mapping["driver"] == nil, mapping["external"] == nil {
            problems.add(
                .missing,
                at: node.place,
                path,
                "nothing says where its content comes from",
                "Write \(Phrase.oneOf(words)), or `external: true`."
            )
        }
    }
}
