package import TealCore
import TealDriverKit

/// The one place that turns the reasons of rollouts into words.
package enum RolloutProblem {
    /// The problem of a rollout that did not settle; nil for one that did.
    package static func problem(of rollout: Rollout) -> Problem? {
        guard let outcome = rollout.outcome else { return nil }
        let users = UserWords(rollout)
        switch outcome {
        case .settled: return nil
        case .kept(let reason):
            return make(reason, rollout, summary: "\(users.whenKept); \(text(of: reason, members: rollout.members))")
        case .reverted(let reason, let notCaused):
            let blame = notCaused ? ", and the old release fails alike: not caused by this release" : ""
            let why = text(of: reason, members: rollout.members) + blame
            return make(reason, rollout, summary: "\(users.whenReverted): \(why)")
        case .halted(let reason):
            let why = "the rollout halted: \(text(of: reason, members: rollout.members))"
            return make(reason, rollout, summary: "\(users.whenHalted); \(why)")
        }
    }

    /// What was done for good before a rollout failed, one line each.
    private static func done(in rollout: Rollout) -> [String] {
        rollout.doneForGood.compactMap { effect in
            switch effect {
            case .migrate(let index):
                let member = rollout.members[index]
                return member.spec.kind == .job
                    ? "the job \(member.new.id) was done before that and stays so"
                    : "the migration of \(member.new.id) was applied before that and stays"
            case .hook(let index, let position):
                let member = rollout.members[index]
                return "the hook '\(member.spec.hooks[position].name)' of \(member.new.id) ran before that"
            case .smokeWrite(let index, let position):
                let member = rollout.members[index]
                return "'\(member.spec.smoke[position].name)' was sent to \(member.new.id) before that"
            default: return nil
            }
        }
    }

    private static func make(_ reason: Reason, _ rollout: Rollout, summary: String) -> Problem {
        if case .preflight(let problems) = reason, problems.count == 1, let only = problems.first {
            return Problem(only.code, only.summary, at: only.at, next: only.next)
        }
        return Problem(
            code(of: reason),
            summary,
            at: places(of: reason, in: rollout) + done(in: rollout),
            next: nextSteps(of: reason, in: rollout)
        )
    }

    /// The stable code of a reason.
    package static func code(of reason: Reason) -> String {
        switch reason {
        case .preflight: "deploy.preflight"
        case .fetchFailed: "deploy.fetch-failed"
        case .startFailed: "deploy.start-failed"
        case .runtimeFailed: "deploy.runtime-failed"
        case .switchFailed: "deploy.switch-failed"
        case .secretsFailed: "deploy.secrets-failed"
        case .migrationFailed: "deploy.migration-failed"
        case .hookFailed: "deploy.hook-failed"
        case .unhealthy(_, let diagnosis) where diagnosis.failure == .unhealthy && diagnosis.exit == nil:
            "deploy.unhealthy"
        case .unhealthy(_, let diagnosis): diagnosis.exit == nil ? "deploy.health-timeout" : "deploy.exited"
        case .smokeFailed: "deploy.smoke-failed"
        case .notReachable: "deploy.not-reachable"
        case .watchFailed: "deploy.watch-failed"
        case .replicaDied: "deploy.replica-died"
        case .phaseTimeout: "deploy.phase-timeout"
        case .rolloutTimeout: "deploy.rollout-timeout"
        case .stepLost: "deploy.step-unknown"
        case .aborted: "deploy.aborted"
        case .rolledBack: "deploy.rolled-back"
        case .superseded: "deploy.superseded"
        case .diskFull: "deploy.disk-full"
        case .hostUnreachable: "deploy.host-unreachable"
        case .leaseRefused: "deploy.lease-refused"
        case .leaseLost: "deploy.lease-lost"
        case .coordinatorLost: "deploy.coordinator-lost"
        case .hostsDiffer: "deploy.hosts-differ"
        case .unwritten: "deploy.unwritten"
        case .revertFailed: "deploy.revert-failed"
        case .impossible: "deploy.impossible"
        }
    }

    /// What went wrong, as a clause without a full stop.
    package static func text(of reason: Reason, members: [Member]) -> String {
        switch reason {
        case .preflight(let problems): problems.map(\.summary).joined(separator: "; ")
        case .fetchFailed(let release, let error): "\(release) could not be fetched: \(RuntimeWords.text(error))"
        case .startFailed(let release, let error): "\(release) could not be started: \(RuntimeWords.text(error))"
        case .runtimeFailed(let error): RuntimeWords.text(error)
        case .switchFailed(let error): "the switch failed: \(RuntimeWords.text(error, of: "it"))"
        case .secretsFailed(let text): "secrets could not be read: \(text)"
        case .migrationFailed(let release, let end): "the migration of \(release) \(ended(end))"
        case .hookFailed(let release, let hook, let end): "the hook '\(hook)' of \(release) \(ended(end))"
        case .unhealthy(let release, let diagnosis): unhealthy(release, diagnosis)
        case .smokeFailed(let release, let request, let failure):
            "\(release) failed its smoke test '\(request)': \(ProbeWords.text(failure, at: nil))"
        case .notReachable(let release, let failure):
            "\(release) did not answer through the public route: \(ProbeWords.text(failure, at: nil))"
        case .watchFailed(let release, let failure): "\(release) failed under traffic: \(watch(failure))"
        case .replicaDied(let release, let replica, let exit):
            // Without an exit it was only seen not to be where it was proven.
            exit.map { "\(replica) of \(release) ended by itself: it \($0)" }
                ?? "\(replica) of \(release) does not run any more, or was cut off from its network"
        case .phaseTimeout(let phase, let limit): "\(phase.rawValue) took longer than \(ProbeWords.seconds(limit))"
        case .rolloutTimeout(let limit): "the rollout took longer than \(ProbeWords.seconds(limit))"
        case .stepLost(let kind, let name):
            "how the \(kind.rawValue) '\(name)' ended cannot be found, and it is never repeated by itself"
        case .aborted(let by): "aborted by \(by)"
        case .rolledBack(let by): "rolled back by \(by)"
        case .superseded(let by): "superseded by \(by)"
        case .diskFull(let path): "the disk that holds \(path) is full"
        case .hostUnreachable(let host): "host \(host) gives no answer"
        case .leaseRefused(let host, let refusal): "host \(host) \(refused(refusal))"
        case .leaseLost(let host): "host \(host) could not be reached for too long"
        case .coordinatorLost(let author):
            "the host that coordinates what \(author) began has not been heard of for \(ProbeWords.seconds(HostLease.limit))"
        case .hostsDiffer(let hosts):
            "\(hosts.map(\.description).joined(separator: ", ")) may be on another release than the other hosts: "
                + "the end of the watch could not be told there"
        case .unwritten:
            "when the daemon started again, it had gone back while its journal could not be written, or nothing of the new "
                + "release ran any more"
        case .revertFailed(let text): "the way back failed: \(text)"
        case .impossible(let text): "an event that cannot happen: \(text)"
        }
    }

    private static func refused(_ refusal: LeaseRefusal) -> String {
        switch refusal {
        case .busy(let holder): "is busy with \(holder)"
        case .passed: "follows a later coordinator"
        case .ended: "has gone on by itself, since its lease had run out"
        case .outdated(let text): "is not as it was when this was planned: \(text)"
        case .unwritten(let text): "cannot write its journal: \(text)"
        case .unknown: "knows nothing of this rollout"
        }
    }

    private static func unhealthy(_ release: ReleaseID, _ diagnosis: Diagnosis) -> String {
        if let exit = diagnosis.exit { return "\(release) \(exit) before it was healthy" }
        if diagnosis.failure == .unhealthy { return "\(release) is unhealthy: its own health check says so" }
        let seen = diagnosis.failure.map { ": " + ProbeWords.text($0, at: diagnosis.endpoint) } ?? ""
        return "\(release) was not healthy within \(ProbeWords.seconds(diagnosis.limit))\(seen)"
    }

    private static func watch(_ failure: WatchVerdict.Failure) -> String {
        switch failure {
        case .errors(let share, let before, let requests):
            "\(percent(share)) of \(requests) answers were errors, \(percent(before)) before the switch"
        case .clientErrors(let share, let before, let requests):
            "\(percent(share)) of \(requests) answers were 4xx, \(percent(before)) before the switch"
        case .latency(let p95, let before, let requests):
            "p95 of \(requests) answers was \(ProbeWords.seconds(p95)), \(ProbeWords.seconds(before)) before the switch"
        }
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private static func ended(_ end: CommandResult) -> String {
        let last = end.tail.last.map { ": \($0)" } ?? ""
        return (end.timedOut ? "was stopped at its time limit" : "ended with \(end.exitCode)") + last
    }

    private static func places(of reason: Reason, in rollout: Rollout) -> [String] {
        let host = rollout.backHost.map { ["on host \($0)"] } ?? []
        let lines = host + rollout.lastLines.suffix(50).map { "  | \($0)" }
        switch reason {
        case .preflight(let problems): return problems.flatMap { [$0.summary] + $0.at }
        case .unhealthy(_, let diagnosis):
            let probes = "\(diagnosis.probes) \(diagnosis.probes == 1 ? "probe" : "probes")"
            return ["\(diagnosis.replica)\(diagnosis.endpoint.map { " at \($0)" } ?? ""), \(probes)"] + lines
        case .migrationFailed(_, let end), .hookFailed(_, _, let end):
            return host + end.tail.suffix(10).map { "  | \($0)" }
        default: return lines
        }
    }

    private static func nextSteps(of reason: Reason, in rollout: Rollout) -> [String] {
        let service = rollout.members.first?.service.service.description ?? ""
        switch reason {
        case .preflight(let problems): return problems.flatMap(\.next)
        case .unhealthy(let release, _):
            return [
                "See its last lines with `teal logs \(release)`, or change `health` of \(release.service.service) in teal.yml"
            ]
        case .smokeFailed(let release, _, _): return ["See its last lines with `teal logs \(release)`"]
        case .watchFailed(let release, _), .replicaDied(let release, _, _), .notReachable(let release, _):
            return ["See what it wrote with `teal logs \(release)`"]
        case .stepLost(let kind, _):
            return [
                "Look whether the \(kind.rawValue) was done, then `teal resume \(rollout.id) --done` or `teal resume \(rollout.id) --again`"
            ]
        case .diskFull(let path), .fetchFailed(_, .diskFull(let path)), .startFailed(_, .diskFull(let path)),
            .runtimeFailed(.diskFull(let path)):
            return ["Free space beside \(path), for example with `teal prune`, and deploy again"]
        case .hostUnreachable, .leaseLost: return ["Look whether the host is up and its daemon runs, then deploy again"]
        case .leaseRefused: return ["Wait for what is under way there, then deploy again"]
        case .hostsDiffer:
            let names = Set(rollout.services.map { "\($0.service)" }).sorted().joined(separator: " ")
            return ["Once they can be reached, bring them after with `teal deploy \(names)`"]
        case .revertFailed: return ["Look at `teal status \(service)` and `teal doctor`"]
        case .startFailed(_, .portTaken): return ["Free the port or change `ports` of the service in teal.yml"]
        case .switchFailed: return ["Look at `teal doctor`"]
        case .unwritten:
            return ["See in the daemon's log, and with `teal logs`, what had happened, then deploy again"]
        default: return []
        }
    }
}
