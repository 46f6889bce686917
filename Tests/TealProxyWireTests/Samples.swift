@testable import TealProxyWire
import Testing

/// Values that use every field of their type.
enum Samples {
    static let table = RouteTable(
        epoch: 3,
        version: 41,
        routes: [
            ProxyRoute(
                listener: .internal,
                hosts: ["shop.example", "[::1]"],
                pathPrefix: "/api",
                stripPrefix: true,
                service: "shop/web",
                unavailableText: "Back soon."
            ),
            ProxyRoute(service: "shop/web"),
            ProxyRoute(listener: .internal, hosts: ["web", "web.shop"], service: "shop/web", scope: "shop"),
        ],
        services: [
            ProxyService(
                name: "shop/web",
                targets: [
                    ProxyTarget(id: TargetID("shop/web@42#0:1"), address: TargetAddress(host: "127.0.0.1", port: 8000)),
                    ProxyTarget(id: TargetID("shop/web@42#1:1"), address: TargetAddress(host: "::1", port: 8001)),
                ],
                balance: .leastRequests,
                upstreamIdle: .milliseconds(40),
                bodyBytesMax: 1 << 40,
                connectTimeout: .seconds(1),
                responseHeadIdle: .seconds(9),
                responseIdle: .seconds(10),
                upgradedRules: [
                    UpgradedRule(pathPrefix: "/relay", mode: .close),
                    UpgradedRule(pathPrefix: "/ws", mode: .keep, limit: .seconds(60)),
                ]
            )
        ],
        trustedProxies: [],
        listeners: [
            listener(80),
            listener(8000),
        ]
    )

    static func listener(_ port: UInt16) -> ScopedListener {
        let address = TargetAddress(host: "10.213.1.1", port: port)
        // The same network, written by hand: `prefix` may throw.
        let sources = NetworkPrefix(bytes: [10, 213, 1, 1], bits: 24) ?? NetworkPrefix.loopback[0]
        return ScopedListener(scope: "shop", address: address, sources: sources)
    }

    static func prefix(_ text: String) throws -> NetworkPrefix { try #require(NetworkPrefix(parsing: text)) }

    static let counters: CountersReport = {
        var target = TargetCounters(id: TargetID("shop/web@42#0:1"))
        target.isRouted = true
        target.requestsStarted = 1
        target.requestsInFlight = 2
        target.upgradedStarted = 3
        target.upgradedKeepInFlight = 4
        target.upgradedCloseInFlight = 5
        target.upgradedClosed = 6
        target.answers = [1, 200, 3, 40, .max]
        target.badGateway = 7
        target.unavailable = 8
        target.gatewayTimeout = 9
        target.cutAnswers = 10
        target.clientLeft = 11
        target.connectFailures = 12
        target.retries = 13
        target.bytesToTarget = 14
        target.bytesFromTarget = 15
        for value in [0, 9, 1234, 99_999_999] as [Int64] { target.latency.record(.microseconds(value)) }
        return CountersReport(
            incarnation: .max,
            epoch: 3,
            version: 41,
            targets: [target],
            unavailable: [.init(service: "shop/web", count: 2)],
            refused: 17
        )
    }()

    static let status = ProxyStatus(
        processID: 4711,
        incarnation: 99,
        uptime: .seconds(12),
        software: "teal-proxy 0.1.0",
        epoch: 3,
        version: 41,
        persisted: false,
        listeners: [.init(kind: .internal, address: TargetAddress(host: "127.0.0.1", port: 8081))],
        connections: 12,
        isStopping: true,
        scoped: [
            .init(listener: listener(8000)),
            .init(
                listener: listener(80),
                problem: "10.213.1.1:80 is taken",
                strangers: 3
            ),
        ]
    )

    static let requests: [ControlRequest] = [
        .hello(.spoken, software: "teal 0.1.0"),
        .publish(table, mustPersist: false),
        .readTable,
        .counters,
        .status,
        .closeUpgraded(TargetID("a"), onlyPathsMarkedClose: false),
        .cut(TargetID("b"), requests: true, upgraded: false),
        .forget(TargetID("c")),
    ]

    static let replies: [ControlReply] = [
        .hello(version: 1, software: "teal-proxy 0.1.0", incarnation: 5),
        .applied(epoch: 1, version: 2, persisted: false),
        .refused(.staleEpoch(epoch: 4, version: 5)),
        .refused(.versionGap(epoch: 4, version: 5)),
        .refused(.badTable("no such service")),
        .refused(.notStored("read-only")),
        .refused(.diskFull(path: "/home/table")),
        .table(table),
        .counters(counters),
        .status(status),
        .ended(requests: 1, upgraded: 2),
        .forgotten,
        .failed(.targetInUse),
    ]
}

/// A small generator whose numbers a seed repeats (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
