/// The shapes of the Compose specification's keys.
enum Shapes {
    /// A whole file, after merging.
    static let file = Shape.fields(
        .init([
            "version": .text,
            "name": .text,
            "include": .list(
                .either([
                    .text,
                    .fields(
                        .init(
                            ["path": .textOrTexts, "env_file": .textOrTexts, "project_directory": .text],
                            takesExtensions: false
                        )
                    ),
                ]),
                isUnique: false
            ),
            "services": .named(.fields(service)),
            "models": .fields(.init([:], takesAnything: true)),
            "networks": .fields(.init([:], takesAnything: true)),
            "volumes": .named(.either([.kinds([.null]), .fields(volume)])),
            "secrets": .named(.fields(secret)),
            "configs": .named(.fields(config)),
        ])
    )

    /// Top-level mappings whose entries are only looked at where the name is a fit one.
    static let lenient: [String: Shape] = [
        "networks": .either([.kinds([.null]), .fields(network)]),
        "models": .fields(model),
    ]

    /// Where keys belong that people look for in the wrong place.
    static let elsewhere: [String: String] = [
        "log_driver": "Write `logging: {driver: …}`.",
        "log_opt": "Write `logging: {options: …}`.",
        "net": "Write `network_mode`.",
        "volume_driver": "Give the volume a `driver` below the top-level `volumes`.",
        "dockerfile": "Write it below `build`.",
        "replicas": "Write it below `deploy`.",
        "resources": "Write it below `deploy`.",
        "limits": "Write it below `deploy.resources`.",
        "options": "Write it as a mapping below the driver.",
    ]

    static let network = Shape.Fields([
        "name": .text,
        "driver": .text,
        "driver_opts": .options,
        "ipam": .fields(
            .init([
                "driver": .text,
                "config": .list(
                    .fields(
                        .init([
                            "subnet": .text, "ip_range": .text, "gateway": .text,
                            "aux_addresses": .named(.text, isNameFree: true),
                        ])
                    ),
                    isUnique: false
                ),
                "options": .named(.text, isNameFree: true),
            ])
        ),
        "external": .either([.flag, .fields(.init(["name": .text]))]),
        "internal": .flag,
        "enable_ipv4": .flag,
        "enable_ipv6": .flag,
        "attachable": .flag,
        "labels": .pairs,
    ])

    static let volume = Shape.Fields([
        "name": .text,
        "driver": .text,
        "driver_opts": .options,
        "external": .either([.flag, .fields(.init(["name": .text]))]),
        "labels": .pairs,
    ])

    static let secret = Shape.Fields([
        "name": .text,
        "environment": .text,
        "file": .text,
        "external": .either([.flag, .fields(.init(["name": .text], takesAnything: true))]),
        "labels": .pairs,
        "driver": .text,
        "driver_opts": .options,
        "template_driver": .text,
    ])

    static let config = Shape.Fields([
        "name": .text,
        "content": .text,
        "environment": .text,
        "file": .text,
        "external": .either([.flag, .fields(.init(["name": .text], takesAnything: true))]),
        "labels": .pairs,
        "template_driver": .text,
    ])

    static let model = Shape.Fields(
        ["name": .text, "model": .text, "context_size": .kinds([.whole]), "runtime_flags": .texts],
        required: ["model"]
    )
}
