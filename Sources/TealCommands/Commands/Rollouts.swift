import TealAPI
import TealClient
import TealCore

/// What all commands do that begin a rollout: show its plan, or begin it and watch it.
struct Rollouts {
    let client: DaemonClient
    let report: Report

    func begin(_ request: RolloutRequest, watch: WatchOptions, isDry: Bool) async throws {
        if isDry { return try await showPlan(request) }
        var request = request
        while true {
            let stage = RolloutWatch(
                client: client,
                report: report,
                until: request.options.until,
                onCancel: watch.onCancel,
                wantsTakeBack: request.kind == .rollback
            )
            let (exit, answer) = try await stage.runStage { [client, request] in
                try await client.beginRollout(request)
            }
            for left in answer.left ?? [] { report.remark(Self.text(left)) }
            guard exit == .done else {
                if let rest = answer.remaining {
                    report.remark("\(rest.joined(separator: ", ")): not begun; deploy again once this is settled")
                }
                throw CommandFailure.silent(exit)
            }
            guard let rest = answer.remaining else { return }
            report.remark("\(rest.joined(separator: ", ")): next, since what is needed is ready")
            request = request.keeping(only: rest)
        }
    }

    private static func text(_ left: LeftAccessory) -> String {
        "\(left.release) is left as it is, although it has changed (\(left.changes.joined(separator: "; "))); "
            + "replace it with `\(left.next)`"
    }

    /// Watches a rollout and ends with the exit code of its outcome.
    ///
    /// - Parameters:
    ///   - view: The rollout.
    ///   - until: The moment after which the watching ends.
    ///   - onCancel: What an interruption means.
    /// - Throws: The exit code of any outcome but the wanted one.
    func watch(_ view: RolloutView, until: RolloutMoment, onCancel: CancelPolicy) async throws {
        let watch = RolloutWatch(client: client, report: report, until: until, onCancel: onCancel)
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
