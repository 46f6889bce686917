package import TealCore
package import TealDriverKit

/// Traffic: routes, counters, cuts, and the request through the public route.
extension HostPerformer {
    func route(_ directions: [Effect.Direction], of rollout: Rollout) async throws(StepFailure) -> StepResult {
        let members = rollout.members
        let now = clock.wallTime()
        let body: @Sendable (inout HostState) -> Void = { state in
            state.direct(directions, of: members)
            for member in members { state.services[member.service]?.endOutage(at: now) }
        }
        do throws(BookError) {
            try await book.change(body)
        } catch {
            guard rollout.leg.isBack, error.isStorage else { throw StepFailure(error) }
            // Users come first; the record follows once it can be written.
            do throws(BookError) { try await book.changeUnrecorded(body) } catch { throw StepFailure(error) }
        }
        // Without a network there is no such place, and nothing to ask.
        guard await book.table.services.contains(where: { $0.gateway != nil }) else { return .done }
        let projects = Set(members.map { "\($0.service.project)" })
        let unheard = await drivers.trafficSwitch.unheard().filter { projects.contains($0.project) }
        return unheard.isEmpty ? .done : .routed(warnings: unheard.map { RuntimeWords.text($0) })
    }

    func sample(_ rollout: Rollout) async throws(StepFailure) -> StepResult {
        do throws(SwitchError) {
            let counters = try await drivers.trafficSwitch.counters()
            return .sampled(.init(counters, of: rollout.members))
        } catch {
            throw StepFailure(.switchFailed(error), isPassing: error.isPassing)
        }
    }

    func cut(_ side: Side, of rollout: Rollout, requests: Bool, upgraded: Bool) async throws(StepFailure) -> StepResult
    {
        do throws(SwitchError) {
            let counters = try await drivers.trafficSwitch.counters()
            let followed = await Set(book.table.services.flatMap(\.targets).map(\.id))
            let targets = counters.targets.keys
                .filter { target in
                    !followed.contains(target) && rollout.members.contains { target.belongs(to: $0, side) }
                }
                .sorted()
            return .cut(try await drivers.trafficSwitch.cut(targets, requests: requests, upgraded: upgraded))
        } catch {
            throw StepFailure(.switchFailed(error), isPassing: error.isPassing)
        }
    }

    /// Lets the switch forget what it counted for targets of a rollout that no route names any more.
    ///
    /// Only room is lost while it cannot: the switch keeps a bounded number of them.
    func forgetDeparted(_ rollout: Rollout) async {
        guard let known = try? await drivers.trafficSwitch.counters().targets.keys else { return }
        let followed = await Set(book.table.services.flatMap(\.targets).map(\.id))
        let departed = known.filter { target in
            !followed.contains(target)
                && rollout.members.contains { target.belongs(to: $0, .new) || target.belongs(to: $0, .old) }
        }
        try? await drivers.trafficSwitch.forget(departed.sorted())  // looked at again after the next rollout
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
            .filter { $0.key.belongs(to: member, .new) }
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

extension HostPerformer {
    /// Sends one request through a service's public route; passed when it has none.
    package func askPublicRoute(of spec: ServiceSpec) async -> ProbeResult {
        guard let request = PublicRequest(for: spec) else { return .passed(latency: .zero) }
        return await drivers.trafficSwitch.request(request.expectation, host: request.host, within: .seconds(5))
    }
}
