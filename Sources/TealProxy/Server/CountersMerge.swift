import TealProxyWire

extension TargetCounters {
    /// Adds what another event loop counted for the same target.
    mutating func add(_ other: TargetCounters) {
        isRouted = isRouted || other.isRouted
        requestsStarted &+= other.requestsStarted
        requestsInFlight &+= other.requestsInFlight
        upgradedStarted &+= other.upgradedStarted
        upgradedKeepInFlight &+= other.upgradedKeepInFlight
        upgradedCloseInFlight &+= other.upgradedCloseInFlight
        upgradedClosed &+= other.upgradedClosed
        for index in answers.indices { answers[index] &+= other.answers[index] }
        badGateway &+= other.badGateway
        unavailable &+= other.unavailable
        gatewayTimeout &+= other.gatewayTimeout
        cutAnswers &+= other.cutAnswers
        clientLeft &+= other.clientLeft
        connectFailures &+= other.connectFailures
        retries &+= other.retries
        bytesToTarget &+= other.bytesToTarget
        bytesFromTarget &+= other.bytesFromTarget
        latency.add(other.latency)
    }
}

/// What one event loop has counted.
struct LoopCounters: Sendable {
    let targets: [TargetCounters]
    let unavailable: [String: UInt64]
    let refused: UInt64
    let connections: Int

    init(_ loop: ProxyLoop) {
        targets = loop.counters()
        unavailable = loop.unavailable()
        refused = loop.refused
        connections = loop.connectionCount
    }

    /// All loops' counters as one report, targets and services in the order of their names.
    static func report(_ all: [LoopCounters], incarnation: UInt64, epoch: UInt64, version: UInt64) -> CountersReport {
        var targets: [TargetID: TargetCounters] = [:]
        var unavailable: [String: UInt64] = [:]
        for loop in all {
            for target in loop.targets {
                if targets[target.id] == nil { targets[target.id] = target } else { targets[target.id]?.add(target) }
            }
            unavailable.merge(loop.unavailable) { $0 &+ $1 }
        }
        return CountersReport(
            incarnation: incarnation,
            epoch: epoch,
            version: version,
            targets: targets.values.sorted { $0.id.text < $1.id.text },
            unavailable: unavailable.sorted { $0.key < $1.key }.map { .init(service: $0.key, count: $0.value) },
            refused: all.reduce(0) { $0 &+ $1.refused }
        )
    }
}
