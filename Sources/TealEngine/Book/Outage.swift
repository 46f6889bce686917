import TealCore
package import TealDriverKit

/// A time in which none of the replicas that a service's routes lead to ran, so that its users had no answer.
///
/// What a release in place takes between its two is none: the plan says that before.
package struct Outage: Hashable, Sendable, Codable {
    /// Seconds since 1970: when the last replica ended, as far as its runtime knows, else when that was seen.
    package let began: Double
    /// When a proven replica was routed again; nil while it lasts.
    package var ended: Double?

    /// How many of a service's are remembered.
    package static let keptMax = 8

    package init(began: Double, ended: Double? = nil) {
        self.began = began
        self.ended = ended
    }

    /// Whether it touches the time from `start` to `end`.
    package func overlaps(_ start: Double, _ end: Double) -> Bool { began <= end && (ended ?? .infinity) >= start }
}

extension ServiceRecord {
    /// Takes the last run out of the routes, if it is the last, and remembers since when nobody answers.
    ///
    /// - Parameters:
    ///   - target: The run.
    ///   - unlessLast: It stays when no other is left: a bad answer is better than none.
    ///   - moment: When it ended, seconds since 1970.
    package mutating func withdraw(_ target: TrafficTarget, unlessLast: Bool, at moment: Double) {
        let wasServed = isServed
        withdraw(target, unlessLast: unlessLast)
        guard wasServed, !isServed, routed == .slot(target.replica.slot) else { return }
        // Nobody was without an answer before the outage before this one had ended.
        let began = max(moment, outages.last?.ended ?? moment)
        outages = outages.suffix(Outage.keptMax - 1) + [Outage(began: began)]
    }

    /// Ends an outage once a route leads to a proven run again, or leads nowhere on purpose.
    package mutating func endOutage(at moment: Double) {
        guard let last = outages.last, last.ended == nil, isServed || !isRouted else { return }
        outages[outages.count - 1].ended = max(moment, last.began)
    }

    private var isRouted: Bool { if case .slot = routed { true } else { false } }

    private var isServed: Bool {
        guard case .slot(let slot) = routed else { return false }
        return self[slot]?.proven.isEmpty == false
    }
}

extension KeyedDecodingContainer {
    /// What was recorded before outages were has none.
    func decode(_ type: [Outage].Type, forKey key: Key) throws -> [Outage] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}
