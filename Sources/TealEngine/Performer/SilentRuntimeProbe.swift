package import TealCore
import TealDriverKit

/// Asks proven runs themselves whether they are there, while their runtime gives no answer.
///
/// An address of a project's network, or a port of a slot, belongs to one place alone, so what answers there is the
/// replica.
struct SilentRuntimeProbe: Sendable {
    let probe: any HealthProbe

    /// How long an answer may take, whatever the gate allows: users wait for where they are sent.
    private static let limit: Duration = .seconds(1)

    /// Which of `proven` answer, each asked once and all side by side.
    func answering(_ proven: [TrafficTarget], _ release: Release) async -> [TrafficTarget] {
        await withTaskGroup(of: TrafficTarget?.self) { group in
            for target in proven {
                group.addTask { await answers(target.endpoint, release) ? target : nil }
            }
            let standing = await group.reduce(into: [TrafficTarget]()) { if let target = $1 { $0.append(target) } }
            return standing.sorted { $0.id < $1.id }
        }
    }

    private func answers(_ endpoint: Endpoint, _ release: Release) async -> Bool {
        let gate = release.spec.health
        let limit = min(gate.timeout, Self.limit)
        if case .http(let expectation) = gate.check {
            return await probe.request(expectation.addressed(to: release.spec), at: endpoint, within: limit).hasPassed
        }
        // Docker's own small proxy accepts every connection to a published port, whether something listens behind it or not.
        guard !endpoint.isLoopback else { return false }
        return await probe.connect(to: endpoint, within: limit).hasPassed
    }
}

extension Endpoint {
    /// Whether only this host itself reaches it.
    var isLoopback: Bool { address.hasPrefix("127.") || address == "::1" }
}

extension HTTPExpectation {
    /// The same request with the name under which users ask for a service, unless it has one.
    package func addressed(to spec: ServiceSpec) -> HTTPExpectation {
        var expectation = self
        if expectation.headers["Host"] == nil, let host = spec.routes.first?.hosts.first {
            expectation.headers["Host"] = host
        }
        return expectation
    }
}
