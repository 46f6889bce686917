import TealCore
import TealDriverKit

/// Tables for tests: project `shop`, services by name.
enum Traffic {
    static func key(_ service: String) throws -> ServiceKey {
        ServiceKey(project: try ProjectName(parsing: "shop"), service: try ServiceName(parsing: service))
    }

    static func target(
        _ service: String,
        _ number: Int,
        port: Int,
        address: String = "127.0.0.1"
    ) throws
        -> TrafficTarget
    {
        let key = try key(service)
        return TrafficTarget(
            replica: ReplicaID(service: key, slot: .blue, index: 0),
            release: ReleaseID(service: key, number: number),
            run: RunID("boot:\(number):1"),
            endpoint: Endpoint(address: address, port: port)
        )
    }

    static func service(
        _ name: String,
        routes: [Route] = [Route()],
        targets: [TrafficTarget] = [],
        _ change: (inout ServiceTraffic) -> Void = { _ in }
    ) throws -> ServiceTraffic {
        var traffic = ServiceTraffic(
            service: try key(name),
            routes: routes,
            proxy: ProxyPolicy(),
            drain: DrainPolicy(),
            targets: targets
        )
        change(&traffic)
        return traffic
    }

    static func table(_ version: UInt64, _ services: ServiceTraffic...) -> TrafficTable {
        TrafficTable(position: TablePosition(epoch: 1, version: version), services: services)
    }
}
