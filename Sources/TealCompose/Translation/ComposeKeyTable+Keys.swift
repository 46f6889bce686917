extension ComposeKeyTable {
    /// Keys at the top of a file.
    static let topKeys: [ComposeKey] = [
        .init("name"),
        .init("version", .differently("as the specification says it has no meaning any more")),
        .init("include"),
        .init("services", isWhole: false),
        .init("services.*", isWhole: false),
        .init(
            "models",
            .refused("Teal runs no models; run one as a service, and write its address into `environment`")
        ),
        .init(
            "models.*",
            .refused("Teal runs no models; run one as a service, and write its address into `environment`")
        ),
        .init("networks", isWhole: false),
        .init("volumes", isWhole: false),
        .init("secrets", isWhole: false),
        .init("configs", isWhole: false),
    ]

    static let networkKeys: [ComposeKey] = [
        .init("networks.*", isWhole: false),
        .init("networks.*.name"),
        .init("networks.*.driver"),
        .init("networks.*.driver_opts"),
        .init("networks.*.attachable"),
        .init("networks.*.enable_ipv4"),
        .init("networks.*.enable_ipv6"),
        .init(
            "networks.*.external",
            .differently(
                "one that is missing stops preflight with the command that makes it; with `--create-networks` Teal makes it"
            )
        ),
        .init(
            "networks.*.internal",
            .differently(
                """
                what takes requests is in Teal's own network as well, which the proxy reaches it by and which leads out; \
                published ports do not work there
                """
            )
        ),
        .init("networks.*.ipam"),
        .init("networks.*.labels", .differently("with Teal's and Compose's own labels beside them")),
    ]

    static let volumeKeys: [ComposeKey] = [
        .init("volumes.*", isWhole: false),
        .init("volumes.*.name"),
        .init("volumes.*.driver"),
        .init("volumes.*.driver_opts"),
        .init(
            "volumes.*.external",
            .differently("one that is missing stops preflight with the command that makes it; Teal makes none")
        ),
        .init("volumes.*.labels", .differently("with Teal's and Compose's own labels beside them")),
    ]

    static let secretKeys: [ComposeKey] = [
        .init("secrets.*", isWhole: false),
        .init("secrets.*.name", .differently("an external one is Teal's secret of this name")),
        .init(
            "secrets.*.file",
            .differently(
                "read when a deploy begins, sealed on the host, and mounted from a copy that the daemon alone reads"
            )
        ),
        .init(
            "secrets.*.environment",
            .differently(
                "read when a deploy begins, sealed on the host, and mounted from a copy that the daemon alone reads"
            )
        ),
        .init("secrets.*.external", .differently("its value is the one that Teal's secrets have")),
        .init("secrets.*.labels", .refused("Teal's secrets have no labels; nothing reads them")),
        .init("secrets.*.driver", .refused("drivers of secrets are Docker Swarm's")),
        .init("secrets.*.driver_opts", .refused("drivers of secrets are Docker Swarm's")),
        .init("secrets.*.template_driver", .refused("templates of secrets are Docker Swarm's")),
    ]

    static let configKeys: [ComposeKey] = [
        .init("configs.*", isWhole: false),
        .init("configs.*.name", .differently("a configuration is part of the release and needs no name")),
        .init(
            "configs.*.file",
            .differently(
                "a copy is part of the release, so that another content is another release and a rollback has it again"
            )
        ),
        .init("configs.*.content", .differently("it is part of the release")),
        .init("configs.*.environment", .differently("its value is part of the release, in plain text")),
        .init("configs.*.external", .refused("external configurations are Docker Swarm's; name a `file`")),
        .init("configs.*.labels", .refused("a configuration is a file of its release; nothing reads labels of it")),
        .init("configs.*.template_driver", .refused("templates of configurations are Docker Swarm's")),
    ]
}
