import TealCore

extension KeyTable {
    static let routeKeys: [KeyReference] =
        [
            .init(
                "hosts",
                .oneOrMany(.text),
                example: "[shop.example.com, www.shop.example.com]",
                alias: "host",
                alsoCalled: ["domain", "domains", "hostname", "server_name", "url"],
                "The host names whose requests the service takes. `path: /` alone takes every host."
            ),
            .init(
                "path",
                .text,
                default: "/",
                example: "/api",
                alsoCalled: ["prefix", "path_prefix"],
                "The beginning of the paths that it takes, on segment borders; the longest wins."
            ),
            .init(
                "strip",
                .boolean,
                default: "false",
                example: "true",
                alsoCalled: ["strip_prefix"],
                "Whether the service sees the path without that beginning."
            ),
            .init(
                "internal",
                .boolean,
                default: "false",
                example: "true",
                """
                Whether only Teal's internal listener knows the route. Without `hosts` it takes the service's own \
                name.
                """
            ),
        ] + upgraded("upgraded")
        + [
            .init(
                "routes",
                .list(.section),
                example: "- hosts: [shop.example.com]\n  path: /api",
                alsoCalled: ["route"],
                "Several routes, instead of `hosts`, `path`, `strip`, `internal` and `upgraded` beside it."
            ),
            .init(
                "routes[].hosts",
                .oneOrMany(.text),
                example: "api.shop.example.com",
                alias: "host",
                alsoCalled: ["domain", "domains"],
                "Host names; none takes every host."
            ),
            .init(
                "routes[].path",
                .text,
                default: "/",
                example: "/v1",
                alsoCalled: ["prefix", "path_prefix"],
                "The beginning of the paths."
            ),
            .init(
                "routes[].strip",
                .boolean,
                default: "false",
                example: "true",
                alsoCalled: ["strip_prefix"],
                "Whether the service sees the path without it."
            ),
            .init(
                "routes[].internal",
                .boolean,
                default: "false",
                example: "true",
                "Whether only the internal listener knows it."
            ),
        ] + upgraded("routes[].upgraded")
        + [
            .init("proxy", .section, example: "{bodyMax: 100m}", "How the proxy treats the service's requests."),
            .init(
                "proxy.balance",
                .choice(ProxyPolicy.Balance.allCases.map(\.rawValue)),
                default: ProxyPolicy().balance.rawValue,
                example: "least-requests",
                "Which replica gets the next request."
            ),
            .init(
                "proxy.bodyMax",
                .size(0...(1 << 40)),
                default: SizeText.text(ProxyPolicy().bodyBytesMax),
                example: "100m",
                alsoCalled: ["body", "bodyLimit", "client_max_body_size", "max_body"],
                "Larger request bodies are answered with 413."
            ),
            .init(
                "proxy.upstreamIdle",
                someDuration,
                default: DurationText.text(ProxyPolicy().upstreamIdle),
                example: "50ms",
                alsoCalled: ["keepalive"],
                "Idle connections to the service end after this. Keep it below the service's own keep-alive limit."
            ),
            .init(
                "proxy.responseIdle",
                someDuration,
                default: DurationText.text(ProxyPolicy().responseIdle),
                example: "5m",
                alsoCalled: ["responseTimeout", "read_timeout"],
                "How long an answer may be silent before it is given up."
            ),
        ]

    private static func upgraded(_ path: String) -> [KeyReference] {
        [
            .init(
                path,
                .map(placeholder: "path", .anyOf([.choice(UpgradedRule.Mode.allCases.map(\.rawValue)), .section])),
                example: "/socket: close",
                alsoCalled: ["websocket", "websockets"],
                """
                What happens at a switch to upgraded connections (WebSocket and the like), by path. `keep` leaves \
                them on the old release until they end or their limit passes; `close` closes them, so that clients \
                meet again on the new release.
                """
            ),
            .init(
                "\(path).<path>.mode",
                .choice(UpgradedRule.Mode.allCases.map(\.rawValue)),
                example: "keep",
                isRequired: true,
                "As above."
            ),
            .init(
                "\(path).<path>.limit",
                anyDuration,
                default: "(`drain.upgraded`)",
                example: "10m",
                "How long kept ones may live on after the switch."
            ),
        ]
    }

    static let healthKeys: [KeyReference] =
        [
            .init(
                "health",
                .anyOf([.text, .section]),
                default:
                    "(web: `GET /health` must answer 2xx; accessory of a known image of PostgreSQL or Redis: its protocol; other accessory with a port: TCP; otherwise none)",
                example: "/up",
                alsoCalled: ["healthcheck", "health_check", "readiness", "probe"],
                """
                How a replica proves that it can take traffic. A path alone is `{path: …}`, `postgres` or `redis` alone \
                `{protocol: …}`; `none` only sees that it keeps running, and switches the HEALTHCHECK of an image off as \
                well. One of `path`, `tcp`, `protocol` and `command` says how to ask.
                """
            )
        ] + expectation("health", path: "/up")
        + [
            .init(
                "health.tcp",
                .boolean,
                default: "false",
                example: "true",
                "Ask by opening a connection to the port."
            ),
            .init(
                "health.protocol",
                .choice(StoreProtocol.Name.allCases.map(\.rawValue)),
                example: "postgres",
                alsoCalled: ["store"],
                """
                Ask a store in its own protocol, without a program of it: `postgres` as `pg_isready` does, `redis` (also \
                Valkey, KeyDB) by `PING`. Without a `port` an image is asked at the store's usual one. PostgreSQL is told \
                the user of `POSTGRES_USER`, and no password.
                """
            ),
            .init(
                "health.command",
                .command,
                example: "./bin/healthy",
                alsoCalled: ["test", "cmd"],
                "Ask by a command in the replica's surroundings that ends with 0."
            ),
            .init(
                "health.passes",
                .integer(1...100),
                default: "\(HealthGate().passes)",
                example: "5",
                alsoCalled: ["retries", "threshold", "successes"],
                "Passes in a row that are needed."
            ),
            .init(
                "health.spacing",
                someDuration,
                default: DurationText.text(HealthGate().spacing),
                example: "500ms",
                "The shortest time between two passes that count."
            ),
            .init(
                "health.quickInterval",
                someDuration,
                default: DurationText.text(HealthGate().quickInterval),
                example: "100ms",
                "The first wait between probes, doubled after every failure up to `interval`."
            ),
            .init(
                "health.interval",
                someDuration,
                default: DurationText.text(HealthGate().interval),
                example: "5s",
                "The longest wait between probes, and the pace between rollouts."
            ),
            .init(
                "health.timeout",
                someDuration,
                default: DurationText.text(HealthGate().timeout),
                example: "3s",
                "How long one probe may take."
            ),
            .init(
                "health.deadline",
                someDuration,
                default: DurationText.text(HealthGate().deadline),
                example: "2m",
                alsoCalled: ["start_period", "startPeriod"],
                "How long it may take until the release is proven."
            ),
        ]

    static let smokeKeys: [KeyReference] =
        [
            .init(
                "smoke",
                .list(.section),
                example: "- name: products\n  path: /api/products\n  status: 200",
                alsoCalled: ["smoketest", "smokeTests", "tests"],
                """
                Requests that try a new release before it takes traffic, in order. One that may change something \
                (not `GET`, `HEAD`, `OPTIONS`) is sent once only.
                """
            ),
            .init(
                "smoke[].name",
                .name,
                default: "(`smoke-1`, `smoke-2`, …)",
                example: "login",
                "The request's name, unique in the service."
            ),
        ] + expectation("smoke[]", path: "/api/products")
        + [
            .init("smoke[].timeout", someDuration, default: "10s", example: "5s", "How long the request may take.")
        ]

    /// What a request asks and what its answer must be, the same for health and smoke.
    private static func expectation(_ parent: String, path: String) -> [KeyReference] {
        let isHealth = parent == "health"
        let methods =
            isHealth ? ["GET", "HEAD", "OPTIONS"] : ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
        return [
            .init(
                "\(parent).path",
                .text,
                default: isHealth ? "/health" : nil,
                example: path,
                isRequired: !isHealth,
                alsoCalled: ["url", "endpoint", "uri"],
                "The path to ask, with its query."
            ),
            .init(
                "\(parent).method",
                .choice(methods),
                default: "GET",
                example: isHealth ? "HEAD" : "POST",
                "The request's method."
            ),
            .init(
                "\(parent).headers",
                .map(placeholder: "header", .text),
                example: "Host: shop.example.com",
                isSecret: true,
                "Headers of the request."
            ),
        ]
            + (isHealth
                ? []
                : [
                    .init(
                        "\(parent).body",
                        .text,
                        example: "'{\"user\": \"smoke\"}'",
                        isSecret: true,
                        alsoCalled: ["data", "payload"],
                        "The request's body."
                    )
                ])
            + [
                .init(
                    "\(parent).status",
                    .oneOrMany(.integer(100...599)),
                    default: "(200 to 299)",
                    example: "[200, 204]",
                    alias: "statuses",
                    alsoCalled: ["code", "expect"],
                    "The statuses that are accepted."
                ),
                .init(
                    "\(parent).json",
                    .map(placeholder: "field", .json),
                    example: "{success: true}",
                    """
                    Fields that the JSON answer must have, with their values. A field of a field is written \
                    `data.ready` or as a nested mapping.
                    """
                ),
                .init(
                    "\(parent).bodyPattern",
                    .text,
                    example: "'\"status\": *\"ok\"'",
                    alsoCalled: ["body", "matches", "contains", "pattern"],
                    "A regular expression that the answer's body must contain a match of."
                ),
                .init(
                    "\(parent).answerHeaders",
                    .map(placeholder: "header", .text),
                    example: "Content-Type: application/json",
                    alsoCalled: ["responseHeaders"],
                    "Headers that the answer must have, with their exact values."
                ),
                .init(
                    "\(parent).latency",
                    someDuration,
                    default: "(no limit but the timeout)",
                    example: "500ms",
                    alsoCalled: ["maxLatency", "latencyMax"],
                    "The longest time until the whole answer is there."
                ),
            ]
    }
}
