package import TealCore
import TealDriverKit

/// The checkers of the invariants: the same ones for a live host and for the simulator's world.
///
/// A value: what is seen of a host in, what does not hold out. It knows one moment only. What it finds while something is
/// being mended may be gone a moment later; how long that may take is the caller's to say.
package struct HostAudit: Sendable {
    package let sight: HostSight

    package init(_ sight: HostSight) { self.sight = sight }

    /// What can be said of an invariant.
    package func verdict(on invariant: Invariant) -> Verdict {
        let found = breaches(of: invariant)
        if !found.isEmpty { return .broken(found) }
        return blindness(to: invariant).map { .unseen($0) } ?? .held
    }

    /// What does not hold, in no particular order; empty when nothing is found.
    package func breaches(of invariant: Invariant) -> [Breach] {
        switch invariant {
        case .routesNameProven: wrongTargets
        case .oldRunsUntilSettle: lostOld
        case .rolloutsEnd: endless
        case .restorable: unrestorable
        case .recordsAgree: disagreements
        case .oneRolloutAService: clashes
        case .noSecretsTold: (sight.leaks ?? []).map { Breach("the value of a secret is in \($0)", of: nil) }
        case .nothingStoppedInUse: stoppedInUse
        case .workIsDoneOnce: wrongWorkers
        case .usersAreServed: unserved
        case .endIsTrue: untrueEnds
        default: []
        }
    }

    /// What a live host is looked at for, in the order of the design's numbers.
    package static let live: [Invariant] = [
        .routesNameProven, .oldRunsUntilSettle, .rolloutsEnd, .restorable, .recordsAgree, .oneRolloutAService,
        .noSecretsTold, .nothingStoppedInUse, .workIsDoneOnce, .onceOnly, .usersAreServed, .endIsTrue,
    ]

    // MARK: Routes

    /// 1: targets that do not run, or that no gate has let through.
    private var wrongTargets: [Breach] {
        (sight.followed?.services ?? []).flatMap { service in
            service.targets.compactMap { target -> Breach? in
                guard sight.canSee(service.service) else { return nil }
                guard sight.shows(target) else {
                    return Breach("a route names \(target.replica), which does not run", of: service.service)
                }
                let proven = sight.state.services[service.service]?[target.replica.slot]?.proven
                guard proven?[target.replica.index]?.id != target.id else { return nil }
                return Breach(
                    "a route names \(target.replica), and this run of it has not passed its gate",
                    of: service.service
                )
            }
        }
    }

    /// Services whose routes lead to nobody.
    private var unserved: [Breach] {
        sight.state.traffic.filter { $0.targets.isEmpty && $0.vacancy == nil }.map { service in
            var breach = Breach("\(service.service) has no healthy replica: users get 503", of: service.service)
            breach.next = ["See why with `teal health \(service.service.service)`"]
            return breach
        }
    }

    /// 8: what Teal has stopped, and the switch still counts requests on.
    private var stoppedInUse: [Breach] {
        guard let counters = sight.counters else { return [] }
        return sight.replicas.compactMap { replica in
            guard case .stopped = replica.phase, let run = replica.run,
                let counted = counters.targets[TargetID(release: replica.release, replica: replica.id, run: run)],
                counted.requestsInFlight + counted.upgradedOpen > 0
            else { return nil }
            return Breach(
                "\(replica.id) was stopped with \(counted.requestsInFlight) requests and \(counted.upgradedOpen) upgraded "
                    + "connections in flight",
                of: replica.id.service
            )
        }
    }

    // MARK: Rollouts

    private var running: [Rollout] { sight.unended.filter { sight.running.contains($0.id) } }

    /// 2: old releases that could not take the traffic back.
    private var lostOld: [Breach] {
        running.flatMap { rollout -> [Breach] in
            guard !rollout.course.isBack, rollout.course.precedes(.settle) else { return [] }
            return rollout.members.filter { $0.mode == .blueGreen && sight.canSee($0.service) }.flatMap { member in
                member.replicas(.old).filter { id in !(member.old.map { sight.runs(id, of: $0.id) } ?? true) }.map {
                    Breach(
                        "\($0) of the old release does not run, and \(rollout.id) is in phase \(rollout.phase.rawValue)",
                        of: member.service
                    )
                }
            }
        }
    }

    /// How long after its limit a rollout may take to go back: what it waits for then has a limit of its own.
    private static let lateness: Duration = .seconds(900)

    /// 3: rollouts that end neither by themselves nor by a person who knows how.
    private var endless: [Breach] {
        let abandoned = sight.abandoned.map { id in
            var breach = Breach("rollout \(id) has not ended, and nobody carries it out", of: nil)
            breach.next = ["Restart the daemon: it takes up what has not ended"]
            return breach
        }
        let late = running.filter { rollout in rollout.overdueAt.map { sight.now >= $0 + Self.lateness } ?? false }.map
        {
            Breach("rollout \($0.id) is past its limit and does not go back", of: $0.services.first)
        }
        let mute = sight.unended.filter { rollout in
            guard case .halted = rollout.outcome else { return false }
            return RolloutProblem.problem(of: rollout)?.next.isEmpty ?? true
        }.map { Breach("rollout \($0.id) halted and names no next command", of: $0.services.first) }
        return abandoned + late + mute
    }

    /// 6: services that two rollouts have at once.
    private var clashes: [Breach] {
        let all = running.sorted { $0.id < $1.id }
        return all.indices.flatMap { index in
            Self.clashes(of: all[index], with: all[(index + 1)...]).map { other, service in
                Breach("\(all[index].id) and \(other) are under way at once on \(service)", of: service)
            }
        }
    }

    /// The rollouts among others that have a service of this one, each with the first such service.
    package static func clashes(
        of rollout: Rollout,
        with others: some Sequence<Rollout>
    ) -> [(RolloutID, ServiceKey)] {
        let own = Set(rollout.services)
        return others.compactMap { other in
            other.services.first { own.contains($0) }.map { (other.id, $0) }
        }
    }

    // MARK: What is kept

    /// 4: rollback targets that are gone.
    private var unrestorable: [Breach] {
        sight.state.services.keys.sorted().compactMap { service in
            guard !sight.held.contains(service), let target = sight.state.rollbackTarget(of: service),
                let why = sight.gone[target.id]
            else { return nil }
            var breach = Breach("\(target.id) cannot be rolled back to: \(why)", of: service)
            breach.next = ["Deploy a release that can be rolled back to"]
            return breach
        }
    }

    // MARK: What cannot be seen

    private func blindness(to invariant: Invariant) -> String? {
        let unseen = sight.unseen.sorted().map { "\($0)" }.joined(separator: ", ")
        let blind = unseen.isEmpty ? nil : "the replicas of \(unseen) cannot be seen"
        switch invariant {
        case .routesNameProven, .recordsAgree: return sight.followedUnknown ?? blind
        case .oldRunsUntilSettle: return blind
        case .noSecretsTold: return sight.leaks == nil ? "the values of the secrets cannot be read" : nil
        case .nothingStoppedInUse: return sight.counters == nil ? "the switch does not answer" : blind
        case .workIsDoneOnce: return blind ?? silentWorkers
        case .onceOnly: return "a run that is over leaves its name, by which no runtime runs it again, and nothing else"
        case .rolloutsEnd, .restorable, .oneRolloutAService, .usersAreServed, .endIsTrue: return nil
        default: return "only a simulation has all that it is about"
        }
    }
}
