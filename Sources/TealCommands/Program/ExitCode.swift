package import TealAPI
package import TealClient

/// What a command's exit code says; documented in `docs/cli.md`.
package enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
    /// It was done, as far as was asked for.
    case done = 0
    /// It was refused or failed, and what served before still serves.
    case refused = 1
    /// The command line was wrong.
    case usage = 2
    /// The new release took traffic and was taken back.
    case reverted = 3
    /// The rollout halted; a person has to decide.
    case halted = 4
    /// No daemon answers, or the connection to it was lost.
    case unreachable = 5
    /// Another rollout holds a service.
    case busy = 6
    /// The command left; the rollout goes on.
    case detached = 7
    /// A check looked and found something wrong.
    case found = 8
    /// Another daemon has taken over the home of this one, which must not be started again.
    case superseded = 9

    /// What the code means, for `docs/cli.md`.
    package var meaning: String {
        switch self {
        case .done: "Done, as far as was asked for (`--until`)."
        case .refused: "Refused or failed; what served before still serves. A new release was kept out."
        case .usage: "The command line was wrong."
        case .reverted: "The new release took traffic and was taken back; the old one serves again."
        case .halted: "The rollout halted; a person has to decide, and the last lines say how."
        case .unreachable: "No daemon answers, or the connection was lost and did not come back."
        case .busy: "Another rollout holds a service; see `--wait` and `--supersede`."
        case .detached: "The command left and the rollout goes on; see `teal attach`."
        case .found: "`teal health` or `teal doctor` found something wrong."
        case .superseded: "`teal serve` ended since another daemon has taken over its home."
        }
    }

    /// The code for how a rollout stands.
    package init(_ outcome: RolloutOutcome.State) {
        switch outcome {
        case .running, .released, .settled: self = .done
        case .kept: self = .refused
        case .reverted: self = .reverted
        case .halted: self = .halted
        }
    }

    /// The code for how a rollout stands that was taken back because that was asked for.
    package init(takingBack outcome: RolloutOutcome.State) {
        switch outcome {
        case .running, .released, .kept, .reverted: self = .done
        case .settled: self = .refused
        case .halted: self = .halted
        }
    }

    /// The code for a call that failed.
    package init(_ failure: ClientFailure) {
        switch failure {
        case .refused(let body): self = ["deploy.busy", "accessory.busy"].contains(body.code) ? .busy : .refused
        case .unreachable, .lost: self = .unreachable
        case .cancelled: self = .detached
        }
    }
}
