package import TealCore
package import TealDriverKit

/// A host's switch that is told nothing once the home is another daemon's.
///
/// Tables are refused by the switch itself, by their epoch; a cut has none, so the lease is asked for.
package struct LeasedSwitch: TrafficSwitch {
    private let trafficSwitch: any TrafficSwitch
    private let lease: Lease

    package init(_ trafficSwitch: any TrafficSwitch, lease: Lease) {
        self.trafficSwitch = trafficSwitch
        self.lease = lease
    }

    private func need() async throws(SwitchError) {
        guard await lease.isHeld() else { throw .cancelled }
    }

    package func publish(_ table: TrafficTable) async throws(SwitchError) {
        try await need()
        try await trafficSwitch.publish(table)
    }

    package func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {
        try await need()
        try await trafficSwitch.publishUnstored(table)
    }

    package func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        try await need()
        return try await trafficSwitch.cut(targets, requests: requests, upgraded: upgraded)
    }

    package func forget(_ targets: [TargetID]) async throws(SwitchError) {
        try await need()
        try await trafficSwitch.forget(targets)
    }

    package func position() async throws(SwitchError) -> TablePosition { try await trafficSwitch.position() }

    package func counters() async throws(SwitchError) -> TrafficCounters { try await trafficSwitch.counters() }

    package func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        await trafficSwitch.request(expectation, host: host, within: limit)
    }

    package func publicEndpoint() async -> Endpoint? { await trafficSwitch.publicEndpoint() }

    package func internalEndpoint() async -> Endpoint? { await trafficSwitch.internalEndpoint() }

    package var servesNames: Bool { trafficSwitch.servesNames }

    package func unheard() async -> [UnheardPlace] { await trafficSwitch.unheard() }

    package func takePorts(of services: [ServiceKey]) async -> [String] {
        guard await lease.isHeld() else { return [] }
        return await trafficSwitch.takePorts(of: services)
    }
}
