package import TealCore
package import TealDriverKit

/// Traffic: routes, counters, cuts, and the request through the public route.
extension HostPerformer {
    func route(_ directions: [Effect.Direction], of rollout: Rollout) async throws(StepFailure) -> StepResult {
        try await lead(directions, of: rollout)
        let table = await book.table
        var told: [String] = []
        let services = table.services.filter { $0.ports != nil }.map(\.service).filter { rollout.services.contains($0) }
        if !services.isEmpty { told += await drivers.trafficSwitch.takePorts(of: services) }
        // Without a network there is no such place, and nothing to ask.
        if table.services.contains(where: { $0.gateway != nil }) {
            let projects = Set(rollout.members.map { "\($0.service.project)" })
            let unheard = await drivers.trafficSwitch.unheard().filter { projects.contains($0.project) }
            told += unheard.map { RuntimeWords.text($0) }
        }
        return told.isEmpty ? .done : .routed(warnings: told)
    }

    private func lead(_ directions: [Effect.Direction], of rollout: Rollout) async throws(StepFailure) {
        let members = rollout.members
        let now = clock.wallTime()
        let isBack = rollout.leg.isBack
        let body: @Sendable (inout HostState) -> Void = { state in
            // Who was led back before the daemon ended is served: that route is not emptied again.
            let open = directions.filter { !isBack || $0.side != nil || !state.servesOld(members[$0.member]) }
            state.direct(open, of: members)
            for member in members { state.services[member.service]?.seeRoute(at: now) }
        }
        do throws(BookError) {
            try await book.change(body)
        } catch {
            guard rollout.leg.isBack, error.isStorage else { throw StepFailure(error) }
            // Users come first; the record follows once it can be written.
            do throws(BookError) { try await book.changeUnrecorded(body) } catch { throw StepFailure(error) }
        }
    }

    /// Before a step that follows the switch back: sees that routes still lead back.
    ///
    /// On a full disk users are sent back before that is written down. When the daemon ends in between, the host that
    /// coordinates has seen it done and goes on, while this one follows what was written.
    func stayBack(_ step: Step, of rollout: Rollout) async throws(StepFailure) {
        let isAfter = Leg.backRoute.precedes(step.leg) || step.leg == .backRoute && step.effect.kind == .setPolicy
        guard isAfter, rollout.hasSwitched else { return }
        let state = await book.state
        let directions = rollout.members.indices.compactMap { index -> Effect.Direction? in
            let member = rollout.members[index]
            guard member.host == nil, member.mode == .blueGreen, member.isRouted, member.slot != member.oldSlot,
                let record = state.services[member.service], record.routed == .slot(member.slot)
            else { return nil }
            guard let old = member.oldSlot, member.old != nil else { return .init(member: index, side: nil) }
            // What this host knows to run is newer than what its coordinator found there.
            if record[old]?.proven.isEmpty == false { return .init(member: index, side: .old) }
            let direction = rollout.directionBack(index)
            // With nobody known there they stay where they are until the record says otherwise.
            return direction.targets != nil || !member.takesTraffic(.old) ? direction : nil
        }
        guard !directions.isEmpty else { return }
        try await lead(directions, of: rollout)
    }

    /// Sees that routes can be moved from here: what is remembered is written down, and the switch answers and follows it.
    func prepare() async throws(StepFailure) -> StepResult {
        do throws(BookError) {
            try await book.change { _ in }
            if await !book.isPublished { try await book.publishAgain() }
        } catch {
            throw StepFailure(error)
        }
        do throws(SwitchError) {
            _ = try await drivers.trafficSwitch.position()
            return .done
        } catch {
            throw StepFailure(.switchFailed(error), isPassing: error.isPassing)
        }
    }

    /// How often the switch is told of the present table, when what it follows is another one: the first time may only
    /// bring out by which number it is followed next.
    private static var tellingsMax: Int { 3 }

    /// Sees that the switch follows the present table.
    ///
    /// On a full disk it may have started again from an older one, and leads users to what the present one does not name.
    ///
    /// - Returns: What it follows instead; nil when all is well.
    private func followedInstead() async throws(SwitchError) -> TablePosition? {
        var current = try await drivers.trafficSwitch.position()
        for _ in 0..<Self.tellingsMax {
            if await current == book.table.position { return nil }
            try? await book.publishAgain()  // perhaps without being stored: what it follows is asked next
            current = try await drivers.trafficSwitch.position()
        }
        return await current == book.table.position ? nil : current
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
            if let current = try await followedInstead() {
                // It is asked again: what would be cut may be what users are on.
                return .failed(.init(.switchFailed(.stale(current: current)), isPassing: true))
            }
            let counters = try await drivers.trafficSwitch.counters()
            let named = await book.named
            let targets = counters.targets.keys
                .filter { target in
                    !named.contains(target)
                        && rollout.members.indices.contains { index in
                            rollout.isDrained(index) && target.belongs(to: rollout.members[index], side)
                        }
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
        let named = await book.named
        let departed = known.filter { target in
            !named.contains(target)
                && rollout.members.contains { target.belongs(to: $0, .new) || target.belongs(to: $0, .old) }
        }
        try? await drivers.trafficSwitch.forget(departed.sorted())  // looked at again after the next rollout
    }

    /// Sends one request through a route, the public one if there is one, and sees that the new release answered it.
    func verify(_ member: Member) async -> StepResult {
        guard let request = RouteRequest(for: member.spec) else { return .unverified("it has none") }
        if member.spec.watch.asksNothing == true { return .unverified("its watch asks nothing") }
        do throws(SwitchError) {
            let before = try await answered(by: member)
            guard let result = await ask(request, of: member) else {
                return .unverified("its routes are internal, and this host is not let in to them")
            }
            guard case .passed = result else {
                return .probed(await drivers.environments.masked(result, of: member.new), run: nil)
            }
            guard try await answered(by: member) > before else {
                return .probed(.failed(.anotherProcess(pid: nil, name: nil)), run: nil)
            }
            return .probed(result, run: nil)
        } catch {
            return .failed(.init(.switchFailed(error), isPassing: error.isPassing))
        }
    }

    /// How long a request through a route may take.
    private static let routeLimit: Duration = .seconds(5)

    /// Sends a request where callers of the route send theirs; nil when there is no way in from this host.
    private func ask(_ request: RouteRequest, of member: Member) async -> ProbeResult? {
        if request.isPublic {
            return await drivers.trafficSwitch.request(request.expectation, host: request.host, within: Self.routeLimit)
        }
        var doors: [Endpoint] = []
        if request.hasRoute, let door = await drivers.trafficSwitch.internalEndpoint() { doors.append(door) }
        // Where the switch is not at the gateway, whoever is there says nothing of the release.
        if drivers.trafficSwitch.servesNames, let gateway = await book.state.services[member.service]?.gateway {
            // It may come with the length of its network's prefix.
            let address = String(gateway.prefix { $0 != "/" })
            doors += [80, member.spec.port].compactMap { $0 }.map { Endpoint(address: address, port: $0) }
        }
        var expectation = request.expectation
        expectation.headers["Host"] = request.host
        for door in doors {
            let result = await drivers.probe.request(expectation, at: door, within: Self.routeLimit)
            // A door that is not open, since another program of the host has its port, says nothing of the release.
            switch result {
            case .failed(.refused), .failed(.unreachable), .failed(.unanswered): continue
            default: return result
            }
        }
        return nil
    }

    private func answered(by member: Member) async throws(SwitchError) -> UInt64 {
        try await drivers.trafficSwitch.counters().targets
            .filter { $0.key.belongs(to: member, .new) }
            .reduce(0) { $0 + $1.value.requests }
    }
}

/// The request that shows a route of a service to work.
struct RouteRequest {
    let expectation: HTTPExpectation
    let host: String?
    let isPublic: Bool
    /// Whether it is for a route; else for the service's name inside its project's network.
    let hasRoute: Bool

    /// For the public route if there is one, else for an internal one, else for the service's own name.
    ///
    /// Its health path where the route covers it, else the route's own prefix; nil where nothing leads to the service.
    init?(for spec: ServiceSpec) {
        let route = spec.routes.first { !$0.internalOnly } ?? spec.routes.first
        guard route != nil || spec.kind == .web && spec.source.isImage else { return nil }
        isPublic = route.map { !$0.internalOnly } ?? false
        hasRoute = route != nil
        host = route == nil ? "\(spec.name)" : route?.hosts.first
        let path = route?.pathPrefix ?? "/"
        let prefix = path == "/" ? "" : path
        let strips = route?.stripPrefix ?? false
        if case .http(var health) = spec.health.check, strips || health.path.hasPrefix(prefix) {
            health.path = strips ? prefix + health.path : health.path
            health.headers["Host"] = nil
            expectation = health
        } else {
            var plain = HTTPExpectation(path: prefix.isEmpty ? "/" : prefix)
            plain.statuses = Array(200..<500)
            expectation = plain
        }
    }
}

extension ServiceSource {
    fileprivate var isImage: Bool { if case .image = self { true } else { false } }
}

extension HostPerformer {
    /// Sends one request through a service's public route; passed when it has none.
    package func askPublicRoute(of spec: ServiceSpec) async -> ProbeResult {
        guard let request = RouteRequest(for: spec), request.isPublic else { return .passed(latency: .zero) }
        return await drivers.trafficSwitch.request(request.expectation, host: request.host, within: .seconds(5))
    }
}
