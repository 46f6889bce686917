package import TealCore
import TealDriverKit

/// Hands each step of a rollout to its host: to this one's own performer, or to another host's daemon.
package struct HostsPerformer: StepPerformer, LeaseKeeping {
    private let own: any StepPerformer
    private let links: [HostName: any HostLink]
    /// This host, as the others know it.
    private let coordinator: HostName
    private let epoch: UInt64
    private let clock: any HostClock

    /// How long a once-only step's host is left alone after a question without an answer.
    private static let again: Duration = .seconds(1)
    /// How long a host is told that a lease is given back.
    private static let partingLimit: Duration = .seconds(10)

    /// - Parameters:
    ///   - own: Carries out what is on this host.
    ///   - links: The other hosts.
    ///   - coordinator: This host.
    ///   - epoch: The opening of this host's journal.
    ///   - clock: This host's.
    package init(
        own: any StepPerformer,
        links: [HostName: any HostLink],
        coordinator: HostName,
        epoch: UInt64,
        clock: any HostClock
    ) {
        self.own = own
        self.links = links
        self.coordinator = coordinator
        self.epoch = epoch
        self.clock = clock
    }

    package func perform(_ step: Step, of rollout: Rollout) async -> StepResult {
        guard rollout.isOverHosts else { return await own.perform(step, of: rollout) }
        let part = RolloutPart(of: rollout, on: step.host)
        guard let asked = part.step(step) else {
            return .failed(.init(.impossible("\(step.effect) is of no one host")))
        }
        guard let host = step.host else {
            return part.whole(await own.perform(asked, of: part.rollout), members: rollout.members.count)
        }
        if step.effect == .lease { return await lease(host, part, step.number, of: rollout) }
        guard let token = rollout.tokens?[host] else { return .failed(.init(.leaseRefused(host, .unknown))) }
        let result = await carryOut(.init(token: token, step: asked, rollout: part.rollout), on: host)
        return part.whole(result, members: rollout.members.count)
    }

    private func lease(_ host: HostName, _ part: RolloutPart, _ step: Int, of rollout: Rollout) async -> StepResult {
        let request = LeaseRequest(
            claim: .init(
                coordinator: coordinator,
                rollout: rollout.id,
                epoch: epoch,
                step: step,
                services: part.rollout.services
            ),
            known: rollout.tokens?[host],
            kind: rollout.kind,
            author: rollout.author,
            members: part.rollout.members
        )
        switch await ask(.lease(request), host) {
        case .success(.leased(let grant)): return .leased(grant)
        case .success(.refused(let refusal)): return .failed(refused(refusal, host))
        case .success: return .failed(.init(.hostUnreachable(host)))
        case .failure(let failure): return .failed(failure)
        }
    }

    /// Asks for a step until it is known how it ended, if it must not be begun anew.
    private func carryOut(_ part: PartStep, on host: HostName) async -> StepResult {
        while true {
            let failure: StepFailure
            switch await ask(.step(part), host) {
            case .success(.result(let result)): return result
            case .success(.refused(let refusal)): failure = refused(refusal, host)
            case .success: return .failed(.init(.hostUnreachable(host)))
            case .failure(let silence): failure = silence
            }
            guard failure.isPassing, part.step.effect.kind.effectClass == .onceOnly, !Task.isCancelled else {
                return .failed(failure)
            }
            // Asked under the same number the host says how it ended; the lease's end makes an end of asking.
            await clock.sleep(until: clock.now() + Self.again)
        }
    }

    private func ask(_ request: HostRequest, _ host: HostName) async -> Result<HostAnswer, StepFailure> {
        guard let link = links[host] else { return .failure(.init(.hostUnreachable(host))) }
        do throws(LinkError) {
            return .success(try await link.ask(request))
        } catch {
            switch error {
            case .cancelled: return .failure(.init(.runtimeFailed(.cancelled)))
            case .silent: return .failure(.init(.hostUnreachable(host), isPassing: true))
            }
        }
    }

    private func refused(_ refusal: LeaseRefusal, _ host: HostName) -> StepFailure {
        if case .unwritten = refusal { return .init(.leaseRefused(host, refusal), isPassing: true) }
        return .init(.leaseRefused(host, refusal))
    }

    // MARK: Leases

    package func renew(_ token: LeaseToken, on host: HostName) async -> Renewal {
        switch await ask(.renew(token), host) {
        case .success(.renewal(let renewal)): renewal
        case .success(.refused(let refusal)): Renewal(.refused(refusal))
        case .success, .failure: Renewal(.silence)
        }
    }

    package func giveBack(_ token: LeaseToken, on host: HostName, _ outcome: Outcome) async {
        let end = clock.now() + Self.partingLimit
        while clock.now() < end, !Task.isCancelled {
            switch await ask(.giveBack(token, outcome), host) {
            case .success(.refused(.unwritten)): await clock.sleep(until: clock.now() + Self.again)
            case .failure(let failure) where failure.isPassing: await clock.sleep(until: clock.now() + Self.again)
            case .success, .failure: return
            }
        }
    }
}
