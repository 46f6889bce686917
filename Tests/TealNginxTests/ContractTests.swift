import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `nginx keeps the traffic switch contract` {
    @Test(arguments: TrafficSwitchContract.allCases)
    func clause(_ clause: TrafficSwitchContract) async throws {
        try await NginxFixture.run { (fixture) async throws in
            let stage = NginxStage(fixture.makeSwitch())
            do {
                try await clause.check(on: stage)
            } catch {
                try await stage.close()
                throw error
            }
            try await stage.close()
        }
    }
}

/// The real nginx, with services in this process.
private final class NginxStage: TrafficStage {
    let trafficSwitch: any TrafficSwitch
    private let services = Mutex<[String: StageService]>([:])

    init(_ trafficSwitch: any TrafficSwitch) { self.trafficSwitch = trafficSwitch }

    func startService(_ name: String) async throws -> Endpoint {
        let service = try await StageService(name)
        services.withLock { $0[name] = service }
        return service.endpoint
    }

    func heldRequests(of name: String) async -> Int { service(name)?.held ?? 0 }

    func release(_ name: String) async { service(name)?.release() }

    func close() async throws {
        for service in services.withLock({ Array($0.values) }) { try await service.close() }
    }

    private func service(_ name: String) -> StageService? { services.withLock { $0[name] } }
}
