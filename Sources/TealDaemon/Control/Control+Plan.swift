import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// Plans: what a rollout would do, without doing it.
extension Control {
    func plan(_ request: RolloutRequest) async throws(Problem) -> PlanView {
        let prepared = try await prepare(request, keepsSecrets: false)
        let state = await book.state
        let decision = prepared.whole(state)
        let planned = decision.planned
        var problems = planned.problems
        var warnings: [String] = []
        if !planned.members.isEmpty {
            let rollout = Rollout(
                id: RolloutID(number: 0),
                kind: prepared.kind,
                members: planned.members,
                author: request.options.author,
                now: clock.now()
            )
            let report = await drivers.preflight.check(rollout)
            // What a deploy hands over is not here yet while it is only planned.
            let later = Set(["preflight.content", "preflight.secrets", "preflight.image"])
            let made = request.options.createNetworks == true ? ["preflight.network"] : []
            let held = request.options.takePorts == true ? ["preflight.port-held"] : []
            problems += report.problems.filter {
                (prepared.kind == .rollback || !later.contains($0.code)) && !made.contains($0.code)
                    && !held.contains($0.code)
            }
            warnings += report.warnings
            warnings += report.problems.filter { made.contains($0.code) }.map {
                $0.summary.replacing("nothing has been changed: ", with: "") + ", and this deploy makes it first"
            }
            warnings += report.problems.filter { held.contains($0.code) }.map {
                $0.summary.replacing("nothing has been changed: ", with: "") + ", and this deploy takes it over"
            }
        }
        for holder in await desk.holders(of: prepared.services) {
            warnings.append(
                "rollout \(holder.rollout.id) holds these services now, in \(holder.rollout.phase.rawValue)"
            )
        }
        if prepared.kind == .rollback { warnings += await newerSecrets(planned) }
        warnings += planned.members.compactMap { AccessoryWords.warning($0) }
        let written = Self.written(request)
        var services: [PlannedService] = []
        for member in planned.members {
            let name = member.service.service
            let image = prepared.images[name]
            if let image {
                if let text = ImageWords.unasked(member.spec, image) { warnings.append(text) }
                warnings += ImageWords.warnings(member.spec, image.traits)
            }
            services.append(PlanViews.planned(member, state, image, prepared.sources[name], written: written[name]))
        }
        services +=
            planned.unchanged.compactMap { PlanViews.unchanged($0, state) }
        services += decision.left.map { PlanViews.left($0, state) }
        let stages = AccessoryCare.stages(planned.members).map { $0.map { "\($0.service.service)" } }
        return PlanView(
            kind: request.kind,
            project: "\(request.project)",
            environment: planned.members.first.map { "\($0.new.environment)" } ?? "",
            services: services,
            problems: problems.map { ProblemBody($0) },
            warnings: warnings,
            stages: prepared.kind == .deploy && stages.count > 1 ? stages : nil
        )
    }

    private static func written(_ request: RolloutRequest) -> [ServiceName: DeployService] {
        guard case .deploy(let order) = request.order else { return [:] }
        return Dictionary(order.services.map { ($0.spec.name, $0) }) { $1 }
    }

    /// Secrets that have a later version than the release to go back to.
    private func newerSecrets(_ planned: Planner.Planned) async -> [String] {
        var lines: [String] = []
        for member in planned.members {
            let names = member.spec.secrets.filter { !$0.rotates }.map(\.name)
            // Versions that cannot be read are found again in preflight.
            guard let current = try? await environments.currentVersions(of: names, for: member.service.project) else {
                continue
            }
            let newer = names.filter { current[$0, default: 0] > member.new.secretVersions[$0, default: 0] }.sorted()
            guard !newer.isEmpty else { continue }
            lines.append(
                "\(newer.joined(separator: ", ")) changed after \(member.new.id); it gets the values that it had "
                    + "(`--with-current-secrets` gives it today's)"
            )
        }
        return lines
    }
}
