import Synchronization
package import TealAPI
package import TealCore
import TealServer

/// A daemon in memory that answers with samples, remembers what it was asked, and fails where it is told to.
package final class FakeDaemon: DaemonControl {
    package struct State: Sendable {
        /// What was asked, one line a call.
        package var calls: [String] = []
        package var requests: [RolloutRequest] = []
        package var builds: [BuildRequest] = []
        package var artifacts: Set<ArtifactHash> = []
        package var artifactBytes = 0
        /// Thrown by the operation of that name.
        package var problems: [Operation: Problem] = [:]
        /// What a stream ends with; nil for a good end.
        package var streamProblem: Problem?
        package var events: [RolloutEvent] = Samples.goodEvents
        /// How many events one stream gives before its connection is lost; nil for all.
        package var eventsPerStream: Int?
        /// Why nothing comes of a build; nil for one that goes well.
        package var buildProblem: Problem?
        /// Whether streams stay open after their last value.
        package var staysOpen = false
        package var began = Samples.rollout()
        /// What one order after the other is answered with, before `began`.
        package var answers: [RolloutView] = []
        /// Whether a rollout that is to begin waits for another one.
        package var waits = false
        package var ended = Samples.rollout(.settled)
        package var plan = Samples.plan
        package var health = Samples.health
        package var doctor = Samples.doctor
        package var prune = Samples.prune
        package var version = Samples.version
        package var adopt = Samples.adopt
        package var accessories = [Samples.accessory]
        /// What a command with an input ends with.
        package var exitCode = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func configure(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    package var calls: [String] { state.withLock { $0.calls } }
    package var builds: [BuildRequest] { state.withLock { $0.builds } }
    package var requests: [RolloutRequest] { state.withLock { $0.requests } }
    package var artifactBytes: Int { state.withLock { $0.artifactBytes } }

    private func note(_ operation: Operation, _ details: String = "") throws(Problem) -> State {
        let now = state.withLock { state in
            state.calls.append(details.isEmpty ? operation.rawValue : "\(operation.rawValue) \(details)")
            return state
        }
        if let problem = now.problems[operation] { throw problem }
        return now
    }

    package func version() async throws(Problem) -> VersionAnswer { try note(.version).version }

    package func hasArtifact(_ hash: ArtifactHash) async throws(Problem) -> Bool {
        try note(.hasArtifact).artifacts.contains(hash)
    }

    package func storeArtifact(
        _ hash: ArtifactHash,
        bytes: AsyncThrowingStream<[UInt8], any Error>
    ) async throws(Problem) {
        _ = try note(.storeArtifact)
        var count = 0
        do {
            for try await piece in bytes { count += piece.count }
        } catch {
            throw error as? Problem ?? APIProblem.internal("the upload ended")
        }
        state.withLock { state in
            state.artifacts.insert(hash)
            state.artifactBytes += count
        }
    }

    package func build(_ request: BuildRequest) async throws(Problem) -> AsyncThrowingStream<BuildStreamLine, any Error>
    {
        state.withLock { $0.builds.append(request) }
        let now = try note(.build, "\(request.service) \(request.commit?.description ?? "\(request.source.ref)")")
        let events = Samples.buildEvents(of: "\(request.service)").map { BuildStreamLine(event: $0) }
        guard now.buildProblem == nil else {
            return AsyncThrowingStream { feed in
                for line in events { feed.yield(line) }
                feed.finish(throwing: now.buildProblem)
            }
        }
        return stream(events + [BuildStreamLine(result: Samples.built(request))], now)
    }

    package func plan(_ request: RolloutRequest) async throws(Problem) -> PlanView {
        state.withLock { $0.requests.append(request) }
        return try note(.plan, request.kind.rawValue).plan
    }

    package func beginRollout(_ request: RolloutRequest) async throws(Problem) -> RolloutView {
        state.withLock { $0.requests.append(request) }
        let now = try note(.beginRollout, request.kind.rawValue)
        let answer = state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
        guard now.waits else { return answer ?? now.began }
        do {
            try await Task.sleep(for: Self.waitMax)
        } catch {
            state.withLock { $0.calls.append("left") }
            throw Problem("rollout.caller-left", "nothing has been changed")
        }
        return now.began
    }

    /// How long a rollout waits for another one that never ends.
    private static let waitMax = Duration.seconds(60)

    package func rollouts(of project: ProjectName?, limit: Int) async throws(Problem) -> RolloutList {
        let now = try note(.listRollouts, "\(project?.description ?? "-") \(limit)")
        return RolloutList(rollouts: [now.ended])
    }

    package func rollout(_ id: String, of project: ProjectName?) async throws(Problem) -> RolloutView {
        try note(.showRollout, Self.named(id, project)).ended
    }

    private static func named(_ id: String, _ project: ProjectName?) -> String {
        project.map { "\(id) of \($0)" } ?? id
    }

    package func events(
        of id: String,
        after sequence: Int
    ) async throws(Problem) -> AsyncThrowingStream<RolloutEvent, any Error> {
        let now = try note(.followRollout, "\(id) after \(sequence)")
        let left = now.events.filter { $0.sequence > sequence }
        return stream(Array(left.prefix(now.eventsPerStream ?? left.count)), now)
    }

    package func abortRollout(
        _ id: String,
        of project: ProjectName?,
        _ request: AbortRequest
    ) async throws(Problem) -> RolloutView {
        try note(.abortRollout, "\(Self.named(id, project)) \(request.author)").ended
    }

    package func resumeRollout(
        _ id: String,
        of project: ProjectName?,
        _ request: ResumeRequest
    ) async throws(Problem) -> RolloutView {
        try note(.resumeRollout, "\(Self.named(id, project)) \(request.decision.rawValue)").began
    }

    package func status(_ query: StatusQuery) async throws(Problem) -> StatusView {
        _ = try note(.status, "\(query.project?.description ?? "-") \(query.service?.description ?? "-")")
        return Samples.status
    }

    package func usage(_ query: UsageQuery) async throws(Problem) -> UsageView {
        _ = try note(.usage, "\(query.project?.description ?? "-") \(query.service?.description ?? "-")")
        return Samples.usage
    }

    package func releases(of service: ServiceKey, limit: Int) async throws(Problem) -> ReleaseList {
        _ = try note(.releases, "\(service) \(limit)")
        return ReleaseList(releases: [Samples.release])
    }

    package func logs(_ query: LogQuery) async throws(Problem) -> AsyncThrowingStream<LogEntry, any Error> {
        let release = query.release.map { "@\($0)" } ?? ""
        let now = try note(.logs, "\(query.service?.description ?? "-")\(release) \(query.tail) \(query.follow)")
        return stream([Samples.entry], now)
    }

    package func exec(_ request: ExecRequest) async throws(Problem) -> ExecAnswer {
        _ = try note(.exec, "\(request.service) \(request.command.joined(separator: " "))")
        return Samples.answer
    }

    package func exec(
        _ request: ExecRequest,
        input: (@Sendable () async -> [UInt8]?)?,
        output: @escaping @Sendable ([UInt8], Bool) async -> Void
    ) async throws(Problem) -> (exitCode: Int, timedOut: Bool) {
        _ = try note(.execStream, "\(request.service) \(request.command.joined(separator: " "))")
        // Says back what it reads, and how much that was.
        var count = 0
        while let bytes = await input?() {
            count += bytes.count
            await output(bytes, false)
        }
        await output(Array("\(input == nil ? "no input" : "\(count) bytes")\n".utf8), true)
        return (state.withLock { $0.exitCode }, false)
    }

    package func accessories(_ request: AccessoryRequest) async throws(Problem) -> AccessoriesView {
        let names = request.services.map(\.description).joined(separator: " ")
        let now = try note(.accessories, "\(request.action.rawValue) \(names)\(request.apply ? " apply" : "")")
        return AccessoriesView(
            action: request.action,
            accessories: now.accessories,
            applied: request.apply
        )
    }

    package func health(_ request: HealthRequest) async throws(Problem) -> HealthView { try note(.health).health }

    package func prune(_ request: PruneRequest) async throws(Problem) -> PruneView {
        let now = try note(.prune, request.apply ? "apply" : "plan")
        return PruneView(items: now.prune.items, applied: request.apply)
    }

    package func doctor(_ request: DoctorRequest) async throws(Problem) -> DoctorView {
        let fixes = request.fixes.map { ": " + $0.joined(separator: ", ") } ?? ""
        let now = try note(.doctor, request.fix ? "fix\(fixes)" : "look")
        return request.fix ? DoctorView(checks: [], fixed: true) : now.doctor
    }

    package func adopt(_ request: AdoptRequest) async throws(Problem) -> AdoptView {
        let now = try note(.adopt, request.apply ?? "look")
        return request.apply == nil ? now.adopt : now.adopt.done
    }

    private func stream<Value: Sendable>(_ values: [Value], _ now: State) -> AsyncThrowingStream<Value, any Error> {
        AsyncThrowingStream { feed in
            for value in values { feed.yield(value) }
            if !now.staysOpen { feed.finish(throwing: now.streamProblem) }
        }
    }
}
