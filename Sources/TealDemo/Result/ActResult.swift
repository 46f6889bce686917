import TealAPI

/// What came of one act, in Teal's words.
struct ActResult: Hashable {
    let act: Act
    /// The state in Teal's word, such as `kept`.
    let outcome: String
    /// From the beginning of the rollout to its end.
    let seconds: Double
    /// From the beginning until the new release had all routes; nil when it never had.
    let switchedSeconds: Double?
    /// One clause; what took over from what when all went well.
    let reason: String
    /// What a person is told of a rollout that did not end as asked; nil when it did.
    let problem: ProblemBody?

    init(act: Act, rollout: RolloutView) {
        self.act = act
        outcome = rollout.outcome.state.rawValue
        seconds = rollout.elapsedSeconds
        switchedSeconds = rollout.moments.first { $0.moment == .switched }?.seconds
        problem = rollout.problem
        reason =
            rollout.outcome.because
            ?? rollout.services.map { service in
                service.from.map { "\(service.to) took over from \($0)" } ?? "\(service.to) is the first release"
            }.joined(separator: ", ")
    }

    var isAsExpected: Bool { outcome == act.expected.state && problem?.code == act.expected.code }

    /// The outcome as people say it.
    var words: String {
        switch outcome {
        case "kept": "kept out"
        case "reverted": "taken back"
        default: outcome
        }
    }
}
