package import TealCore
package import TealDriverKit

/// What a runtime's tests must be able to do around it, so that ``ContainerRuntimeContract`` can hold it to its word.
///
/// A lab is made for one clause, with a home of its own, and is taken away after it.
package protocol ContainerRuntimeLab: Sendable {
    associatedtype Runtime: ContainerRuntime

    /// The runtime under test.
    var runtime: Runtime { get }

    /// What this lab can do; clauses that need more are left out by ``ContainerRuntimeContract/clauses(for:)``.
    static var abilities: Set<LabAbility> { get }

    /// Another runtime on the same home, as after a restart of the daemon.
    func reattached() async throws -> Runtime

    /// A release that behaves as asked. Its content is on the host and was not fetched yet.
    ///
    /// Equal arguments give equal releases. The service's name is `app`, in the project `lab`.
    func release(_ behaviour: LabBehaviour, number: Int) async throws -> Release

    /// Ends the first process of a replica with SIGKILL, from outside of the runtime.
    func killProcess(of replica: ReplicaID) async throws

    /// Changes a byte of a release's content where the runtime keeps it before it is fetched.
    func damageContent(of release: Release) async throws

    /// Takes a release's content away where the runtime keeps it before it is fetched.
    func dropContent(of release: Release) async throws

    /// Opens a listener at an endpoint in a process that is no replica's; it is closed with the lab.
    func occupy(_ endpoint: Endpoint) async throws

    /// A command that leaves a mark under a name each time it runs, says `marked` and ends with 0.
    func markingCommand(_ name: String) -> [String]

    /// How often a marking command ran.
    func marks(_ name: String) async throws -> Int

    /// Ends what holds a once-only run, and nothing else, with SIGKILL, so that no end can be recorded.
    ///
    /// What the run had started may go on by itself.
    func killOnce(_ name: String) async throws

    /// Removes, from outside of the runtime, everything that nothing runs of: as `docker image prune -a -f` and then
    /// `docker system prune -f` do.
    func pruneByHand() async throws
}

extension ContainerRuntimeLab {
    package func pruneByHand() async throws { throw ContractFailure("nobody else prunes here") }
}

/// What not every lab can do.
package enum LabAbility: Hashable, Sendable, CaseIterable {
    /// The owner of a listener can be seen from outside.
    case seesListeners
    /// A replica's memory limit is enforced.
    case limitsMemory
    /// ``ContainerRuntimeLab/damageContent(of:)``
    case damagesContent
    /// ``ContainerRuntimeLab/killOnce(_:)``
    case killsOnce
    /// Content that no kept release needs is freed.
    case prunes
    /// ``ContainerRuntimeLab/pruneByHand()``
    case isPrunedByHand
}

/// How a release of a lab behaves.
///
/// All but the last write `out ready` to their output and `err ready` to their error output when they begin.
package enum LabBehaviour: Hashable, Sendable {
    /// Listens at its endpoint, answers every request with 200, agrees to activate and to deactivate, ends on TERM.
    ///
    /// Writes `activated` or `deactivated` each time it is told so.
    case serve
    /// Listens at another port than it was told, and not at its own.
    case serveElsewhere
    /// Runs without a listener; on TERM it ends with 0, on USR1 it writes `usr1`, on USR2 it ends with 7.
    case idle
    /// As `idle`, and lets TERM pass by.
    case ignoreTerm
    /// Ends at once with this code, after `out ready`.
    case exit(code: Int)
    /// As `idle`, and writes `tick <n>` every 50 ms.
    case speak
    /// Takes memory until it is stopped, at least 200 MiB a second, with a limit of 64 MiB.
    case growMemory
    /// Has a command that is not there.
    case cannotLaunch
}
