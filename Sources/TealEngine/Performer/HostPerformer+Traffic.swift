import TealCore
import TealDriverKit

/// Traffic: routes, counters, cuts, and the request through the public route.
extension HostPerformer {
    func route(_ directions: [Effect.Direction], of rollout: Rollout) async throws(StepFailure) -> StepResult {
        let members = rollout.members
        let body: @Sendable (inout HostState) -> Void = { state in
            for direction in directions {
                let member = members[direction.member]
                guard var record = state.services[member.service] else { continue }
                if let side = direction.side, let slot = member.slot(side) {
                    record.routed = .slot(slot)
                    if let targets = direction.targets {
                        record[slot]?.proven = .init(targets.map { ($0.replica.index, $0) }) { $1 }
                    }
                } else {
                    record.routed = member.old == nil ? .absent : .vacant
                }
                state.services[member.service] = record
            }
        }
        do throws(StepFailure) {
            try await change(body)
        } catch {
            guard rollout.leg.isBack, case .diskFull = error.reason else { throw error }
            // Users come first; the record follows once the disk has room.
            do throws(BookError) {
                try await book.changeUnrecorded(body)
            } catch {
                throw StepFailure(.impossible("\(error)"))
            }
        }
        return .done
    }

    func sample(_ rollout: Rollout) async throws(StepFailure) -> StepResult {
        do throws(SwitchError) {
            let counters = try await drivers.trafficSwitch.counters()
            return .sampled(
                .init(
                    incarnation: counters.incarnation,
                    new: sum(counters, over: rollout, .new),
                    old: sum(counters, over: rollout, .old)
                )
            )
        } catch {
            throw StepFailure(.switchFailed(error), isPassing: error.isPassing)
        }
    }

    /// The counts of every run that one side's replicas have had.
    private func sum(_ counters: TrafficCounters, over rollout: Rollout, _ side: Side) -> TargetCounters {
        var total = TargetCounters()
        for (target, counts) in counters.targets where belongs(target, to: rollout, side) { total.add(counts) }
        return total
    }

    private func belongs(_ target: TargetID, to rollout: Rollout, _ side: Side) -> Bool {
        rollout.members.contains { member in
            member.release(side).map { target.description.hasPrefix("\($0.id.qualified)#") } ?? false
        }
    }

    func cut(_ side: Side, of rollout: Rollout, requests: Bool, upgraded: Bool) async throws(StepFailure) -> StepResult
    {
        do throws(SwitchError) {
            let counters = try await drivers.trafficSwitch.counters()
            let followed = await Set(book.table.services.flatMap(\.targets).map(\.id))
            let targets = counters.targets.keys.filter { belongs($0, to: rollout, side) && !followed.contains($0) }
                .sorted()
            return .cut(try await drivers.trafficSwitch.cut(targets, requests: requests, upgraded: upgraded))
        } catch {
            throw StepFailure(.switchFailed(error), isPassing: error.isPassing)
        }
    }

    /// Sends one request through the public route and sees that the new release answered it.
    func verify(_ member: Member) async -> StepResult {
        guard let request = PublicRequest(for: member.spec) else { return .probed(.passed(latency: .zero), run: nil) }
        do throws(SwitchError) {
            let before = try await answered(by: member)
            let result = await drivers.trafficSwitch.request(
                request.expectation,
                host: request.host,
                within: .seconds(5)
            )
            guard case .passed = result else { return .probed(result, run: nil) }
            guard try await answered(by: member) > before else {
                return .probed(.failed(.anotherProcess(pid: nil, name: nil)), run: nil)
            }
            return .probed(result, run: nil)
        } catch {
            return .failed(.init(.switchFailed(error), isPassing: error.isPassing))
        }
    }

    private func answered(by member: Member) async throws(SwitchError) -> UInt64 {
        try await drivers.trafficSwitch.counters().targets
            .filter { $0.key.description.hasPrefix("\(member.new.id.qualified)#") }
            .reduce(0) { $0 + $1.value.requests }
    }
}

/// The request that shows a service's public route to work.
struct PublicRequest {
    let expectation: HTTPExpectation
    let host: String?

    /// Its health path where the route covers it, else the route's own prefix; nil without a public route.
    init?(for spec: ServiceSpec) {
        guard let route = spec.routes.first(where: { !$0.internalOnly }) else { return nil }
        host = route.hosts.first
        let prefix = route.pathPrefix == "/" ? "" : route.pathPrefix
        if case .http(var health) = spec.health.check, route.stripPrefix || health.path.hasPrefix(prefix) {
            health.path = route.stripPrefix ? prefix + health.path : health.path
            health.headers["Host"] = nil
            expectation = health
        } else {
            var plain = HTTPExpectation(path: prefix.isEmpty ? "/" : prefix)
            plain.statuses = Array(200..<500)
            expectation = plain
        }
    }
}

extension TargetCounters {
    /// Adds another target's counts to these.
    mutating func add(_ other: TargetCounters) {
        requests += other.requests
        requestsInFlight += other.requestsInFlight
        upgradedOpen += other.upgradedOpen
        successes += other.successes
        redirects += other.redirects
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        switchErrors += other.switchErrors
        cutAnswers += other.cutAnswers
        if latency.counts.isEmpty {
            latency = other.latency
        } else if latency.counts.count == other.latency.counts.count {
            for index in latency.counts.indices { latency.counts[index] += other.latency.counts[index] }
        }
    }
}
