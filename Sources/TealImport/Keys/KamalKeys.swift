/// What becomes of the keys of Kamal 2's `deploy.yml`.
package enum KamalKeys {
    package static let file: [ForeignKey] = [
        ForeignKey("service", .carried, becomes: "project", example: "shop"),
        ForeignKey(
            "image",
            .changed,
            becomes: "image",
            example: "acme/shop",
            next: "Set VERSION to a tag that you have pushed when you release.",
            "the registry stands before it, and its tag is `${VERSION:-latest}`"
        ),
        ForeignKey("labels", .dropped, example: "{a: b}", labels),
        ForeignKey("volumes", .changed, becomes: "volumes", example: "['/srv/data:/data']", volumes),
        ForeignKey(
            "registry",
            .changed,
            becomes: "registries",
            example: "{server: ghcr.io, username: acme, password: [TOKEN]}",
            "its parts are told one by one"
        ),
        ForeignKey(
            "servers",
            .changed,
            becomes: "environments.<name>.hosts",
            example: "[10.0.0.1]",
            "each role becomes a service"
        ),
        ForeignKey("env", .carried, becomes: "env", example: "{LOG_LEVEL: info}"),
        ForeignKey(
            "asset_path",
            .dropped,
            example: "/app/public",
            next:
                "Serve assets from a place that has those of both releases, or let clients meet on one: `upgraded`, `proxy.balance`.",
            "the files of two releases are not laid over each other"
        ),
        ForeignKey(
            "hooks_path",
            .dropped,
            example: ".kamal/hooks",
            next: "Write `hooks` for commands on the server.",
            hooks
        ),
        ForeignKey("hooks_output", .dropped, example: "quiet", hooks),
        ForeignKey(
            "secrets_path",
            .dropped,
            example: ".kamal/secrets",
            next: "Name another file with `secretsFile`.",
            secretFiles
        ),
        ForeignKey("error_pages_path", .dropped, example: "public", "the proxy words its own answers"),
        ForeignKey(
            "require_destination",
            .changed,
            becomes: "environments",
            example: "true",
            "the file itself becomes no environment then"
        ),
        ForeignKey("primary_role", .carried, becomes: "services.<role>.kind", example: "web"),
        ForeignKey("allow_empty_roles", .dropped, "a role without servers becomes a service all the same"),
        ForeignKey("retain_containers", .carried, becomes: "keep.releases", example: "3"),
        ForeignKey("minimum_version", .dropped, example: "2.0.0", "it is about Kamal"),
        ForeignKey(
            "readiness_delay",
            .dropped,
            example: "4",
            next: "Write `health: {command: …}` for a worker that can tell.",
            "a worker without a check only has to keep running while it is proven"
        ),
        ForeignKey("deploy_timeout", .carried, becomes: "health.deadline", example: "20"),
        ForeignKey("drain_timeout", .carried, becomes: "drain.requests", example: "20"),
        ForeignKey("stop_timeout", .carried, becomes: "stop.grace", example: "20"),
        ForeignKey("run_directory", .dropped, example: ".kamal", "the daemon has a home of its own"),
        ForeignKey(
            "ssh",
            .changed,
            becomes: "environments.<name>.hosts",
            example: "{user: deploy}",
            "its parts are told one by one"
        ),
        ForeignKey("builder", .dropped, example: "{arch: amd64}", next: buildFirst, build),
        ForeignKey(
            "accessories",
            .changed,
            becomes: "services",
            example: "{}",
            "each becomes a service of the kind accessory"
        ),
        ForeignKey(
            "proxy",
            .changed,
            becomes: "services.<role>",
            example: "{host: shop.example.com}",
            "its parts are told one by one"
        ),
        ForeignKey("sshkit", .dropped, example: "{}", sshText),
        ForeignKey("boot", .dropped, example: "{limit: 2}", bootText),
        ForeignKey("logging", .dropped, example: "{driver: json-file}", logging),
        ForeignKey(
            "output",
            .dropped,
            example: "{}",
            next: "See `teal history`, and `teal deploy --output json`.",
            "every rollout is in the daemon's journal"
        ),
        ForeignKey(
            "aliases",
            .dropped,
            example: "{console: app exec}",
            next: "Use `teal exec SERVICE -- command`.",
            "there are no aliases of commands"
        ),
    ]

    package static let role: [ForeignKey] = [
        ForeignKey(
            "hosts",
            .changed,
            becomes: "environments.<name>.hosts",
            example: "[10.0.0.1]",
            "a service runs on every host of its environment"
        ),
        ForeignKey("cmd", .carried, becomes: "command", example: "bin/jobs"),
        ForeignKey("stop_timeout", .carried, becomes: "stop.grace", example: "20"),
        ForeignKey(
            "options",
            .changed,
            becomes: "resources, container",
            example: "{memory: 1g}",
            "its parts are told one by one"
        ),
        ForeignKey("logging", .dropped, example: "{driver: json-file}", logging),
        ForeignKey("proxy", .changed, becomes: "services.<role>", example: "true", "its parts are told one by one"),
        ForeignKey("labels", .dropped, example: "{a: b}", labels),
        ForeignKey("env", .carried, becomes: "env", example: "{LOG_LEVEL: info}"),
        ForeignKey(
            "asset_path",
            .dropped,
            example: "/app/public",
            "the files of two releases are not laid over each other"
        ),
    ]

    package static let proxy: [ForeignKey] = [
        ForeignKey("host", .carried, becomes: "host", example: "shop.example.com"),
        ForeignKey("hosts", .carried, becomes: "hosts", example: "[shop.example.com]"),
        ForeignKey("app_port", .carried, becomes: "port", example: "3000"),
        ForeignKey(
            "ssl",
            .dropped,
            example: "true",
            next: "Put a server that ends TLS, such as nginx or Caddy, before Teal's proxy.",
            "the proxy speaks HTTP without TLS"
        ),
        ForeignKey(
            "ssl_redirect",
            .dropped,
            example: "true",
            next: "Let the server that ends TLS redirect.",
            "the proxy speaks HTTP without TLS"
        ),
        ForeignKey("forward_headers", .dropped, example: "true", "the proxy decides on `X-Forwarded-*` itself"),
        ForeignKey(
            "response_timeout",
            .changed,
            becomes: "proxy.responseIdle",
            example: "20",
            "it counts while an answer is silent, not from its beginning"
        ),
        ForeignKey("path_prefix", .carried, becomes: "path", example: "/api"),
        ForeignKey("path_prefixes", .carried, becomes: "routes", example: "[/api, /hooks]"),
        ForeignKey("strip_path_prefix", .carried, becomes: "strip", example: "false"),
        ForeignKey(
            "healthcheck",
            .changed,
            becomes: "health",
            example: "{path: /health}",
            "its parts are told one by one"
        ),
        ForeignKey(
            "buffering",
            .changed,
            becomes: "proxy.bodyMax",
            example: "{max_request_body: 1000000}",
            "its parts are told one by one"
        ),
        ForeignKey("logging", .dropped, example: "{}", "the proxy writes no log of requests"),
        ForeignKey(
            "run",
            .dropped,
            example: "{http_port: 8080}",
            next: "Say it where the daemon is started: `teal serve --help`.",
            "one proxy serves all projects of a host"
        ),
    ]

    package static let healthcheck: [ForeignKey] = [
        ForeignKey("path", .carried, becomes: "health.path", example: "/health"),
        ForeignKey("interval", .carried, becomes: "health.interval", example: "3"),
        ForeignKey("timeout", .carried, becomes: "health.timeout", example: "3"),
    ]

    package static let buffering: [ForeignKey] = [
        ForeignKey("requests", .dropped, example: "true", streams),
        ForeignKey("responses", .dropped, example: "true", streams),
        ForeignKey("max_request_body", .carried, becomes: "proxy.bodyMax", example: "1000000"),
        ForeignKey("max_response_body", .dropped, example: "0", "answers have no limit"),
        ForeignKey("memory", .dropped, example: "1000000", streams),
    ]

    package static let registry: [ForeignKey] = [
        ForeignKey("server", .carried, becomes: "registries[].host", example: "ghcr.io"),
        ForeignKey("username", .carried, becomes: "registries[].username", example: "acme"),
        ForeignKey("password", .carried, becomes: "registries[].password", example: "[TOKEN]"),
    ]

    package static let env: [ForeignKey] = [
        ForeignKey("clear", .carried, becomes: "env", example: "{LOG_LEVEL: info}"),
        ForeignKey("secret", .carried, becomes: "secrets", example: "[DB_PASSWORD]"),
        ForeignKey(
            "tags",
            .dropped,
            example: "{a: {LOG_LEVEL: debug}}",
            next: "Make an environment of those hosts.",
            "a host has no variables of its own"
        ),
    ]

    package static let ssh: [ForeignKey] =
        [
            ForeignKey(
                "user",
                .changed,
                becomes: "environments.<name>.hosts",
                example: "deploy",
                "it stands before each host"
            )
        ]
        + ["port", "proxy", "proxy_command", "log_level", "keys_only", "keys", "key_data", "config", "forward_agent"]
        .map {
            ForeignKey(
                $0,
                .dropped,
                example: "x",
                next: "Write it into `~/.ssh/config`.",
                "hosts are reached as `ssh` reaches them"
            )
        }

    package static let builder: [ForeignKey] = [
        "arch", "remote", "local", "pack", "cache", "context", "dockerfile", "target", "args", "secrets", "ssh",
        "driver",
        "provenance", "sbom",
    ].map { ForeignKey($0, .dropped, example: "x", next: buildFirst, build) }

    package static let boot: [ForeignKey] = ["limit", "wait", "parallel_roles"].map {
        ForeignKey(
            $0,
            .dropped,
            example: "1",
            "every service passes a phase before the next begins, in the order of `needs`"
        )
    }

    package static let accessory: [ForeignKey] =
        [
            ForeignKey(
                "service",
                .changed,
                becomes: "volumes",
                example: "db",
                "only the places of its data depend on it"
            ),
            ForeignKey("image", .carried, becomes: "image", example: "postgres:16"),
            ForeignKey(
                "registry",
                .changed,
                becomes: "registries",
                example: "{server: ghcr.io, username: acme, password: [TOKEN]}",
                "its parts are told one by one"
            ),
            ForeignKey("cmd", .carried, becomes: "command", example: "postgres -c fsync=on"),
            ForeignKey(
                "port",
                .changed,
                becomes: "port",
                example: "'127.0.0.1:5432:5432'",
                next: "Let services of the project reach it by its name.",
                "it is the port in its container; nothing is published on the host"
            ),
            ForeignKey("labels", .dropped, example: "{a: b}", labels),
            ForeignKey(
                "options",
                .changed,
                becomes: "resources, container",
                example: "{memory: 1g}",
                "its parts are told one by one"
            ),
            ForeignKey("env", .carried, becomes: "env", example: "{POSTGRES_USER: shop}"),
            ForeignKey(
                "files",
                .changed,
                becomes: "volumes",
                example: "['config/my.cnf:/etc/my.cnf']",
                next: "Copy a changed file to the server yourself.",
                "the copy that Kamal put on the server is mounted; no file is uploaded"
            ),
            ForeignKey(
                "directories",
                .changed,
                becomes: "volumes",
                example: "['data:/var/lib/db']",
                "the directory that Kamal made on the server is mounted"
            ),
            ForeignKey("volumes", .changed, becomes: "volumes", example: "['/srv/db:/data']", volumes),
            ForeignKey("network", .dropped, example: "custom", "each project has a network of its own"),
            ForeignKey(
                "proxy",
                .dropped,
                example: "true",
                next: "Make it a service of the kind web.",
                "an accessory takes no traffic through the proxy"
            ),
        ]
        + ["host", "hosts", "role", "roles", "tag", "tags"].map {
            ForeignKey(
                $0,
                .dropped,
                example: "10.0.0.1",
                next: "Make an environment of that host if it is another one.",
                "an accessory runs on every host of its environment"
            )
        }

    private static let labels = "containers have Teal's own labels only"
    private static let volumes = """
        two releases write to it for a while, as under Kamal, so it is `shared`; a volume's name is the project's own
        """
    private static let hooks = "no scripts run on this machine; a rollout's own are `hooks`"
    private static let secretFiles = "values stand in one file of `NAME=value` lines"
    private static let buildFirst = "Build and push the image first: `docker buildx build --push`."
    private static let build = "Teal releases images, it does not build them"
    private static let sshText = "hosts are reached as `ssh` reaches them"
    private static let logging = "containers log as the daemon set them up; `teal logs` shows it"
    private static let streams = "the proxy passes bodies on as they come"
    private static let bootText = "every service passes a phase before the next begins"

    package static let tables: [ForeignTable] = [
        ForeignTable(
            title: "The file",
            introduction: "`deploy.<name>.yml` beside it becomes an environment.",
            keys: file
        ),
        ForeignTable(title: "`servers.<role>`", introduction: "", keys: role),
        ForeignTable(title: "`proxy`", introduction: "", keys: proxy),
        ForeignTable(title: "`proxy.healthcheck`", introduction: "", keys: healthcheck),
        ForeignTable(title: "`proxy.buffering`", introduction: "", keys: buffering),
        ForeignTable(title: "`registry`", introduction: "", keys: registry),
        ForeignTable(title: "`env`", introduction: "A mapping without these keys is `clear`.", keys: env),
        ForeignTable(title: "`accessories.<name>`", introduction: "", keys: accessory),
        ForeignTable(title: "`ssh`", introduction: "", keys: ssh),
        ForeignTable(title: "`builder`", introduction: "", keys: builder),
        ForeignTable(title: "`boot`", introduction: "", keys: boot),
    ]
}
