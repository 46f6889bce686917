package import TealCore
package import TealDriverKit

/// One service's part in a rollout, on one host.
package struct Member: Hashable, Sendable, Codable {
    package enum Mode: String, Hashable, Sendable, Codable {
        /// The new release runs beside the old one until it has proven itself.
        case blueGreen
        /// The old release stops before the new one starts.
        case inPlace
    }

    package let service: ServiceKey
    package let new: Release
    /// What was active before; nil for a first release.
    package let old: Release?
    /// Where the new release runs.
    package let slot: Slot
    /// Where the old release runs, when there is one.
    package let oldSlot: Slot?
    /// What the new release's slot held before, to be put back after a failure.
    package let displaced: ReleaseID?
    package let mode: Mode
    /// Whether the standby ran, proven, when this was planned.
    package let warmRuns: Bool
    /// The runs that were proven in this slot and have been watched since, in no order.
    ///
    /// They need one probe, not the whole gate; a run that was started since then is another one. Nil for none.
    package let warm: [RunID]?
    /// Whether a rollout before this one had halted and left its users with nobody when this was planned; nil for no.
    package let wasVacant: Bool?
    /// Where it is; nil for the host whose journal holds the rollout.
    package let host: HostName?

    package init(
        service: ServiceKey,
        new: Release,
        old: Release?,
        slot: Slot,
        oldSlot: Slot?,
        displaced: ReleaseID?,
        mode: Mode,
        warmRuns: Bool,
        warm: [RunID]? = nil,
        wasVacant: Bool? = nil,
        host: HostName? = nil
    ) {
        self.service = service
        self.new = new
        self.old = old
        self.slot = slot
        self.oldSlot = oldSlot
        self.displaced = displaced
        self.mode = mode
        self.warmRuns = warmRuns
        self.warm = warm
        self.wasVacant = wasVacant
        self.host = host
    }

    package var placement: Placement { Placement(service: service, host: host) }

    /// The same on another host, or as that host itself sees it.
    package func on(_ host: HostName?) -> Member {
        Member(
            service: service,
            new: new,
            old: old,
            slot: slot,
            oldSlot: oldSlot,
            displaced: displaced,
            mode: mode,
            warmRuns: warmRuns,
            warm: warm,
            wasVacant: wasVacant,
            host: host
        )
    }

    /// Whether it leads to an earlier release than the one that is active, or to that one.
    package var leadsBack: Bool { old.map { $0.id.number >= new.id.number } ?? true }

    /// Whether a run of the new release needs no whole gate.
    package func isWarm(_ run: RunID?) -> Bool { run.map { warm?.contains($0) == true } ?? false }

    package var spec: ServiceSpec { new.spec }

    /// Whether requests are led to one side's release.
    package func takesTraffic(_ side: Side) -> Bool { release(side)?.spec.takesTraffic ?? false }

    /// Whether its routes are this rollout's concern: either release takes traffic.
    package var isRouted: Bool { takesTraffic(.new) || takesTraffic(.old) }

    /// How a release of this spec takes the place of another.
    ///
    /// - Parameters:
    ///   - spec: The new release's.
    ///   - old: What is active now; one that works alone must have stopped before another begins.
    /// - Returns: In place for what may not run beside another, else blue-green.
    package static func mode(of spec: ServiceSpec, replacing old: ServiceSpec?) -> Mode {
        let worksAlone = [spec, old].contains { $0?.background == .exclusive || $0?.kind == .accessory }
        return spec.strategy == .recreate || worksAlone ? .inPlace : .blueGreen
    }

    /// The replicas of one side's slot, by position.
    package func replicas(_ side: Side) -> [ReplicaID] {
        switch side {
        case .new: Self.replicas(of: new, in: slot)
        case .old:
            if let old, let oldSlot { Self.replicas(of: old, in: oldSlot) } else { [] }
        }
    }

    /// The replicas of one side's slot, with the host that they are on.
    package func places(_ side: Side) -> [PlacedReplica] { replicas(side).map { PlacedReplica($0, on: host) } }

    package func release(_ side: Side) -> Release? { side == .new ? new : old }

    package func slot(_ side: Side) -> Slot? { side == .new ? slot : oldSlot }

    /// Every replica that a release has in a slot.
    package static func replicas(of release: Release, in slot: Slot) -> [ReplicaID] {
        (0..<release.spec.replicas).map { .init(service: release.id.service, slot: slot, index: $0) }
    }
}

/// One of the two releases of a member.
package enum Side: String, Hashable, Sendable, Codable {
    case new
    case old
}
