import TealCore
import TealDriverKit
import TealEngine

/// The environments of releases: one secret each.
struct SimulatedEnvironments: ReleaseEnvironments {
    let incarnation: Incarnation

    func environment(of release: Release) async throws(SecretError) -> [String: Secret] {
        let lost = SecretError.unreadable("input/output error")
        return try await incarnation.call(.environment, .init(cancelled: lost, lost: lost, refused: lost)) {
            () throws(SecretError) in
            ["TOKEN": Secret(Audit.secret)]
        }
    }

    func check(_ release: Release) async throws(SecretError) {}

    func masked(_ lines: [String], of release: Release) async -> [String] {
        lines.map { line in
            guard line.hasSuffix(Audit.secret) else { return line }
            return line.dropLast(Audit.secret.count) + "•••"
        }
    }

    func prune(keeping kept: [Release]) async {}
}

/// What is looked at before a rollout changes anything: runtime, proxy, content and room.
struct SimulatedPreflight: Preflight {
    let incarnation: Incarnation

    func check(_ rollout: Rollout) async -> PreflightReport {
        let world = incarnation.world
        let failing = PreflightReport(problems: [Problem("preflight.runtime", "nothing has been changed: no answer")])
        return await incarnation.look(.preflight, failing: failing) {
            var report = PreflightReport()
            if !world.runtimeIsUp { return failing }
            if !world.proxy.isUp || !world.proxy.isReachable {
                report.problems.append(Problem("preflight.proxy", "nothing has been changed: no answer"))
            }
            if world.disk.isFull, rollout.kind != .rollback {
                report.problems.append(Problem("preflight.disk", "nothing has been changed: the disk is full"))
            }
            for member in rollout.members {
                let content = member.new.content.hash
                guard !world.contents.contains(content), !world.registry.contains(content) else { continue }
                report.problems.append(Problem("preflight.content", "nothing has been changed: it is not there"))
            }
            return report
        }
    }
}

/// `.current_env` of the world's services.
struct SimulatedMarker: ActiveMarker {
    let incarnation: Incarnation

    func mark(_ slot: Slot?, of service: ServiceKey, alsoAt path: String?) async throws(RuntimeError) {
        let world = incarnation.world
        let lost = RuntimeError.unreachable(reason: "input/output error")
        try await incarnation.call(.mark, .init(cancelled: .cancelled, lost: lost, refused: lost)) {
            () throws(RuntimeError) in
            guard world.markers[service] != slot else { return }
            guard !world.disk.isFull else { throw .diskFull(path: "/home") }
            world.markers[service] = slot
        }
    }
}
