import TealCore
import TealDriverKit

/// What each leg consists of.
extension Rollout {
    enum Content {
        case nothing
        case steps([[Effect]])
        case proof(side: Side, members: [Int])
        case quiet(upgradedMax: Int, limit: Duration)
        case watch
        case drain(Side)

        var isEmpty: Bool {
            switch self {
            case .nothing: true
            case .steps(let batches): batches.allSatisfy(\.isEmpty)
            case .proof, .quiet, .watch, .drain: false
            }
        }
    }

    private var indices: [Int] { members.indices.filter { !isAlone(members[$0].host) } }
    /// Members whose new release runs beside the old one.
    private var blueGreen: [Int] { indices.filter { members[$0].mode == .blueGreen && runs($0) } }
    private var inPlace: [Int] { indices.filter { members[$0].mode == .inPlace && runs($0) } }
    /// Members whose routes have to be moved: those that take traffic, and those that did and do so no more.
    private var routed: [Int] { indices.filter { members[$0].isRouted && runs($0) } }
    /// Members whose new release is to be seen under traffic.
    private var serving: [Int] { routed.filter { members[$0].takesTraffic(.new) } }
    /// Members whose release on one side is told when its background work begins and ends.
    private func handovers(_ side: Side) -> [Int] { blueGreen.filter { !startsActive($0, side) } }

    /// Whether the switch was reached before the daemon started again: routes must not be taken away once more.
    private var isServing: Bool { isRecovering && hasSwitched }

    /// Whether a member keeps running, as a job does not.
    private func runs(_ index: Int) -> Bool { members[index].spec.kind != .job }

    private func hasOld(_ index: Int) -> Bool { members[index].old != nil }

    func content(of leg: Leg) -> Content {
        switch leg {
        case .lease: isOverHosts ? .steps([[.lease]]) : .nothing
        case .preflight: .steps([[.preflight]])
        case .fetch: .steps([indices.map { .fetch(member: $0) }])
        case .migrate:
            kind == .deploy ? once(firsts.filter { hasMigration($0) }.map { .migrate(member: $0) }) : .nothing
        case .beforeStart: hooks(.beforeStart)
        case .start: startContent
        case .prove: blueGreen.isEmpty ? .nothing : .proof(side: .new, members: blueGreen)
        case .smoke: smokeContent(of: blueGreen)
        case .beforeSwitch: hooks(.beforeSwitch)
        case .quiet: quietContent
        case .vacate:
            inPlaceRouted.isEmpty || isServing
                ? .nothing : .steps([[.route(inPlaceRouted.map { .init(member: $0, side: nil) })]])
        case .drainVacated:
            // Also after a start: users may have been led back on a full disk, which nothing that was written down tells.
            inPlaceRouted.contains { members[$0].takesTraffic(.old) } ? .drain(.old) : .nothing
        case .replace: replaceContent
        case .proveReplaced: inPlace.isEmpty ? .nothing : .proof(side: .new, members: inPlace)
        case .smokeReplaced: smokeContent(of: inPlace)
        case .arm: .steps([[.sample], indices.filter(runs).map { .setPolicy(member: $0, side: .new, .unlessStopped) }])
        case .prepare:
            routed.isEmpty || !isOverHosts ? .nothing : .steps([[.prepare(routed.map { direction($0, .new) })]])
        case .confirm: .steps([indices.filter(runs).map { .look(member: $0, side: .new) }])
        case .route: routed.isEmpty ? .nothing : .steps([[.route(routed.map { direction($0, .new) })]])
        case .handOver: handOverContent
        case .record: .steps([[.record(.switched)]])
        case .verify: serving.isEmpty ? .nothing : .steps([serving.map { .verify(member: $0) }])
        case .afterSwitch: hooks(.afterSwitch)
        case .watch: serving.isEmpty ? .nothing : .watch
        case .release: isOverHosts ? .steps([[.release]]) : .nothing
        case .afterRelease: hooks(.afterRelease)
        case .drain: blueGreen.contains { members[$0].takesTraffic(.old) } ? .drain(.old) : .nothing
        case .cut: .nothing
        case .settle: settleContent
        case .prune: .steps([[.prune]])
        case .backLook: backLookContent
        case .backRevive: backReviveContent
        case .backReviveProve: revived.isEmpty ? .nothing : .proof(side: .old, members: revived)
        case .backRoute: backRouteContent
        case .backReplace: backReplaceContent
        case .backProve:
            replaced.contains(where: hasOld) ? .proof(side: .old, members: replaced.filter(hasOld)) : .nothing
        case .backRouteReplaced: backRouteReplacedContent
        case .backHandOver: backHandOverContent
        case .backDrain: hasRouted ? .drain(.new) : .nothing
        case .backCut: .nothing
        case .backRemove: backRemoveContent
        case .backRecord: .steps([[.record(hasSwitched ? .takenBack : .kept)]])
        case .afterRevert: hasSwitched ? hooks(.afterRevert) : .nothing
        }
    }

    /// Of each service the first member: what a release does once is done there.
    private var firsts: [Int] {
        var seen: Set<ServiceKey> = []
        return indices.filter { seen.insert(members[$0].service).inserted }
    }

    /// Members by service, in their order: those of one service on several hosts go side by side.
    private func byService(_ indices: [Int]) -> [[Int]] {
        indices.reduce(into: []) { groups, index in
            if let last = groups.last?.first, members[last].service == members[index].service {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
    }

    private var inPlaceRouted: [Int] { inPlace.filter { members[$0].isRouted } }

    /// In-place members whose old replicas may have been stopped.
    private var replaced: [Int] { reached.precedes(.replace) ? [] : inPlace }

    private func hasMigration(_ index: Int) -> Bool {
        members[index].spec.migrate != nil || members[index].spec.kind == .job
    }

    private func hooks(_ point: Hook.Point) -> Content {
        once(
            indices.flatMap { index in
                members[index].spec.hooks.enumerated().filter { $0.element.point == point }
                    .map { Effect.hook(member: index, index: $0.offset) }
            }
        )
    }

    /// Once-only steps, one after the other, without those that ended well before.
    private func once(_ effects: [Effect]) -> Content {
        let left = effects.filter { !doneOnce.contains(onceKey($0)) }
        return left.isEmpty ? .nothing : .steps(left.map { [$0] })
    }

    private var startContent: Content {
        var batches: [[Effect]] = []
        if isRecovering, hasSwitched {
            // The old release must be able to take the traffic back, also after a reboot.
            let old = blueGreen.filter(hasOld)
            if !old.isEmpty {
                batches.append(old.map { .start(member: $0, side: .old, active: startsActive($0, .old)) })
            }
        }
        if !blueGreen.isEmpty {
            batches.append(blueGreen.map { .clear(member: $0, side: .new) })
            batches += byService(blueGreen).map { group in
                group.map { .start(member: $0, side: .new, active: startsActive($0, .new)) }
            }
        }
        return batches.isEmpty ? .nothing : .steps(batches)
    }

    func startsActive(_ index: Int, _ side: Side) -> Bool {
        if case .handover = members[index].release(side)?.spec.background { false } else { true }
    }

    private func smokeContent(of indices: [Int]) -> Content {
        var batches: [[Effect]] = []
        for index in indices {
            for (position, request) in members[index].spec.smoke.enumerated() {
                let effect: Effect =
                    request.writes
                    ? .smokeWrite(member: index, index: position) : .smoke(member: index, index: position)
                if request.writes, doneOnce.contains(onceKey(effect)) { continue }
                batches.append([effect])
            }
        }
        return batches.isEmpty ? .nothing : .steps(batches)
    }

    private var quietContent: Content {
        guard kind != .rollback, !hurried, !hasSwitched else { return .nothing }
        let waits = members.compactMap { member -> (Int, Duration)? in
            if case .quiet(let most, let limit) = member.spec.switchWhen { (most, limit) } else { nil }
        }
        guard let most = waits.map(\.0).min(), let limit = waits.map(\.1).max() else { return .nothing }
        return .quiet(upgradedMax: most, limit: limit)
    }

    private var replaceContent: Content {
        guard !inPlace.isEmpty else { return .nothing }
        var batches: [[Effect]] = []
        // What depends on another stops first and starts last.
        for group in byService(inPlace.reversed().filter(hasOld)) {
            batches.append(group.map { .setPolicy(member: $0, side: .old, .no) })
            batches.append(group.map { .stop(member: $0, side: .old) })
        }
        batches.append(inPlace.map { .clear(member: $0, side: .new) })
        batches += byService(inPlace).map { group in group.map { .start(member: $0, side: .new, active: true) } }
        return .steps(batches)
    }

    private var handOverContent: Content {
        var batches: [[Effect]] = []
        let retired = blueGreen.filter(hasOld)
        if !retired.isEmpty { batches.append(retired.map { .setPolicy(member: $0, side: .old, .no) }) }
        // The old one ends its work before the new one begins: a job is never done twice.
        batches.append(handovers(.old).map { .setActivity(member: $0, side: .old, active: false) })
        batches.append(handovers(.new).map { .setActivity(member: $0, side: .new, active: true) })
        return batches.isEmpty ? .nothing : .steps(batches)
    }

    private var settleContent: Content {
        var batches: [[Effect]] = []
        let stopping = blueGreen.filter { hasOld($0) && members[$0].spec.keep.standby == .zero }
        if !stopping.isEmpty { batches.append(stopping.map { .stop(member: $0, side: .old) }) }
        batches.append([.record(.settled)])
        return .steps(batches)
    }

    /// Blue-green members whose old release has to take the traffic, or the work, back.
    private var returning: [Int] { hasSwitched ? blueGreen.filter(hasOld) : [] }

    /// Those of them of whose proven runs none is left.
    private var revived: [Int] { returning.filter { standing[$0, default: []].isEmpty } }

    private var backLookContent: Content {
        returning.isEmpty ? .nothing : .steps([returning.map { .look(member: $0, side: .old) }])
    }

    private var backReviveContent: Content {
        revived.isEmpty
            ? .nothing
            : .steps([revived.map { .start(member: $0, side: .old, active: startsActive($0, .old)) }])
    }

    /// Back to the runs that are still there, or that were started and proven again just now.
    func directionBack(_ index: Int) -> Effect.Direction {
        let standing = standing[index, default: []]
        return standing.isEmpty ? direction(index, .old) : .init(member: index, side: .old, targets: standing)
    }

    private var backRouteContent: Content {
        guard !reached.precedes(.vacate) else { return .nothing }
        var batches: [[Effect]] = []
        var directions: [Effect.Direction] = []
        for index in routed {
            if members[index].mode == .inPlace {
                // Its old replicas run only as long as the replacing has not begun.
                let stillRuns = reached.precedes(.replace) && hasOld(index)
                directions.append(.init(member: index, side: stillRuns ? .old : nil))
            } else if hasSwitched {
                directions.append(hasOld(index) ? directionBack(index) : .init(member: index, side: nil))
            }
        }
        if !directions.isEmpty { batches.append([.route(directions)]) }
        if hasSwitched {
            // What is to work again by itself has to wait until it may.
            let again = blueGreen.filter(hasOld).filter { !handovers(.old).contains($0) }
            if !again.isEmpty { batches.append(again.map { .setPolicy(member: $0, side: .old, .unlessStopped) }) }
        }
        if !reached.precedes(.arm) {
            batches.append(indices.filter(runs).map { .setPolicy(member: $0, side: .new, .no) })
        }
        return batches.isEmpty ? .nothing : .steps(batches)
    }

    private var backReplaceContent: Content {
        guard !replaced.isEmpty else { return .nothing }
        var batches: [[Effect]] = []
        for group in byService(replaced.reversed()) {
            batches.append(group.map { .stop(member: $0, side: .new) })
            batches.append(group.map { .remove(member: $0, side: .new) })
        }
        for group in byService(replaced.filter(hasOld)) {
            batches.append(group.map { .start(member: $0, side: .old, active: true) })
            batches.append(group.map { .setPolicy(member: $0, side: .old, .unlessStopped) })
        }
        return .steps(batches)
    }

    private var backRouteReplacedContent: Content {
        let back = replaced.filter { hasOld($0) && members[$0].isRouted }
        return back.isEmpty ? .nothing : .steps([[.route(back.map { direction($0, .old) })]])
    }

    private var backHandOverContent: Content {
        // An old release that a reboot ended starts passive, however far the hand-over had come.
        guard hasSwitched else { return .nothing }
        return .steps([
            handovers(.new).map { .setActivity(member: $0, side: .new, active: false) },
            handovers(.old).map { .setActivity(member: $0, side: .old, active: true) },
            handovers(.old).map { .setPolicy(member: $0, side: .old, .unlessStopped) },
        ])
    }

    private var backRemoveContent: Content {
        guard !reached.precedes(.start) else { return .nothing }
        let all = indices.filter(runs)
        guard !all.isEmpty else { return .nothing }
        return .steps([
            all.reversed().map { .stop(member: $0, side: .new) },
            all.reversed().map { .remove(member: $0, side: .new) },
            handovers(.old).filter(stillActive.contains).map { .setActivity(member: $0, side: .old, active: true) },
            handovers(.old).filter(stillActive.contains).map { .setPolicy(member: $0, side: .old, .unlessStopped) },
        ])
    }

    /// Where a member's routes lead, with the targets that were proven in this rollout.
    private func direction(_ index: Int, _ side: Side) -> Effect.Direction {
        let targets = members[index].places(side).compactMap { proven[$0] }
        return .init(member: index, side: side, targets: targets.isEmpty ? nil : targets)
    }

    /// Names a once-only effect within the rollout, whatever the attempt.
    func onceKey(_ effect: Effect) -> String {
        switch effect {
        case .migrate(let member): "migrate-\(member)"
        case .hook(let member, let index): "hook-\(member)-\(index)"
        case .smokeWrite(let member, let index): "smoke-\(member)-\(index)"
        default: effect.kind.rawValue
        }
    }

    var drainLimit: Duration {
        members.map { max($0.spec.drain.requests, $0.spec.drain.upgraded) }.max() ?? .zero
    }

    /// How long a leg may take; nil where the leg has limits of its own.
    func limit(of leg: Leg) -> Duration? {
        func most(_ path: KeyPath<PhaseTimeouts, Duration>) -> Duration? {
            members.map { $0.spec.timeouts[keyPath: path] }.max()
        }
        let grace = members.map(\.spec.stop.grace).max() ?? .zero
        switch leg {
        case .lease: return HostLease.limit
        case .preflight: return .seconds(60)
        // A host that hears nothing of it until its lease has run out will not hear of it at all.
        case .release: return HostLease.limit
        case .fetch: return most(\.fetch)
        case .migrate: return nil
        case .start: return most(\.start)
        case .smoke, .smokeReplaced: return most(\.smoke)
        case .vacate, .arm, .prepare, .confirm, .route, .record, .verify: return most(\.switching)
        case .replace: return (most(\.start) ?? .zero) + grace * members.count + .seconds(10)
        case .handOver: return (most(\.switching) ?? .zero) + grace * 2
        case .drain, .drainVacated, .backDrain: return drainLimit + .seconds(150)
        case .settle: return grace * members.count + .seconds(60)
        case .prune: return .seconds(600)
        case .backLook: return .seconds(5)
        case .backRevive, .backRoute, .backHandOver, .backReplace, .backRouteReplaced, .backRemove, .backRecord:
            // Longer than each step is tried again for, since users wait on the way back.
            return (most(\.start) ?? .zero) + grace * (2 * members.count) + .seconds(300)
        default: return nil
        }
    }
}
