import TealCore
import TealDriverKit
import TealEngine

/// The users of the services.
extension World {
    /// How often users are heard.
    private static let beat: Duration = .milliseconds(50)

    /// Sends requests as long as the world exists.
    func sendRequests(perBeat: Double) {
        after(Self.beat) { [unowned self] in
            proxy.forgetFlights(endedBy: time)
            if hostIsUp {
                for service in audit.known where luck.chance(perBeat * 100) { userAsks(service) }
            }
            sendRequests(perBeat: perBeat)
        }
    }

    private func userAsks(_ service: ServiceKey) {
        guard proxy.isUp else {
            forgetSilence(service)
            return userFailed(service, "the proxy does not run")
        }
        guard let answered = ask(service) else {
            silenceGoesOn(service)
            return userFailed(service, "no replica answered")
        }
        silenceEnds(service)
        audit.answeredAt[answered.target.release] = time
        let kind = luck.pick(0...99)
        let behaviour = behaviour(answered.content)
        let span: Duration =
            switch kind {
            case 0...1: luck.milliseconds(500...20_000)
            case 2...5: luck.milliseconds(300...6000)
            default: behaviour.latency
            }
        let flight = ModelProxy.Flight(
            target: answered.target.id,
            service: service,
            endsAt: time + span.nanoseconds,
            isUpgraded: kind < 2
        )
        proxy.flights.append(flight)
        audit.requests += 1
    }

    /// One request through the proxy; nil when no release answered it.
    func ask(_ service: ServiceKey) -> (target: TrafficTarget, content: String)? {
        guard let traffic = proxy.table.services.first(where: { $0.service == service }), !traffic.targets.isEmpty
        else {
            return nil
        }
        let first = luck.pick(0...traffic.targets.count - 1)
        for step in traffic.targets.indices {
            let target = traffic.targets[(first + step) % traffic.targets.count]
            guard let replica = replicas[target.replica], replica.run == target.run, replica.isRunning,
                !replica.isStopping, !replica.isCutOff, time >= replica.readyAt
            else { continue }
            let behaviour = behaviour(replica.content)
            let failed = !behaviour.isHealthy || luck.chance(behaviour.errorPercent)
            let refuses = behaviour.clientErrorPercent > 0 && luck.chance(behaviour.clientErrorPercent)
            let field = failed ? \TargetCounters.serverErrors : refuses ? \.clientErrors : \.successes
            proxy.count(target.id, field, behaviour.latency)
            return (target, replica.content)
        }
        proxy.count(traffic.targets[first].id, \.switchErrors, .zero)
        return nil
    }
}
