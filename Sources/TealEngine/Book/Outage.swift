import TealCore
package import TealDriverKit

/// A time in which none of the replicas that a service's routes lead to could be reached, since none ran or none was in
/// its network, so that its users had no answer.
///
/// What a release in place takes between its two is none: the plan says that before.
package struct Outage: Hashable, Sendable, Codable {
    /// Seconds since 1970: when the last replica ended, as far as its runtime knows, else when it was seen.
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
        beginOutage(at: moment)
    }

    /// Remembers since when nobody answers; one that lasts goes on.
    package mutating func beginOutage(at moment: Double) {
        guard !isOut else { return }
        // Nobody was without an answer before the outage before this one had ended.
        let began = max(moment, outages.last?.ended ?? moment)
        outages = outages.suffix(Outage.keptMax - 1) + [Outage(began: began)]
    }

    /// Takes in whether what the routes lead to can be reached: runs that are all cut off from their network answer nobody.
    package mutating func reach(_ replicas: [ReplicaState], at moment: Double) {
        guard case .slot(let slot) = routed, let proven = self[slot]?.proven, !proven.isEmpty else { return }
        let isCut = proven.values.allSatisfy { target in
            replicas.contains {
                $0.id == target.replica && $0.run == target.run && $0.drift.contains(.disconnected)
            }
        }
        if isCut { beginOutage(at: moment) } else { endOutage(at: moment) }
    }

    /// Takes in where a route leads now: users may be led back to a release of which nothing runs any more.
    package mutating func seeRoute(at moment: Double) {
        if isRouted, !isServed { beginOutage(at: moment) } else { endOutage(at: moment) }
    }

    /// Ends an outage once a route leads to a proven run again, or leads nowhere on purpose.
    package mutating func endOutage(at moment: Double) {
        guard let last = outages.last, last.ended == nil, isServed || !isRouted else { return }
        outages[outages.count - 1].ended = max(moment, last.began)
    }

    /// Takes in that the runs of an earlier record went unseen: an outage begins where they were all that was routed.
    package mutating func seeOutage(since earlier: ServiceRecord, at moment: Double) {
        if earlier.isServed, isRouted, !isServed { beginOutage(at: moment) }
    }

    private var isOut: Bool { outages.last.map { $0.ended == nil } ?? false }

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
