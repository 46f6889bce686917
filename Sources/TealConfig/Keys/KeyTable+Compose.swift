extension KeyTable {
    /// What only a service of a Compose file has.
    static let fromComposeKeys: [KeyReference] = [
        .init(
            "shared",
            .boolean,
            default: "(false)",
            example: "true",
            """
            For a service of a Compose file: says that two releases may write to its volumes at the same time, as they do in \
            a blue-green rollout.
            """
        ),
        .init(
            "publish",
            .choice(Publishing.allCases.map(\.rawValue)),
            default: "(loopback)",
            example: "everywhere",
            """
            For a service of a Compose file: where its published ports are open, if they name no address. Docker's own rules \
            go round a firewall such as ufw, so that `everywhere` is for what all the world may reach.
            """
        ),
    ]
}

/// Where published ports without an address are open.
enum Publishing: String, CaseIterable {
    case loopback
    case everywhere
}
