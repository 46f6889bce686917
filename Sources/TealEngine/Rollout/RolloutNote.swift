package import TealCore
import TealDriverKit

/// Something in a rollout that people are told, in the order in which it happened.
package enum RolloutNote: Hashable, Sendable, Codable {
    case phaseBegan(Phase)
    case phaseEnded(Phase)
    case moment(Moment)
    /// What it waits for, until when at the latest, and what ends the wait.
    case waiting(Wait, until: Timestamp)
    case progress(ServiceKey?, String)
    case warning(String)
    case ended(Outcome)

    /// What a rollout can wait for.
    package enum Wait: Hashable, Sendable, Codable {
        case health(ReleaseID)
        case quiet(upgraded: Int)
        case watch
        case drain(requests: Int, upgraded: Int)
        case once(String)
    }
}

/// The three moments of a rollout that are always shown.
package enum Moment: String, Hashable, Sendable, Codable, CaseIterable {
    /// All routes lead to the new release, and it was seen to answer through them.
    case switched
    /// The watch has passed.
    case released
    /// The old release has stopped and everything is recorded.
    case settled
}
