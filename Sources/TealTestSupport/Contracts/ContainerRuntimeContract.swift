import TealDriverKit

/// What every ``ContainerRuntime`` keeps to, clause by clause.
///
/// Each clause is a test of its own, against a lab of its own. The name of a clause is the sentence that it proves.
package enum ContainerRuntimeContract: String, CaseIterable, Sendable, CustomStringConvertible {
    // Starting
    case startIsRepeatable = "starting what runs leaves it as it is"
    case startNeedsContent = "a release without content is refused"
    case startSaysWhyItFails = "a command that is not there is a launch that failed, and nothing is left running"
    case placeIsTaken = "another release in a place that runs is refused"
    case endpointStays = "a replica keeps its endpoint when it is stopped and started, and across restarts"
    case placeKeepsEndpoint = "a place keeps its endpoint from one release to the next"
    case endpointsDiffer = "no two replicas have the same endpoint"
    case environmentIsGiven = "a replica gets its own environment and what Teal adds"
    // Ending
    case noPolicyAtStart = "a replica that is killed stays ended, with its code, when it has no restart policy"
    case exitCodeIsKept = "the code of a replica that ended by itself is known"
    case unlessStoppedRestarts = "a replica with a restart policy is started again, as a new run"
    case policyCanBeTaken = "a restart policy that was taken away does not restart"
    case startForgetsPolicy = "a new start has no restart policy"
    case outOfMemoryIsSaid = "a replica that takes too much memory ends as out of memory, at once"
    // Stopping
    case stopHonoursGrace = "a stop sends the signal, and kills only after the grace"
    case stopSendsSignal = "a stop sends the signal that the policy names"
    case stopIsRepeatable = "stopping what does not run, or was never there, succeeds"
    case stopBeatsPolicy = "a replica that was stopped is not started again, whatever its policy"
    case startAgain = "what was stopped can be started again, as a new run"
    case removeIsRepeatable = "removing twice succeeds, and nothing is known of it afterwards"
    // Looking
    case allAreListed = "a runtime that is made again finds every replica as it is"
    case servicesAreApart = "of one service its own replicas are listed, and no others"
    case untouchedHasNoDrift = "what nobody touched does not differ from what was made, running or stopped"
    case mendStartsNothing =
        "a mend leaves a run that is as it should be, and starts nothing in the place of one that ended"
    case eventsAreSeen = "starts, ends and removals are told"
    case tailHasBothStreams = "the log's tail has the last lines of both streams, oldest first"
    case tailIsOfThisRelease = "the log's tail has no lines of the release before"
    case followSeesNewLines = "a followed log gives new lines as they come"
    case listenersAreJudged = "who listens is told: the replica, another, nobody, or the replica on another port"
    case usageIsCounted = "what a running replica uses is counted, and of a stopped one nothing"
    // Asking
    case executeTellsEnd = "a command beside a replica gives its code and its output, in the replica's environment"
    case executeIsLimited = "a command beside a replica ends at its limit"
    case activityIsAsked = "a replica agrees to begin and to end its work"
    case activityIsRefused = "a replica that does not answer has refused"
    case activityBySignal = "a signal for background work reaches the replica"
    // Once
    case onceRunsOnce = "a once-only command runs once, and its end is given again under the same name"
    case onceTellsFailure = "the code and the last lines of a once-only command are kept"
    case onceIsLimited = "a once-only command ends at its limit"
    case onceNeverBegun = "of a name that was never used nothing was begun"
    case onceIsFoundRunning = "a once-only command goes on without the runtime, and is waited for by the next"
    case onceKilledIsUnknown =
        "a once-only command that was killed is unknown once nothing of it runs, and is not run again"
    // Content
    case missingContent = "content that is not there is missing"
    case damagedContent = "content that was changed is damaged"
    case fetchIsRepeatable = "fetching twice succeeds"
    case foreignPruneCostsNothing =
        "what a foreign hand pruned is made anew from the kept content, at its endpoint, and that is said"
    case pruneKeeps = "what a kept release or a replica needs is not freed"

    package var description: String { rawValue }

    /// What a lab must be able to do for this clause.
    package var needs: LabAbility? {
        switch self {
        case .outOfMemoryIsSaid: .limitsMemory
        case .listenersAreJudged: .seesListeners
        case .damagedContent: .damagesContent
        case .onceKilledIsUnknown: .killsOnce
        case .pruneKeeps: .prunes
        case .foreignPruneCostsNothing: .isPrunedByHand
        default: nil
        }
    }

    /// The clauses that a lab with these abilities can check.
    package static func clauses(for abilities: Set<LabAbility>) -> [Self] {
        allCases.filter { clause in clause.needs.map { abilities.contains($0) } ?? true }
    }

    /// Throws when the clause does not hold.
    package func check(_ lab: some ContainerRuntimeLab) async throws {
        let bench = RuntimeBench(lab: lab)
        switch self {
        case .startIsRepeatable: try await bench.startIsRepeatable()
        case .startNeedsContent: try await bench.startNeedsContent()
        case .startSaysWhyItFails: try await bench.startSaysWhyItFails()
        case .placeIsTaken: try await bench.placeIsTaken()
        case .endpointStays: try await bench.endpointStays()
        case .placeKeepsEndpoint: try await bench.placeKeepsEndpoint()
        case .endpointsDiffer: try await bench.endpointsDiffer()
        case .environmentIsGiven: try await bench.environmentIsGiven()
        case .noPolicyAtStart: try await bench.noPolicyAtStart()
        case .exitCodeIsKept: try await bench.exitCodeIsKept()
        case .unlessStoppedRestarts: try await bench.unlessStoppedRestarts()
        case .policyCanBeTaken: try await bench.policyCanBeTaken()
        case .startForgetsPolicy: try await bench.startForgetsPolicy()
        case .outOfMemoryIsSaid: try await bench.outOfMemoryIsSaid()
        case .stopHonoursGrace: try await bench.stopHonoursGrace()
        case .stopSendsSignal: try await bench.stopSendsSignal()
        case .stopIsRepeatable: try await bench.stopIsRepeatable()
        case .stopBeatsPolicy: try await bench.stopBeatsPolicy()
        case .startAgain: try await bench.startAgain()
        case .removeIsRepeatable: try await bench.removeIsRepeatable()
        case .allAreListed: try await bench.allAreListed()
        case .servicesAreApart: try await bench.servicesAreApart()
        case .untouchedHasNoDrift: try await bench.untouchedHasNoDrift()
        case .usageIsCounted: try await bench.usageIsCounted()
        case .mendStartsNothing: try await bench.mendStartsNothing()
        case .eventsAreSeen: try await bench.eventsAreSeen()
        case .tailHasBothStreams: try await bench.tailHasBothStreams()
        case .tailIsOfThisRelease: try await bench.tailIsOfThisRelease()
        case .followSeesNewLines: try await bench.followSeesNewLines()
        case .listenersAreJudged: try await bench.listenersAreJudged()
        case .executeTellsEnd: try await bench.executeTellsEnd()
        case .executeIsLimited: try await bench.executeIsLimited()
        case .activityIsAsked: try await bench.activityIsAsked()
        case .activityIsRefused: try await bench.activityIsRefused()
        case .activityBySignal: try await bench.activityBySignal()
        case .onceRunsOnce: try await bench.onceRunsOnce()
        case .onceTellsFailure: try await bench.onceTellsFailure()
        case .onceIsLimited: try await bench.onceIsLimited()
        case .onceNeverBegun: try await bench.onceNeverBegun()
        case .onceIsFoundRunning: try await bench.onceIsFoundRunning()
        case .onceKilledIsUnknown: try await bench.onceKilledIsUnknown()
        case .missingContent: try await bench.missingContent()
        case .damagedContent: try await bench.damagedContent()
        case .fetchIsRepeatable: try await bench.fetchIsRepeatable()
        case .foreignPruneCostsNothing: try await bench.foreignPruneCostsNothing()
        case .pruneKeeps: try await bench.pruneKeeps()
        }
    }
}
