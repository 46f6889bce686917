import Glibc
import Logging
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess
import TealServer

/// Answers the API: asks the desk, the book and the drivers, and turns what they say into views.
struct Control: DaemonControl {
    let home: Home
    let book: HostBook
    let desk: RolloutDesk
    let journal: any Journal
    let drivers: HostDrivers
    let environments: SealedEnvironments
    let artifacts: ArtifactStore
    let clock: any HostClock
    let logger: Logger

    func version() async throws(Problem) -> VersionAnswer {
        VersionAnswer(
            daemon: TealVersion.program,
            api: Array(TealVersion.apiOldest...TealVersion.apiPresent),
            protocols: ["proxy": 1, "shim": 1],
            host: Self.hostName,
            home: home.root
        )
    }

    static var hostName: String { TextFile.firstLine("/proc/sys/kernel/hostname") ?? "localhost" }

    /// What a journal that cannot be read means to a person.
    func reading<Value>(_ body: () async throws(JournalError) -> Value) async throws(Problem) -> Value {
        do throws(JournalError) {
            return try await body()
        } catch {
            throw Problem("daemon.journal", "the journal cannot be read: \(error)", next: ["Look at `teal doctor`"])
        }
    }

    func rolloutID(_ text: String) async throws(Problem) -> RolloutID {
        if text == "latest" {
            guard
                let newest = try await reading({ () async throws(JournalError) in try await journal.rollouts(most: 1) })
                    .first
            else { throw noSuchRollout(text) }
            return newest.rollout.id
        }
        guard let id = RolloutID(parsing: text) else { throw noSuchRollout(text) }
        return id
    }

    func noSuchRollout(_ text: String) -> Problem {
        Problem(
            "rollout.no-such-rollout",
            "nothing has been changed: there is no rollout \(text) on this host",
            next: ["See the newest ones with `teal status` and `teal history`"]
        )
    }

    func noSuchService(_ key: ServiceKey) -> Problem {
        Problem(
            "service.no-such-service",
            "there is no \(key) on this host",
            next: ["See what there is with `teal status`"]
        )
    }
}
