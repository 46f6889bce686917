import TealAPI
import TealClient
import TealCore

/// What all commands do that begin a rollout: show its plan, or begin it and watch it.
struct Rollouts {
    let client: DaemonClient
    let report: Report

    func begin(_ request: RolloutRequest, watch: WatchOptions, isDry: Bool) async throws {
        if isDry { return try await showPlan(request) }
        let view = try await client.beginRollout(request)
        try await self.watch(
            view,
            until: request.options.until,
            onCancel: watch.onCancel,
            wantsTakeBack: request.kind == .rollback
        )
    }

    /// Watches a rollout and ends with the exit code of its outcome.
    ///
    /// - Parameters:
    ///   - view: The rollout.
    ///   - until: The moment after which the watching ends.
    ///   - onCancel: What an interruption means.
    ///   - wantsTakeBack: Whether a rollout that is taken back by a person is what was asked for.
    /// - Throws: The exit code of any outcome but the wanted one.
    func watch(
        _ view: RolloutView,
        until: RolloutMoment,
        onCancel: CancelPolicy,
        wantsTakeBack: Bool = false
    ) async throws {
        let watch = RolloutWatch(
            client: client,
            report: report,
            until: until,
            onCancel: onCancel,
            wantsTakeBack: wantsTakeBack
        )
        let exit = try await watch.run(view)
        guard exit == .done else { throw CommandFailure.silent(exit) }
    }

    /// Shows what a rollout would do; ends with a refusal when it could not begin now.
    func showPlan(_ request: RolloutRequest) async throws {
        let plan = try await client.plan(request)
        report.write(plan) { PlanText(style: $0).lines(plan) }
        guard plan.problems.isEmpty else {
            throw CommandFailure(report.format == .json ? [] : plan.problems, exit: .refused)
        }
    }
}
