extension KeyTable {
    static let fileKeys: [KeyReference] =
        projectKeys + composeKeys(at: "compose", compose) + restKeys + environmentKeys
        + composeKeys(
            at: "environments.<environment>.compose",
            """
            The environment's own Compose files; what it does not say of `files`, `envFiles` and `profiles` is as at the top \
            of the file.
            """
        ) + serviceMaps

    private static let compose = """
        The Compose files whose services this project releases, from the directory of teal.yml, each laid over those before \
        it. What stands under `services` for a service of theirs is laid over what they say; see docs/compose.md.
        """

    /// The keys by which Compose files are named.
    private static func composeKeys(at path: String, _ text: String) -> [KeyReference] {
        [
            .init(
                path,
                .anyOf([.oneOrMany(.text), .section]),
                default: path == "compose" ? "(none)" : "(the file's `compose`)",
                example: "docker-compose.yml",
                alsoCalled: ["composeFile", "composeFiles", "docker-compose"],
                text
            ),
            .init(
                "\(path).files",
                .oneOrMany(.text),
                example: "[docker-compose.yml, docker-compose.prod.yml]",
                alias: "file",
                "The Compose files."
            ),
            .init(
                "\(path).envFiles",
                .oneOrMany(.text),
                default: "(`.env` beside the first Compose file)",
                example: "production.env",
                alias: "env_files",
                alsoCalled: ["env_file", "envFile"],
                "Files with the variables that `${NAME}` in the Compose files stands for; later ones win."
            ),
            .init(
                "\(path).profiles",
                .oneOrMany(.text),
                default: "(those of `COMPOSE_PROFILES`)",
                example: "[worker]",
                alias: "profile",
                "The profiles that are enabled; `\"*\"` for all."
            ),
        ]
    }

    private static let projectKeys: [KeyReference] = [
        .init(
            "project",
            .name,
            example: "shop",
            isRequired: true,
            alsoCalled: ["name", "app"],
            "The project's name, unique on a host."
        )
    ]

    private static let restKeys: [KeyReference] = [
        .init(
            "secretsFile",
            .text,
            default: "(`.teal/secrets.env` if it is there)",
            example: "production.secrets.env",
            "An env file with the values of the secrets. Keep it out of version control, and readable by you only."
        ),
        .init(
            "registries",
            .list(.section),
            default: "(images are pulled without a name)",
            example: "[{host: ghcr.io, username: acme, password: REGISTRY_PASSWORD}]",
            alsoCalled: ["registry", "credentials"],
            "The registries that want to know who pulls, one entry for each."
        ),
        .init(
            "registries[].host",
            .text,
            example: "ghcr.io",
            isRequired: true,
            alsoCalled: ["server", "url", "name"],
            "The registry as images name it, with its port if it has one; `docker.io` for images that name none."
        ),
        .init(
            "registries[].username",
            .text,
            example: "acme",
            isRequired: true,
            alsoCalled: ["user", "login", "account"],
            "Who pulls."
        ),
        .init(
            "registries[].password",
            .text,
            example: "REGISTRY_PASSWORD",
            isSecret: true,
            isRequired: true,
            alsoCalled: ["token", "secret", "passwordSecret"],
            """
            The name of the secret that is the password or token, in capitals; never the value itself. The value stands \
            in `secretsFile`, and a pull always takes the newest one; services do not get it.
            """
        ),
        .init(
            "groups",
            .map(placeholder: "group", .oneOrMany(.name)),
            example: "storefront: [web, worker]",
            "Names for sets of services, to release together."
        ),
        .init(
            "defaults",
            .service,
            example: "{stop: {grace: 20s}}",
            """
            Keys that every service has unless it says otherwise. Mappings are merged key by key; everything else \
            is replaced.
            """
        ),
    ]

    private static let environmentKeys: [KeyReference] = [
        .init(
            "environments",
            .map(placeholder: "environment", .section),
            default: "(one, `production`)",
            example: "production: {branch: main}",
            "Where the project is released to. With none declared there is one, `production`."
        ),
        .init(
            "environments.<environment>.branch",
            .text,
            example: "main",
            "The git branch that is released to it."
        ),
        .init(
            "environments.<environment>.hosts",
            .oneOrMany(.text),
            example: "deploy@shop-1.example.com",
            alias: "host",
            "The servers of the environment, as `ssh` takes them."
        ),
        .init(
            "environments.<environment>.secretsFile",
            .text,
            default: "(the file's `secretsFile`)",
            example: "staging.secrets.env",
            "The environment's own file of secrets."
        ),
    ]

    private static let serviceMaps: [KeyReference] = [
        .init(
            "environments.<environment>.services",
            .map(placeholder: "service", .service),
            example: "web: {replicas: 2}",
            alsoCalled: ["overrides"],
            """
            What is different for a service in this environment. Merged over the service as the service is over \
            `defaults`.
            """
        ),
        .init(
            "services",
            .map(placeholder: "service", .service),
            default: "(those of the Compose files; without `compose` it is required)",
            example: "web: {image: shop-web, port: 8080, host: shop.example.com}",
            "The project's services, by name; at most 200 with those of Compose files."
        ),
    ]
}
