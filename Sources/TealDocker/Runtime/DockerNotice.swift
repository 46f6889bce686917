package import TealCore
package import TealDriverKit

/// What a person should know of the containers, and no answer of the runtime says.
package enum DockerNotice: Hashable, Sendable {
    /// A place's record cannot be read, and why; what its container says is told instead. Once until it can be read again.
    case recordUnreadable(ReplicaID, RuntimeError)
    /// A run that the Engine began by itself could not be told what its background work is to do, why, and for how long that
    /// was tried. It is tried again when the Engine, or another run of it, begins.
    case activityUntold(ReplicaID, active: Bool, RuntimeError, after: Duration)
}
