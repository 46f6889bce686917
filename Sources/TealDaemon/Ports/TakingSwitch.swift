import TealCore
import TealDriverKit

/// A switch that also takes ports of the host over from who has them.
struct TakingSwitch: TrafficSwitch {
    private let base: any TrafficSwitch
    private let ports: PortTaking

    init(_ base: any TrafficSwitch, ports: PortTaking) {
        self.base = base
        self.ports = ports
    }

    func publish(_ table: TrafficTable) async throws(SwitchError) {
        try await ports.follow(table) { () async throws(SwitchError) in try await base.publish(table) }
    }

    func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {
        try await ports.follow(table) { () async throws(SwitchError) in try await base.publishUnstored(table) }
    }

    func takePorts(of services: [ServiceKey]) async -> [String] { await ports.take(services) }

    func position() async throws(SwitchError) -> TablePosition { try await base.position() }

    func counters() async throws(SwitchError) -> TrafficCounters { try await base.counters() }

    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        try await base.cut(targets, requests: requests, upgraded: upgraded)
    }

    func forget(_ targets: [TargetID]) async throws(SwitchError) { try await base.forget(targets) }

    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        await base.request(expectation, host: host, within: limit)
    }

    func publicEndpoint() async -> Endpoint? { await base.publicEndpoint() }

    func internalEndpoint() async -> Endpoint? { await base.internalEndpoint() }

    var servesNames: Bool { base.servesNames }

    func unheard() async -> [UnheardPlace] { await base.unheard() }
}
