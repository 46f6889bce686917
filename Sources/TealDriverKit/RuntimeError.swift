package import TealCore

/// Why a runtime could not do what it was asked.
package enum RuntimeError: Error, Hashable, Sendable, Codable {
    /// The runtime gives no answer.
    case unreachable(reason: String)
    /// Another engine answers than the one that has this home's replicas: of those nothing can be said.
    case anotherEngine(String)
    case contentMissing(ReleaseID)
    /// The content does not hash to its name, or cannot be unpacked.
    case contentDamaged(String)
    case diskFull(path: String)
    /// The program could not be launched: it is not there, not executable, or the system refused.
    case launchFailed(String)
    /// No free port in the range, or the fixed port is taken; by whom where that can be read.
    case portTaken(port: Int, by: String?)
    /// Another release's replica is in this place.
    case placeTaken(by: ReleaseID)
    case noSuchReplica(ReplicaID)
    /// It did not end although it was killed.
    case doesNotStop(ReplicaID)
    /// A call for background work was refused or not answered.
    case activityRefused(String)
    /// A once-only run began, does not run any more, and left no end behind.
    case endUnknown(String)
    case timedOut(String)
    case refused(String)
    case cancelled

    /// Whether the same call may succeed a moment later.
    package var isPassing: Bool {
        switch self {
        case .unreachable, .anotherEngine, .timedOut, .doesNotStop: true
        default: false
        }
    }
}
