/// What must hold, as DESIGN.md numbers it, and what users of the services see.
package enum Invariant: String, CaseIterable, Sendable, Codable {
    // Safety: something bad never happens.
    case routesNameProven = "a route points only at running replicas that passed their gates (1)"
    case oldRunsUntilSettle = "until settle begins the old release runs and can take the traffic back (2)"
    case restorable = "the previous release stays restorable (4)"
    case neverForward = "a rollback that names no release goes back, never forward (4)"
    case oneRolloutAService = "two rollouts never touch the same service at once (6)"
    case phasesInStep = "no service enters a phase before all of its rollout have passed the one before"
    case allPrepared = "no host moves its routes before all hosts of the release have them ready"
    case sameRelease = "at the end of a rollout all its hosts are on one release, or it names those that may not be"
    case oneCoordinator = "a daemon from which another one has taken over changes nothing (6)"
    case noSecretsTold = "no secret value is in the journal (7)"
    case nothingStoppedInUse = "nothing is told to stop while requests are in flight on it, until the drain limit (8)"
    case workIsDoneOnce = "no background work is done by a release that is not active (9)"
    case onceOnly = "a once-only step is never done twice"
    case usersAreServed = "no request failed that a correct tool could have served"
    case endIsTrue = "what a rollout says of its end is so"
    // Liveness: something good happens in the end.
    case rolloutsEnd = "every rollout ends by itself (3)"
    case recordsAgree = "when idle, journal, route table, .current_env and restart policies agree (5)"
    case goodIsReleased = "a good release is released when nothing goes wrong"

    package var isLiveness: Bool {
        switch self {
        case .rolloutsEnd, .recordsAgree, .goodIsReleased: true
        default: false
        }
    }
}
