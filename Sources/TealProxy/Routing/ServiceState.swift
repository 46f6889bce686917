import NIOCore
import TealProxyWire

/// What one event loop knows of a service.
///
/// It outlives tables: a new one changes it in place, so that a request being retried finds the targets of the table in
/// force.
final class ServiceState {
    let name: String
    private(set) var targets: [TargetState] = []
    private(set) var balance = ProxyService.Balance.roundRobin
    private(set) var bodyBytesMax = 0
    private(set) var connectTimeout = TimeAmount.seconds(1)
    /// In nanoseconds, as are the other limits.
    private(set) var responseHeadIdle: Int64 = 0
    private(set) var responseIdle: Int64 = 0
    private var upgradedRules: [(prefix: PathPrefix, rule: UpgradedRule)] = []
    private var cursor: Int
    /// 503 answers made for want of a target.
    var unavailable: UInt64 = 0

    /// - Parameters:
    ///   - name: The service's name in the table.
    ///   - cursor: Where the round begins; each event loop begins elsewhere.
    init(name: String, cursor: Int) {
        self.name = name
        self.cursor = cursor
    }

    func update(_ service: ProxyService, targets: [TargetState]) {
        self.targets = targets
        balance = service.balance
        bodyBytesMax = Int(clamping: service.bodyBytesMax)
        connectTimeout = .nanoseconds(service.connectTimeout.nanoseconds)
        responseHeadIdle = service.responseHeadIdle.nanoseconds
        responseIdle = service.responseIdle.nanoseconds
        upgradedRules =
            service.upgradedRules
            .map { (PathPrefix($0.pathPrefix), $0) }
            .sorted { $0.prefix.bytes.count > $1.prefix.bytes.count }
    }

    /// Takes all targets away when the service has left the table.
    func empty() {
        targets = []
    }

    /// The target for the next request; nil when all have been tried, or there are none.
    @inline(__always) func pick(excluding tried: [TargetState]) -> TargetState? {
        let count = targets.count
        if count == 1, tried.isEmpty { return targets[0] }
        if count == 0 { return nil }
        cursor &+= 1
        var best: TargetState?
        for offset in 0..<count {
            let target = targets[Int((UInt(bitPattern: cursor) &+ UInt(offset)) % UInt(count))]
            if !tried.isEmpty, tried.contains(where: { $0 === target }) { continue }
            if balance == .roundRobin { return target }
            if let found = best, found.requestsInFlight <= target.requestsInFlight { continue }
            best = target
        }
        return best
    }

    /// The rule for an upgraded connection under a path; nil when none matches.
    func upgradedRule(_ path: UnsafePointer<UInt8>, _ count: Int) -> UpgradedRule? {
        upgradedRules.first { $0.prefix.matches(path, count) }?.rule
    }
}

extension Duration {
    /// Whole nanoseconds, at least 0, at most 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < Int64.max / 1_000_000_000 - 1 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
