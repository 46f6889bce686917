import TealCore
import TealDriverKit

/// Whether what is written down agrees with what is, and with what rollouts said.
extension HostAudit {
    /// 5: of everything that no rollout holds.
    var disagreements: [Breach] {
        let idle = sight.state.services.values.filter { !sight.held.contains($0.service) && sight.canSee($0.service) }
            .sorted { $0.service < $1.service }
        return tables + idle.flatMap { drift(of: $0) + routes(of: $0) } + strays
    }

    /// The switch follows what is written down, and that is what the records say.
    private var tables: [Breach] {
        if let position = sight.position, position != sight.written.position, sight.written.position.version > 0 {
            var breach = Breach(
                "\(sight.switchName) follows table \(position), written down is \(sight.written.position)",
                of: nil
            )
            breach.mend = .publish
            return [breach]
        }
        guard let followed = sight.followed else { return [] }
        if followed != sight.written {
            var breach = Breach("the switch follows another table than the one that is written down", of: nil)
            breach.mend = .publish
            return [breach]
        }
        guard sight.held.isEmpty, sight.written.position.version > 0, sight.written.services != sight.state.traffic
        else {
            return []
        }
        var breach = Breach("the table that is written down is not the one that the records make", of: nil)
        breach.mend = .publish
        return [breach]
    }

    private func drift(of record: ServiceRecord) -> [Breach] {
        Drift.of(record, sight.state, sight.replicas, marker: sight.markers[record.service]).map { drift in
            var breach = Breach("\(record.service): \(drift.text)", of: record.service)
            breach.drift = drift
            breach.mend = drift.mend
            breach.isMild = true
            return breach
        }
    }

    /// Routes lead to the active release and to no other.
    private func routes(of record: ServiceRecord) -> [Breach] {
        guard let release = sight.state.release(record.active?.release), release.spec.takesTraffic,
            let targets = sight.followed?.services.first(where: { $0.service == record.service })?.targets
        else { return [] }
        return targets.filter { $0.release != release.id }.map {
            Breach("routes of \(record.service) name \($0.release), and \(release.id) is active", of: record.service)
        }
    }

    /// What no record names.
    private var strays: [Breach] {
        Stray.replicas(sight.replicas, sight.state, held: sight.held).map { replica in
            let text =
                "\(replica.id.service.project)/\(replica.id) of \(replica.release) is left behind"
                + (replica.isRunning ? " and runs" : "") + "; no record names it"
            var breach = Breach(text, of: replica.id.service)
            breach.mend = .remove(replica.id)
            breach.isMild = !replica.isRunning
            return breach
        }
    }

    // MARK: Ends

    /// What the newest ended rollout of each service said, and is not so.
    var untrueEnds: [Breach] {
        var told: Set<ServiceKey> = []
        var found: [Breach] = []
        for rollout in sight.ended {
            for member in rollout.members where told.insert(member.service).inserted {
                guard !sight.held.contains(member.service) else { continue }
                for text in Self.untruths(of: rollout, member, sight.state) {
                    found.append(Breach("\(rollout.id) ended otherwise: \(text)", of: member.service))
                }
            }
        }
        return found
    }

    /// What the records say against the end of a rollout; empty when it is true, or nothing is remembered.
    package static func untruths(of rollout: Rollout, _ member: Member, _ state: HostState) -> [String] {
        guard let record = state.services[member.service], member.spec.kind != .job else { return [] }
        var found: [String] = []
        func expect(_ holds: Bool, _ text: @autoclosure () -> String) { if !holds { found.append(text()) } }
        let active = record.active.map { "\($0.release)" } ?? "nothing"
        switch rollout.outcome {
        case .settled:
            expect(record.activeSlot == member.slot, "\(member.new.id) is not recorded as active in \(member.slot)")
            expect(record.active?.release == member.new.id, "the active slot holds \(active)")
            expect(state.releases[member.new.id]?.endedWell == true, "\(member.new.id) has not ended well")
            if member.spec.takesTraffic {
                expect(record.routed == .slot(member.slot), "routes lead to \(record.routed)")
            }
        case .kept, .reverted:
            // Before anything was started nothing was written down either, whatever a halt before it had left.
            if let old = member.old, !rollout.reached.precedes(.start) {
                expect(record.active?.release == old.id, "the active slot holds \(active)")
            }
        case .halted, nil: break
        }
        return found
    }
}
