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
    /// Runs commands with an input.
    let commands: any CommandStreaming
    let wards: [Ward]
    let environments: SealedEnvironments
    let artifacts: ArtifactStore
    let sources: any SourceBuilder
    let images: ReleaseImages
    let adopter: any ContainerAdopter
    let hostSwitch: any HostSwitch
    let clock: any HostClock
    let logger: Logger
    /// Lets the keepers look at once.
    let wakeKeeper: @Sendable () async -> Void

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

    /// The rollout that is meant; `latest` is looked for among those of a project, or of the host without one.
    func rolloutID(
        _ text: String,
        of project: ProjectName?,
        _ latest: LatestRollout
    ) async throws(Problem) -> RolloutID {
        if text == "latest" {
            if let id = try latest.choose(from: await desk.unended.map(\.rollout), of: project) { return id }
            let newest = try await reading { () async throws(JournalError) in
                try await journal.rollouts(of: project, most: 1)
            }
            guard let id = newest.first?.rollout.id else { throw noSuchRollout(text) }
            return id
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

    func noSuchService(_ key: ServiceKey) -> Problem { noSuchService(key.service, of: key.project) }

    func noSuchService(_ name: ServiceName, of project: ProjectName?) -> Problem {
        Problem(
            "service.no-such-service",
            "there is no \(project.map { "\($0)/" } ?? "")\(name) on this host",
            next: ["See what there is with `teal status`"]
        )
    }
}
