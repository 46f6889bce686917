import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealSecrets

/// The live host as the checkers of the invariants see it.
extension Control {
    /// How often a look is taken again that something was changed under.
    private static let looksMost = 3
    /// How many of the newest rollouts are held against the records.
    private static let endsMost = 100

    /// Looks at a moment in which nothing was changed, if there is one soon; what a rollout held at any time of the look is
    /// its own business.
    func look() async -> (HostSight, SeenReplicas) {
        var look = await lookOnce()
        for _ in 1..<Self.looksMost {
            let state = await book.state
            let table = await book.table
            guard state != look.0.state || table != look.0.written else { break }
            look = await lookOnce()
        }
        return look
    }

    private func lookOnce() async -> (HostSight, SeenReplicas) {
        let before = await (desk.unended.map(\.rollout), Set(desk.holds.keys))
        let state = await book.state
        let written = await book.table
        let position = try? await drivers.trafficSwitch.position()
        let seen = await SeenReplicas.look(wards, state.services.keys.sorted())
        // After the replicas: what was stopped by then may have nothing in flight.
        let counters = try? await drivers.trafficSwitch.counters()
        // What cannot be read is said by whatever else asks for it.
        let newest = (try? await journal.rollouts(most: Self.endsMost))?.map(\.rollout) ?? []
        let after = await (desk.unended.map(\.rollout), Set(desk.holds.keys))

        var sight = HostSight(state: state, written: written, replicas: seen.replicas, now: clock.now())
        sight.position = position
        sight.switchName = hostSwitch.kind.words
        if let position {
            if position == written.position || written.position.version == 0 {
                sight.followed = written
            } else {
                sight.followedUnknown =
                    "\(hostSwitch.kind.words) follows another table than the one that is written down"
            }
        } else {
            sight.followedUnknown = "\(hostSwitch.kind.words) does not answer"
        }
        sight.counters = counters
        sight.unseen = Set(seen.unseen.keys)
        for service in state.services.keys { sight.markers[service] = marked(service) }
        sight.unended = after.0
        for rollout in after.0 where await desk.isRunning(rollout.id) { sight.running.insert(rollout.id) }
        sight.held = before.1.union(after.1)
        let known = Set((before.0 + after.0).map(\.id))
        sight.abandoned = newest.filter { $0.outcome == nil && !known.contains($0.id) }.map(\.id)
        sight.ended = newest.filter { $0.outcome != nil }
        sight.gone = await gone(state)
        sight.leaks = await leaks(state)
        return (sight, seen)
    }

    /// Rollback targets that cannot be started again.
    private func gone(_ state: HostState) async -> [ReleaseID: String] {
        var gone: [ReleaseID: String] = [:]
        for service in state.services.keys {
            guard let target = state.rollbackTarget(of: service), await !isRestorable(target.release) else { continue }
            guard target.release.content.isImage, await environments.isRestorable(target.release) else {
                gone[target.id] = "its artifact or its environment is gone"
                continue
            }
            // What can be pulled again costs a rollback time, and nothing else.
            if let why = await images.whyGone(target.release) { gone[target.id] = "its image is gone: \(why)" }
        }
        return gone
    }

    /// Where the value of a secret was found; nil when the values cannot be read.
    private func leaks(_ state: HostState) async -> [String]? {
        let releases = state.releases.values.map(\.release)
        let placed = Set(state.services.values.flatMap { [$0.blue?.release, $0.green?.release] }.compactMap { $0 })
        guard let values = await environments.values(of: releases, needed: placed) else { return nil }
        guard !values.isEmpty else { return [] }
        let search = SecretSearch(home: home, services: state.services.keys.sorted())
        let trace = SecretTrace(values, except: SecretSearch.plainText(of: releases))
        return search.places(of: trace) + (await recorded(trace))
    }

    /// What the runtimes show to everybody who may list replicas.
    private func recorded(_ trace: SecretTrace) async -> [String] {
        // A runtime that does not answer is said by the look at its replicas.
        let records = (try? await drivers.runtime.shownRecords()) ?? []
        return records.flatMap { record in
            trace.names(in: Array(record.text.utf8)).map { "\(record.place) (\($0))" }
        }
    }
}
