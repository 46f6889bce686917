/// A service as it is worked on: without what only its releases need, and with what stands under `dev` laid over it.
struct DevelopmentLayer {
    /// Keys that say how a release is made and judged, and nothing of what runs.
    private static let ofReleases: Set<String> = [
        "currentEnvFile", "drain", "hooks", "keep", "publish", "replicas", "shared", "smoke", "strategy", "switchWhen",
        "timeouts", "watch",
    ]

    private let node: ConfigurationNode
    private let isOfCompose: Bool

    /// - Parameters:
    ///   - node: The service's mapping over `defaults`.
    ///   - isOfCompose: Whether a Compose file names the service.
    init(_ node: ConfigurationNode, isOfCompose: Bool) {
        self.node = node
        self.isOfCompose = isOfCompose
    }

    /// The mapping; what is wrong with `dev` itself has a finding.
    func merged(_ findings: Findings) -> ConfigurationNode {
        guard let entries = node.entries else { return node }
        var below = node
        below.content = .mapping(entries.filter { $0.name != Development.key && !isLeftOut($0.name, of: entries) })
        guard let own = entries.first(where: { $0.name == Development.key })?.value else { return below }
        guard let keys = own.entries else {
            _ = Section(own, scope: .service, findings: findings)
            return below
        }
        if let nested = keys.first(where: { $0.name == Development.key }) {
            findings.add(
                .conflict,
                on: nested.value,
                "`dev` stands in another `dev`",
                "Move what it says one step out."
            )
        }
        var above = own
        above.content = .mapping(keys.filter { $0.name != Development.key })
        return ConfigurationNode(
            key: node.key,
            keyPlace: node.keyPlace,
            place: node.place,
            content: Layers.merge(above, over: below).content
        )
    }

    private func isLeftOut(_ name: String, of entries: [ConfigurationNode.Entry]) -> Bool {
        if Self.ofReleases.contains(name) { return true }
        // Accessories are waited for as they are in production, and what else takes no requests as it was written.
        guard name == "health" else { return false }
        let kind = entries.first { $0.name == "kind" }?.value.scalar?.text
        if let kind { return kind == "web" || kind == "worker" }
        return !isOfCompose || !Set(entries.map(\.name)).isDisjoint(with: ["host", "hosts", "path", "routes"])
    }
}
