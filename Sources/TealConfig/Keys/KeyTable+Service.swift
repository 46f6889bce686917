import TealCore

extension KeyTable {
    /// The longest duration that any key takes.
    static let longest: Duration = .seconds(24 * 3600)
    static let anyDuration = ValueType.duration(.zero...longest)
    static let someDuration = ValueType.duration(.milliseconds(1)...longest)
    static let port = ValueType.integer(1...65535)

    static let serviceKeys: [KeyReference] =
        basicKeys + sourceKeys + containerKeys + fromComposeKeys + workKeys + routeKeys + healthKeys + smokeKeys
        + releaseKeys + developmentKeys

    private static let developmentKeys: [KeyReference] = [
        .init(
            Development.key,
            .service,
            example: "{command: npm run dev, volumes: [\"./src:/app/src\"]}",
            alsoCalled: ["development", "develop"],
            """
            What is different while the service is worked on by `teal dev`, and no part of any release. Merged over the service, \
            and below what the environment `development` says of it. Here volumes may be directories beside teal.yml, \
            and an `artifact` that is a directory is run where it is. See docs/dev.md.
            """
        )
    ]

    private static let basicKeys: [KeyReference] = [
        .init(
            "kind",
            .choice(ServiceKind.allCases.map(\.rawValue)),
            default: "web",
            example: "worker",
            alsoCalled: ["type", "role"],
            """
            What the service does. A `web` takes traffic, a `worker` does not, a `job` runs once, an `accessory` is \
            stateful (a database) and never blue-green.
            """
        ),
        .init(
            "image",
            .text,
            example: "ghcr.io/acme/shop:1.4.2",
            """
            The image to run, as `docker pull` takes it. Either this, `artifact` or `source`. A rollout resolves a tag once: what \
            is tested is what runs, also after a rollback.
            """
        ),
        .init(
            "artifact",
            .text,
            example: "build/shop.tar.gz",
            alsoCalled: ["build", "directory"],
            """
            A directory or a tarball (`.tar`, `.tar.gz`, `.tgz`) to run, from the directory of teal.yml. Either \
            this, `image` or `source`. What `.tealignore` names is left out.
            """
        ),
        .init(
            "command",
            .command,
            default: "(the image's own; for an artifact its program named like the service, `run` or `start`)",
            example: "./bin/shop --workers 2",
            alsoCalled: ["cmd", "entrypoint", "run", "start", "exec"],
            "The program and its arguments. A line is split as a shell splits words, but no shell runs it."
        ),
        .init(
            "port",
            port,
            example: "8080",
            alsoCalled: ["listen", "expose", "app_port"],
            """
            The port that the service listens on in its container. A process is told its own by the variable `PORT`; a \
            `web` from an image without `port` has the one port that its image exposes. Containers of the project reach a \
            `web` by its name at this port, and at 80.
            """
        ),
        .init(
            "ports",
            .section,
            default: "(loopback ports of Teal's own range; for an image its container's own address)",
            example: "{blue: 8000, green: 8001}",
            "Fixed ports on the host's loopback, one a slot. Replica 1 of a slot takes the next port, and so on."
        ),
        .init("ports.blue", port, example: "8000", isRequired: true, "The first port of the blue slot."),
        .init("ports.green", port, example: "8100", isRequired: true, "The first port of the green slot."),
        .init(
            "hostPorts",
            .oneOrMany(.text),
            example: "[8080, \"0.0.0.0:8443\"]",
            alias: "hostPort",
            alsoCalled: ["publish_ports", "published"],
            """
            Ports of the host where every request is for this service, whatever host it names: `port` for 127.0.0.1, or \
            `address:port`, where `0.0.0.0` is every address. The proxy listens there and leads to the active slot, so that \
            releases are not noticed there either. `ports` of a Compose file that lead to its requests are such ones.
            """
        ),
        .init(
            "replicas",
            .integer(1...64),
            default: "1",
            example: "2",
            alsoCalled: ["instances", "scale", "count", "num", "size"],
            "How many run at the same time in the active slot."
        ),
        .init(
            "needs",
            .oneOrMany(.name),
            example: "[database]",
            alsoCalled: ["depends_on", "requires", "after"],
            "Services that must be ready before this one starts."
        ),
        .init(
            "groups",
            .oneOrMany(.name),
            example: "[storefront]",
            alias: "group",
            alsoCalled: ["tags", "profiles"],
            "The groups that it belongs to, besides those that name it under the file's `groups`."
        ),
        .init(
            "env",
            .map(placeholder: "variable", .text),
            example: "LOG_LEVEL: info",
            isSecret: true,
            alsoCalled: ["environment", "variables", "envs"],
            "Environment variables. They win over `envFiles`; names beginning with `TEAL_` are Teal's own."
        ),
        .init(
            "envFiles",
            .oneOrMany(.text),
            example: "web.env",
            alias: "envFile",
            alsoCalled: ["env_file", "dotenv"],
            """
            Files of `KEY=VALUE` lines, from the directory of teal.yml; later ones win. Their values are kept as plain \
            text, except those of names under `secrets`.
            """
        ),
        .init(
            "secrets",
            .list(.anyOf([.text, .section])),
            example: "[DATABASE_URL]",
            alsoCalled: ["secret"],
            """
            Secrets that the service gets as environment variables, by name. The values are kept elsewhere, in \
            `secretsFile` or `envFiles`; a project has one value by each name.
            """
        ),
        .init(
            "secrets[].name",
            .text,
            example: "STRIPE_KEY",
            isRequired: true,
            "The secret's and the variable's name."
        ),
        .init(
            "secrets[].rotates",
            .boolean,
            default: "false",
            example: "true",
            "Whether a rollback takes the newest value instead of the one that the release had."
        ),
        .init("resources", .section, example: "{memory: 512m}", alsoCalled: ["limits"], "What one replica may use."),
        .init(
            "resources.memory",
            .size((4 << 20)...(4 << 40)),
            default: "(no limit)",
            example: "512m",
            alsoCalled: ["mem", "mem_limit", "ram"],
            "Resident memory of a replica's processes together. Beyond it the replica is stopped as out of memory."
        ),
        .init(
            "resources.cpus",
            .number(0.01...1024),
            default: "(no limit)",
            example: "0.5",
            alsoCalled: ["cpu", "cores"],
            "Processor cores; for images."
        ),
        .init(
            "volumes",
            .list(.anyOf([.text, .section])),
            example: "[/srv/shop/uploads:/data:ro]",
            alsoCalled: ["mounts", "volume"],
            """
            Directories of the host, or for an image volumes by name, that the service reads or writes, as \
            `source:target`, `source:target:ro` or a mapping. A writable one is shared between two releases in a \
            blue-green rollout, which has to be said by `shared`.
            """
        ),
        .init(
            "volumes[].source",
            .text,
            example: "/srv/shop/uploads",
            isRequired: true,
            """
            An absolute path on the host, or a volume's name. A name is the project's own: two projects of one host that \
            write the same one have two volumes (`<project>_<name>` for the Engine).
            """
        ),
        .init(
            "volumes[].target",
            .text,
            default: "(the source)",
            example: "/data",
            "An absolute path as the service sees it; for an artifact the same as the source."
        ),
        .init(
            "volumes[].readOnly",
            .boolean,
            default: "false",
            example: "true",
            alsoCalled: ["ro"],
            "Whether the service only reads it."
        ),
        .init(
            "volumes[].shared",
            .boolean,
            default: "false",
            example: "true",
            "Says that two releases may write to it at the same time, as they do in a blue-green rollout."
        ),
    ]

    private static let workKeys: [KeyReference] = [
        .init(
            "background",
            .anyOf([.choice(["none", "handover", "exclusive"]), .section]),
            default: "none (`exclusive` for a worker)",
            example: "exclusive",
            """
            What the service does beside answering requests, and how two releases share it. With `handover` a \
            release starts passive and is told when to begin and to end; with `exclusive` the old one stops before \
            the new one starts.
            """
        ),
        .init(
            "background.mode",
            .choice(["none", "handover", "exclusive"]),
            example: "handover",
            isRequired: true,
            "As above; `handover` also needs `activate` and `deactivate`."
        ),
        .init(
            "background.activate",
            .text,
            example: "/internal/activate",
            """
            How a release is told to begin. A path gets a `POST`, a signal's name such as `USR1` is sent to the \
            process.
            """
        ),
        .init(
            "background.deactivate",
            .text,
            example: "/internal/deactivate",
            "How a release is told to end; written like `activate`."
        ),
        .init("stop", .section, example: "{signal: INT, grace: 30s}", "How a replica is stopped."),
        .init(
            "stop.signal",
            .choice(SignalName.all),
            default: StopPolicy().signal,
            example: "INT",
            "The signal that asks it to end."
        ),
        .init(
            "stop.grace",
            anyDuration,
            default: DurationText.text(StopPolicy().grace),
            example: "30s",
            alsoCalled: ["timeout", "period"],
            "How long it may take before it is killed."
        ),
        .init(
            "strategy",
            .choice(Strategy.allCases.map(\.rawValue)),
            default: "blue-green (`recreate` for an accessory)",
            example: "recreate",
            alsoCalled: ["deploy", "rollout"],
            "How a new release takes the old one's place. `recreate` stops the old one first, with an interruption."
        ),
    ]

    private static let releaseKeys: [KeyReference] = [
        .init(
            "drain",
            .section,
            example: "{requests: 45s, upgraded: 5m}",
            "How long what is in flight on the old release may go on after the switch."
        ),
        .init(
            "drain.requests",
            anyDuration,
            default: DurationText.text(DrainPolicy().requests),
            example: "45s",
            "For requests."
        ),
        .init(
            "drain.upgraded",
            anyDuration,
            default: DurationText.text(DrainPolicy().upgraded),
            example: "5m",
            alsoCalled: ["websockets"],
            "For upgraded connections, such as WebSockets."
        ),
        .init(
            "watch",
            .section,
            example: "{window: 30s}",
            "How a release is watched after the switch, and when it is taken back."
        ),
        .init(
            "watch.window",
            anyDuration,
            default: DurationText.text(WatchPolicy().window),
            example: "30s",
            "How long it is watched; `0s` for one request through the public route only."
        ),
        .init(
            "watch.warmUp",
            anyDuration,
            default: "\(DurationText.text(WatchPolicy().warmUp)) (none when the window is below twice that)",
            example: "3s",
            "The first part of the window, which is not judged."
        ),
        .init(
            "watch.requestsMin",
            .integer(0...1_000_000),
            default: "\(WatchPolicy().requestsMin)",
            example: "50",
            "Fewer requests than this decide nothing; synthetic ones are added."
        ),
        .init(
            "watch.errorShareMax",
            .share,
            default: ValueType.plain(WatchPolicy().errorShareMax),
            example: "1%",
            """
            The share of 5xx, proxy-made errors and cut answers, above the old release's own, that takes a release \
            back.
            """
        ),
        .init(
            "watch.clientErrorShareMax",
            .share,
            default: ValueType.plain(WatchPolicy().clientErrorShareMax),
            example: "0.3",
            "The share of 4xx above the old release's own that takes a release back."
        ),
        .init(
            "watch.latencyFactorMax",
            .number(1...1000),
            default: ValueType.plain(WatchPolicy().latencyFactorMax),
            example: "2.5",
            "The 95th percentile of the answer times may be this many times the old release's."
        ),
        .init(
            "watch.latencyFloor",
            anyDuration,
            default: DurationText.text(WatchPolicy().latencyFloor),
            example: "400ms",
            "A 95th percentile below this is always fine."
        ),
        .init(
            "watch.syntheticPerSecond",
            .integer(0...100),
            default: "\(WatchPolicy().syntheticPerSecond)",
            example: "10",
            "Synthetic requests a second through the public route while real traffic is low."
        ),
        .init(
            "switchWhen",
            .anyOf([.choice(["at-once"]), .section]),
            default: "at-once",
            example: "{quiet: 10, limit: 5m}",
            "When the switch may happen: at once, or when few upgraded connections are open."
        ),
        .init(
            "switchWhen.quiet",
            .integer(0...1_000_000),
            example: "10",
            isRequired: true,
            "Wait until at most so many upgraded connections are open."
        ),
        .init(
            "switchWhen.limit",
            someDuration,
            default: "5m",
            example: "10m",
            "Switch after this at the latest."
        ),
        .init("timeouts", .section, example: "{start: 2m}", "How long the whole rollout and its phases may take."),
        .init(
            "timeouts.rollout",
            someDuration,
            default: DurationText.text(PhaseTimeouts().rollout),
            example: "45m",
            "The whole rollout."
        ),
        .init(
            "timeouts.fetch",
            someDuration,
            default: DurationText.text(PhaseTimeouts().fetch),
            example: "5m",
            alsoCalled: ["pull"],
            "Fetching the image or unpacking the artifact."
        ),
        .init(
            "timeouts.migrate",
            someDuration,
            default: DurationText.text(PhaseTimeouts().migrate),
            example: "20m",
            "The migration, if it does not say its own."
        ),
        .init(
            "timeouts.start",
            someDuration,
            default: DurationText.text(PhaseTimeouts().start),
            example: "2m",
            "Launching the replicas; being healthy has `health.deadline`."
        ),
        .init(
            "timeouts.smoke",
            someDuration,
            default: DurationText.text(PhaseTimeouts().smoke),
            example: "2m",
            "All smoke requests together."
        ),
        .init(
            "timeouts.switch",
            someDuration,
            default: DurationText.text(PhaseTimeouts().switching),
            example: "1m",
            "Moving the routes."
        ),
        .init(
            "migrate",
            .anyOf([.command, .section]),
            example: "./bin/shop migrate",
            alsoCalled: ["migration", "migrations", "release_command"],
            """
            A command that changes the schema, run once from the new release before it starts. It must only expand: \
            the old release goes on with the new schema.
            """
        ),
        .init("migrate.command", .command, example: "[./bin/shop, migrate]", isRequired: true, "The command."),
        .init(
            "migrate.timeout",
            someDuration,
            default: "(`timeouts.migrate`)",
            example: "15m",
            "How long it may take."
        ),
        .init(
            "hooks",
            .list(.section),
            example: "- name: tell-team\n  at: after-release\n  run: ./notify.sh released",
            alsoCalled: ["hook"],
            "Commands that the daemon runs once on the host at points of a rollout. One that is running after the switch "
                + "keeps nobody from being taken back: it goes on by itself, up to its limit."
        ),
        .init(
            "hooks[].name",
            .name,
            example: "warm-cache",
            isRequired: true,
            "The hook's name, unique in the service."
        ),
        .init(
            "hooks[].at",
            .choice(Hook.Point.allCases.map(\.rawValue)),
            example: "before-switch",
            isRequired: true,
            alsoCalled: ["when", "on", "point"],
            "When it runs."
        ),
        .init(
            "hooks[].run",
            .command,
            example: "./warm-cache.sh",
            isRequired: true,
            alsoCalled: ["command", "script"],
            "The command."
        ),
        .init("hooks[].timeout", someDuration, default: "10m", example: "1m", "How long it may take."),
        .init("keep", .section, example: "{releases: 3, standby: 1h}", "What is kept for a rollback."),
        .init(
            "keep.releases",
            .integer(1...100),
            default: "\(KeepPolicy().releases)",
            example: "3",
            "Releases kept beside the active one."
        ),
        .init(
            "keep.standby",
            .duration(.zero ... .seconds(7 * 24 * 3600)),
            default: DurationText.text(KeepPolicy().standby),
            example: "1h",
            "How long the previous release goes on running, so that a rollback needs no start."
        ),
        .init(
            "currentEnvFile",
            .text,
            example: "/srv/shop/.current_env",
            "A second place for `.current_env`, which names the active slot for other scripts; an absolute path."
        ),
    ]
}
