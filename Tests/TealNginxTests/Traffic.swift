import TealCore
import TealDriverKit

/// Tables for tests: services by name, of project `shop` unless another is named.
enum Traffic {
    static func key(_ service: String, of project: String = "shop") throws -> ServiceKey {
        ServiceKey(project: try ProjectName(parsing: project), service: try ServiceName(parsing: service))
    }

    static func target(
        _ service: String,
        _ number: Int,
        port: Int,
        address: String = "127.0.0.1",
        gateway: String? = nil,
        project: String = "shop"
    ) throws
        -> TrafficTarget
    {
        let key = try key(service, of: project)
        return TrafficTarget(
            replica: ReplicaID(service: key, slot: .blue, index: 0),
            release: ReleaseID(service: key, number: number),
            run: RunID("boot:\(number):1"),
            endpoint: Endpoint(address: address, port: port),
            gateway: gateway
        )
    }

    static func service(
        _ name: String,
        routes: [Route] = [Route()],
        targets: [TrafficTarget] = [],
        of project: String = "shop",
        _ change: (inout ServiceTraffic) -> Void = { _ in }
    ) throws -> ServiceTraffic {
        var traffic = ServiceTraffic(
            service: try key(name, of: project),
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
