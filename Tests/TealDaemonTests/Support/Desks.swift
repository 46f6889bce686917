import Logging
import TealCore
import TealDriverKit
import TealTestSupport

@testable import TealDaemon
@testable import TealEngine

/// Releases and rollouts of one service, `web` of the project `shop`.
struct Samples {
    private let journal: JournalSamples

    init(project: String = "shop") throws { journal = try JournalSamples(project: project) }

    /// The name of another service.
    var other: ServiceName { get throws { try ServiceName(parsing: "api") } }
    var key: ServiceKey { get throws { try journal.key("web") } }

    func release(_ number: Int, _ change: (inout ServiceSpec) -> Void = { _ in }) throws -> Release {
        let made = try journal.release(number).release
        var spec = made.spec
        change(&spec)
        return Release(
            id: made.id,
            environment: made.environment,
            spec: spec,
            content: made.content,
            secretVersions: [:],
            configurationHash: made.configurationHash,
            gitCommit: nil,
            author: made.author,
            createdAt: made.createdAt
        )
    }

    static let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)

    /// A release of an image instead of an artifact.
    func image(
        _ number: Int,
        _ reference: String = "shop:1",
        _ content: ReleaseContent = .image(digest: Samples.digest),
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> Release {
        let made = try release(number) { spec in
            spec.source = .image(reference)
            change(&spec)
        }
        return Release(
            id: made.id,
            environment: made.environment,
            spec: made.spec,
            content: content,
            secretVersions: [:],
            configurationHash: made.configurationHash,
            gitCommit: nil,
            author: made.author,
            createdAt: made.createdAt
        )
    }

    func member(_ new: Int, over old: Int?, _ change: (inout ServiceSpec) -> Void = { _ in }) throws -> Member {
        let release = try release(new, change)
        let oldRelease = try old.map { try self.release($0, change) }
        return Member(
            service: release.id.service,
            new: release,
            old: oldRelease,
            slot: .green,
            oldSlot: old == nil ? nil : .blue,
            displaced: nil,
            mode: Member.mode(of: release.spec, replacing: oldRelease?.spec),
            warmRuns: false
        )
    }

    func rollout(
        _ number: Int = 1,
        _ kind: Rollout.Kind = .deploy,
        _ new: Int = 42,
        over old: Int? = 41,
        in leg: Leg = .watch,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> Rollout {
        var rollout = Rollout(
            id: RolloutID(number: number),
            kind: kind,
            members: [try member(new, over: old, change)],
            author: "anna",
            now: Timestamp(nanoseconds: 1)
        )
        rollout.leg = leg
        rollout.reached = leg.isBack ? .watch : leg
        if leg.isBack { rollout.backReason = .rolledBack(by: "bert") }
        return rollout
    }

    /// A host on which one release is active and those before it were.
    func state(active number: Int, last: Int? = nil) throws -> HostState {
        var record = ServiceRecord(service: try key, environment: try release(1).environment)
        record.lastRelease = last ?? number
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        record.blue = .init(release: try release(number).id)
        let releases = try (1...(last ?? number)).map { number in
            var record = ReleaseRecord(release: try release(number))
            record.wasActive = true
            record.endedWell = true
            return record
        }
        return HostState(services: [record], releases: releases)
    }
}

/// A desk whose rollouts do nothing but what a test lets them.
struct Desk {
    let desk: RolloutDesk
    let journal: MemoryJournal
    let clock = BootClock()

    /// Runs `work` while the desk runs; the steps of its rollouts end when they are cancelled, with what `perform` says.
    static func with<Result: Sendable>(
        _ state: HostState,
        perform: @escaping @Sendable (Step, Rollout) async -> StepResult? = { _, _ in nil },
        _ work: @Sendable (Desk) async throws -> Result
    ) async throws -> Result {
        let journal = MemoryJournal()
        try await journal.append(
            state.services.values.map { .service($0) } + state.releases.values.map { .release($0) }
        )
        let contents = try await journal.read()
        let book = HostBook(contents: contents, journal: journal, trafficSwitch: WillingSwitch())
        let clock = BootClock()
        var logger = Logger(label: "teal.test")
        logger.logLevel = .critical
        let desk = RolloutDesk(
            contents: contents,
            book: book,
            journal: journal,
            runtime: AbsentRuntime(),
            clock: clock,
            logger: logger
        ) { observe in
            .init(
                journal: journal,
                performer: Performer(answer: perform),
                clock: clock,
                observe: observe,
                reach: { _ in }
            )
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await desk.run() }
            defer { group.cancelAll() }
            let result = try await work(Desk(desk: desk, journal: journal))
            await desk.stop()
            return result
        }
    }

    /// Begins a rollout of `web`.
    func begin(
        _ kind: Rollout.Kind,
        _ new: Int,
        over old: Int?,
        abortsUntil: Moment? = nil
    ) async throws -> RolloutSnapshot {
        let samples = try Samples()
        let member = try samples.member(new, over: old)
        let begun = try await desk.begin(
            kind: kind,
            author: "anna",
            abortsUntil: abortsUntil,
            services: [samples.key]
        ) { _ in
            var planned = Planner.Planned()
            planned.members = [member]
            return planned
        }
        guard case .begun(let snapshot) = begun else { throw DidNotBegin() }
        return snapshot
    }
}

struct DidNotBegin: Error {}

/// Performs nothing, unless a test says what.
private struct Performer: StepPerformer {
    let answer: @Sendable (Step, Rollout) async -> StepResult?

    func perform(_ step: Step, of rollout: Rollout) async -> StepResult {
        if let result = await answer(step, rollout) { return result }
        // Ends when the step is cancelled.
        try? await Task.sleep(for: .seconds(60))
        return .failed(.init(.runtimeFailed(.cancelled)))
    }
}
