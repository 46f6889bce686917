import Logging
import TealCore
import TealDriverKit
import TealEngine

/// Ports that adopted containers leave to the proxy.
///
/// Which these are is on record beside the containers, so that nobody has to agree to it again, and nothing is lost with a
/// daemon that ends.
extension PortTaking {
    /// How long connections that an adopted container has had by itself are waited for at the most before it is stopped.
    private static let ownDrainMax: Duration = .seconds(30)
    /// Between two looks at its connections.
    private static let lookPace: Duration = .milliseconds(100)

    /// Takes up the port of an adopted container that still has it.
    func noteAdopted(at place: HostPort, of service: ServiceKey) async {
        guard takeovers[place] == nil else { return }
        // An engine that does not answer is asked again by whoever needs it.
        let all = (try? await containers.leaving(place)) ?? []
        for container in all where container.adopted?.replica.service == service {
            guard (try? await containers.isRunning(container)) == true else { continue }
            _ = keep(PortTakeover(service: service, place: place, container: container, since: clock.wallTime()))
            return
        }
    }

    /// What is seen of an adopted container; nothing of another one.
    func ownFacts(of takeover: PortTakeover, _ table: TrafficTable) async -> PortTakeover.OwnFacts {
        var facts = PortTakeover.OwnFacts()
        guard takeover.container.adopted != nil else { return facts }
        facts.isNamed = takeover.isNamed(in: table)
        facts.isElsewhere = takeover.isElsewhere(in: table)
        do throws(RuntimeError) {
            let all = try await containers.leaving(takeover.place)
            if all.contains(where: { $0.id == takeover.container.id }) {
                facts.container = try await containers.isRunning(takeover.container) ? .running : .stopped
            } else {
                facts.container = .gone
            }
        } catch {
            facts.container = .unknown
        }
        return facts
    }

    /// What people are told where users of a port stay with an adopted container for now; nil where they do not.
    func stay(_ place: HostPort, _ table: TrafficTable) async -> String? {
        guard let takeover = takeovers[place], takeover.container.adopted != nil, takeover.state == .agreed,
            takeover.isElsewhere(in: table)
        else { return nil }
        let why = await redirecting.refusal() ?? "the packet filter, or the proxy, did not do it"
        return "requests to port \(place) of the host go on to the container \(takeover.container.name) until it is "
            + "stopped, when the release settles, since connections cannot be led away: \(why)"
    }

    // MARK: Its rollout stops it

    /// Has a replica stopped, and the proxy listen at the ports that its container leaves.
    ///
    /// New connections that are led away already notice nothing. Otherwise nobody answers from the container's end until the
    /// proxy listens, and that is measured.
    ///
    /// - Parameters:
    ///   - replica: Which.
    ///   - grace: How long it may take to end.
    ///   - stop: Stops it.
    /// - Throws: What `stop` throws.
    func stop(
        _ replica: ReplicaID,
        grace: Duration,
        _ stop: @escaping @Sendable () async throws(RuntimeError) -> Void
    ) async throws(RuntimeError) {
        let places = followed?.services.first { $0.service == replica.service }?.ports ?? []
        for place in places { await noteAdopted(at: place, of: replica.service) }
        let own = takeovers.values.filter { takeover in
            takeover.container.adopted?.replica == replica && followed.map { takeover.isNamed(in: $0) } ?? false
        }.sorted { $0.place < $1.place }
        guard !own.isEmpty else { return try await stop() }
        let mine = Set(own.map(\.place))
        passing.formUnion(mine)
        defer { passing.subtract(mine) }
        if let bare = own.first(where: { $0.standIn == nil }) {
            try await pass(bare, grace, stop)
        } else {
            for takeover in own { await drain(takeover) }
            try await stop()
        }
        await enter()
        defer { leave() }
        for place in mine.sorted() {
            // It may have been led away, or back, meanwhile; what cannot be done now is done by the look of every second.
            guard let takeover = takeovers[place], let line = await finish(takeover) else { continue }
            forget(place)
            tell(line, at: place)
        }
    }

    /// Waits for the connections that came to a container before new ones were led away, within their limit.
    private func drain(_ takeover: PortTakeover) async {
        let limit = followed?.services.first { $0.service == takeover.service }?.drain.requests ?? .zero
        while clock.since(takeover.since) < min(limit, Self.ownDrainMax), !Task.isCancelled {
            guard let count = await containers.connections(of: takeover.container), count > 0 else { return }
            // Cut short only where the daemon ends, or nobody waits any more.
            try? await Task.sleep(for: Self.lookPace)
        }
    }

    /// Stops a container while its port is watched, and lets the proxy have that as soon as it is free.
    private func pass(
        _ takeover: PortTakeover,
        _ grace: Duration,
        _ stop: @escaping @Sendable () async throws(RuntimeError) -> Void
    ) async throws(RuntimeError) {
        let (place, name) = (takeover.place, takeover.container.name)
        let began = clock.wallTime()
        let (gap, answers, failure) = await meter.measure(at: place, within: .seconds(2)) { () -> RuntimeError? in
            // Awaited below. The port is free a little before the engine says that the container has ended.
            let listening = Task { await self.listen(at: place, within: grace + Self.listenLimit) }
            do throws(RuntimeError) {
                try await stop()
            } catch {
                listening.cancel()
                _ = await listening.value
                return error
            }
            _ = await listening.value
            return nil
        }
        if let failure { throw failure }
        let span = ProbeWords.seconds(gap)
        tell(
            answers
                ? "nobody answered there for \(span), while it passed from the container \(name) to the proxy"
                : "nobody has answered there for \(span), since it passed from the container \(name) to the proxy",
            at: place
        )
        guard gap >= PortGap.least else { return }
        remember(
            PortGap(
                service: takeover.service,
                place: place,
                container: name,
                began: began,
                seconds: gap.inSeconds
            )
        )
    }
}
