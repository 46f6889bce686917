import Logging
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Rollouts: begin, follow, end.
extension Control {
    func beginRollout(_ request: RolloutRequest) async throws(Problem) -> RolloutView {
        if case .rollback(let order) = request.order { return try await beginRollback(order, request) }
        let prepared = try await prepare(request)
        if request.options.createNetworks == true { try await makeNetworks(of: prepared) }
        if let problem = await foreseen(prepared, request) { throw problem }
        let members = prepared.plan(await book.state).members
        try await hostSwitch.agree(members, takesAny: request.options.takePorts == true)
        let deadline = clock.now() + Self.span(request.options.waitSeconds)
        var hasHurried = false
        while true {
            // Nobody is left who wanted it; asked again after every wait.
            guard !Task.isCancelled else { throw Self.callerLeft }
            switch try await begin(prepared, request) {
            case .begun(let snapshot): return await answer(to: prepared, with: snapshot)
            case .unchanged(let services):
                let left = prepared.whole(await book.state).left
                return unchanged(services, request).answering(
                    remaining: nil,
                    left: left.isEmpty ? nil : left.map(AccessoryWords.left)
                )
            case .busy: break
            }
            let holders = await desk.holders(of: prepared.services)
            if request.options.supersede, !hasHurried {
                hasHurried = true
                for holder in holders { await supersede(holder, by: request.options.author) }
            }
            let waitsFor = request.options.supersede ? max(deadline, clock.now() + Self.supersedeWait) : deadline
            guard clock.now() < waitsFor, await desk.waitUntilFree(prepared.services, until: waitsFor) else {
                guard !Task.isCancelled else { throw Self.callerLeft }
                throw busy(holders.first, prepared.services)
            }
        }
    }

    /// The view of a rollout that was begun, with what of its order it does not do.
    private func answer(to prepared: Prepared, with snapshot: RolloutSnapshot) async -> RolloutView {
        let rollout = snapshot.rollout
        await forgetStops(of: rollout)
        let whole = prepared.whole(await book.state)
        let begun = Set(rollout.services)
        let rest = whole.planned.members.map(\.service).filter { !begun.contains($0) }
        return await view(of: snapshot).answering(
            remaining: rest.isEmpty ? nil : rest.map { "\($0.service)" },
            left: whole.left.isEmpty ? nil : whole.left.map(AccessoryWords.left)
        )
    }

    /// A new release is to run, whoever stopped the one before it.
    func forgetStops(of rollout: Rollout) async {
        let stopped = await book.state.services.values.filter { $0.stopped != nil }.map(\.service)
        let services = Set(stopped).intersection(rollout.services)
        guard !services.isEmpty else { return }
        do throws(BookError) {
            try await book.change { state in
                for service in services { state.services[service]?.stopped = nil }
            }
        } catch {
            // It says nothing of the new release; only one that comes back would be left as it is then.
            logger.warning("A stop could not be forgotten", metadata: ["error": "\(error)"])
        }
    }

    /// What would stop a later rollout of an order that takes several: nothing is begun then.
    private func foreseen(_ prepared: Prepared, _ request: RolloutRequest) async -> Problem? {
        let state = await book.state
        let whole = prepared.whole(state).planned
        guard whole.problems.isEmpty, AccessoryCare.stages(whole.members).count > 1 else { return nil }
        let rollout = Rollout(
            id: RolloutID(number: 0),
            kind: prepared.kind,
            members: whole.members,
            author: request.options.author,
            now: clock.now()
        )
        let problems = await drivers.preflight.check(rollout).problems
        return problems.isEmpty ? nil : RolloutDesk.together(problems)
    }

    /// Makes the networks that containers are written to be in, and that somebody else was to make.
    private func makeNetworks(of prepared: Prepared) async throws(Problem) {
        for member in prepared.whole(await book.state).planned.members where member.spec.written != nil {
            do throws(RuntimeError) {
                for need in try await drivers.runtime.missing(for: member.new) {
                    guard let network = need.network else { continue }
                    try await drivers.runtime.makeNetwork(network)
                    logger.notice("Network made", metadata: ["network.name": "\(network)"])
                }
            } catch {
                throw Problem(
                    "deploy.networks",
                    "no service has been changed: the networks of \(member.new.id) were not made: \(RuntimeWords.text(error))",
                    next: ["Make them with `docker network create`, then deploy without `--create-networks`"]
                )
            }
        }
    }

    /// A span that a caller gave in seconds, between none and the longest one.
    private static func span(_ seconds: Double) -> Duration {
        .milliseconds(Int64(min(max(0, seconds), APILimits.waitSecondsMax) * 1000))
    }

    private func begin(_ prepared: Prepared, _ request: RolloutRequest) async throws(Problem) -> RolloutDesk.Begun {
        let waitsFor: Moment? =
            request.options.onCancel == .abort ? (request.options.until == .switched ? .switched : .released) : nil
        // What is being written down is written to its end, whether or not the caller leaves meanwhile.
        let writing = Task { [desk] () -> Result<RolloutDesk.Begun, Problem> in
            do throws(Problem) {
                return .success(
                    try await desk.begin(
                        kind: prepared.kind,
                        author: request.options.author,
                        abortsUntil: waitsFor,
                        services: prepared.services,
                        plan: prepared.plan
                    )
                )
            } catch {
                return .failure(error)
            }
        }
        let begun = try await writing.value.get()
        if case .begun(let snapshot) = begun, waitsFor != nil { watchFollowers(of: snapshot.rollout.id) }
        return begun
    }

    private static let callerLeft = Problem(
        "rollout.caller-left",
        "nothing has been changed: the connection was closed before the rollout could begin",
        next: ["Ask again, and stay until it has begun"]
    )

    /// A rollback never waits for a deploy: that one goes back, or does what is asked itself.
    private func beginRollback(_ order: RollbackOrder, _ request: RolloutRequest) async throws(Problem) -> RolloutView {
        let author = request.options.author
        let way = RollbackWay(desk: desk, journal: journal, clock: clock)
        while true {
            let services = try await rollbackServices(order)
            switch await way.clear(services, for: .init(release: order.release), by: author) {
            case .answered(let snapshot): return await answer(with: snapshot, author)
            case .held(let holder):
                guard !Task.isCancelled else { throw Self.callerLeft }
                throw busy(holder, services)
            case .free: break
            }
            guard !Task.isCancelled else { throw Self.callerLeft }
            // Only now: what it goes back to depends on what the rollout before it has left.
            let prepared = try await prepare(request)
            switch try await begin(prepared, request) {
            case .begun(let snapshot):
                await forgetStops(of: snapshot.rollout)
                return await view(of: snapshot)
            case .unchanged(let services): return unchanged(services, request)
            case .busy: _ = await desk.waitUntilFree(prepared.services, until: clock.now() + RollbackWay.seenLimit)
            }
        }
    }

    /// The view of a rollout that does what a rollback asked for, on its way back where it is a deploy.
    private func answer(with snapshot: RolloutSnapshot, _ author: String) async -> RolloutView {
        let view = await view(of: snapshot)
        let rollout = snapshot.rollout
        guard view.back == nil, !view.outcome.hasEnded, !rollout.leadsBack else { return view }
        // It was told to go back, and a step that must not be cut short ends first.
        let reason = Reason.rolledBack(by: author)
        return view.goingBack(
            .init(usersAreBack: false, because: RolloutProblem.text(of: reason, members: rollout.members))
        )
    }

    /// How long a rollout that is being superseded may take to end.
    private static var supersedeWait: Duration { .seconds(120) }

    private func supersede(_ holder: RolloutSnapshot, by author: String) async {
        let id = holder.rollout.id
        await desk.send(holder.rollout.hasSwitched ? .hurry(by: author) : .takeBack(.superseded(by: author)), to: id)
    }

    /// Ends a rollout whose caller wanted that when nobody follows it any more.
    private func watchFollowers(of id: RolloutID) {
        // Ends with the rollout or the daemon, whichever is first; nobody needs its result.
        Task { [desk, clock] in
            let grace = Duration.milliseconds(Int64(CancelPolicy.graceSeconds * 1000))
            while await desk.snapshot(of: id) != nil {
                await clock.sleep(until: clock.now() + grace)
                guard await desk.isLost(id) else { continue }
                await clock.sleep(until: clock.now() + grace)
                if await desk.isLost(id) {
                    await desk.send(.takeBack(.aborted(by: "the loss of the connection")), to: id)
                    return
                }
            }
        }
    }

    private func busy(_ holder: RolloutSnapshot?, _ services: [ServiceKey]) -> Problem {
        let names = services.map(\.service.description).joined(separator: ", ")
        guard let holder else {
            return Problem("deploy.busy", "nothing has been changed: another rollout of \(names) has just begun")
        }
        return Problem(
            "deploy.busy",
            "nothing has been changed: rollout \(holder.rollout.id) of \(holder.rollout.author) is in \(holder.rollout.phase.rawValue) "
                + "and holds \(holder.rollout.services.map(\.service.description).joined(separator: ", "))",
            next: [
                "Wait for it with `--wait`, or end its wait with `--supersede`",
                "Follow it with `teal attach \(holder.rollout.id)`",
            ]
        )
    }

    private func unchanged(_ services: [ServiceKey], _ request: RolloutRequest) -> RolloutView {
        RolloutView(
            id: "-",
            kind: request.kind,
            project: "\(request.project)",
            environment: "",
            author: request.options.author,
            startedAt: clock.wallTime(),
            elapsedSeconds: 0,
            services: [],
            phase: nil,
            wait: nil,
            moments: [],
            outcome: .init(
                .settled,
                because: "\(services.map(\.service.description).joined(separator: ", ")): nothing has changed"
            ),
            problem: nil,
            counters: .init(),
            lastEvent: 0
        )
    }

    // MARK: Looking

    func rollouts(of project: ProjectName?, limit: Int) async throws(Problem) -> RolloutList {
        let all = try await reading { () async throws(JournalError) in
            try await journal.rollouts(of: project, most: limit)
        }
        var views: [RolloutView] = []
        for snapshot in all { views.append(await view(of: snapshot)) }
        return RolloutList(rollouts: views)
    }

    func rollout(_ text: String, of project: ProjectName?) async throws(Problem) -> RolloutView {
        await view(of: try await snapshot(text, of: project))
    }

    private func snapshot(
        _ text: String,
        of project: ProjectName?,
        _ latest: LatestRollout = .running
    ) async throws(Problem) -> RolloutSnapshot {
        let id = try await rolloutID(text, of: project, latest)
        if let live = await desk.snapshot(of: id) { return live }
        guard let kept = try await reading({ () async throws(JournalError) in try await journal.rollout(id) }) else {
            throw noSuchRollout(text)
        }
        return kept
    }

    /// A rollout as it stands, with what it waits for now.
    func view(of given: RolloutSnapshot) async -> RolloutView {
        let id = given.rollout.id
        let snapshot = await desk.snapshot(of: id) ?? given
        // Without its notes a view only lacks the wait and the end's time.
        let notes = (try? await journal.notes(of: id, after: 0)) ?? []
        var wait: RolloutWait?
        if snapshot.rollout.outcome == nil, let last = notes.last(where: { $0.leg == snapshot.rollout.leg }),
            case .waiting(let what, _) = last.note
        {
            wait = PhaseWords.wait(what, until: last.elapsed + (last.remaining ?? .zero), snapshot.rollout)
        }
        let isOver = snapshot.rollout.outcome != nil
        let elapsed =
            isOver
            ? notes.last?.elapsed
            : (given.boot == clock.boot ? snapshot.rollout.elapsed(at: clock.now()) : notes.last?.elapsed)
        let end = isOver ? snapshot.createdAt + (elapsed ?? .zero).inSeconds : clock.wallTime()
        let outages = OutageWords.of(
            snapshot.rollout,
            from: snapshot.createdAt,
            to: end,
            await book.state,
            now: clock.wallTime()
        )
        let passed = PortGap.views(
            await hostSwitch.portGaps(),
            of: snapshot.rollout,
            from: snapshot.createdAt,
            to: end
        )
        return RolloutViews.view(
            snapshot,
            lastEvent: notes.last?.sequence ?? 0,
            elapsed: elapsed,
            wait: wait,
            outages: outages,
            portGaps: passed,
            gaps: AccessoryWords.gaps(snapshot.rollout, notes, elapsed: elapsed)
        )
    }

    func events(
        of text: String,
        after sequence: Int
    ) async throws(Problem) -> AsyncThrowingStream<RolloutEvent, any Error> {
        let first = try await snapshot(text, of: nil)
        let id = first.rollout.id
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: RolloutEvent.self)
        // Ends with the rollout's last event or when its reader goes away.
        let follower = Task { [desk, journal] in
            await desk.followed(id, by: 1)
            var last = sequence
            var hasEnded = false
            do {
                for await _ in await desk.changes() {
                    // Asked before the notes are read: what ends after that is seen at the next change.
                    let live = await desk.snapshot(of: id)
                    let notes = try await journal.notes(of: id, after: last)
                    let kept = try await live == nil ? journal.rollout(id) ?? first : nil
                    let isRunning = await desk.isRunning(id)
                    telling: for note in notes {
                        let snapshot = live ?? kept ?? first
                        let telling = NoteTelling(
                            note.note,
                            isNewest: note.sequence == notes.last?.sequence,
                            isRunning: isRunning,
                            outcome: snapshot.rollout.outcome
                        )
                        switch telling {
                        case .later: break telling
                        case .passedHalt:
                            last = note.sequence
                            continuation.yield(RolloutViews.passedHalt(note, of: snapshot))
                        case .now(let isEnd):
                            last = note.sequence
                            continuation.yield(RolloutViews.event(note, of: snapshot))
                            hasEnded = isEnd
                        }
                    }
                    if hasEnded || live == nil && notes.isEmpty { break }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: Problem("daemon.journal", "the events cannot be read: \(error)"))
            }
            await desk.followed(id, by: -1)
        }
        continuation.onTermination = { _ in follower.cancel() }
        return stream
    }

    func abortRollout(
        _ text: String,
        of project: ProjectName?,
        _ request: AbortRequest
    ) async throws(Problem) -> RolloutView {
        let snapshot = try await snapshot(text, of: project)
        guard snapshot.rollout.outcome == nil, snapshot.rollout.moments[.released] == nil else {
            throw Problem(
                "rollout.ended",
                "nothing has been changed: rollout \(snapshot.rollout.id) "
                    + (snapshot.rollout.outcome == nil ? "is released already" : "has ended already"),
                next: ["Go back to the release before with `teal rollback`"]
            )
        }
        await desk.send(.takeBack(.aborted(by: request.author)), to: snapshot.rollout.id)
        return await view(of: snapshot)
    }

    func resumeRollout(
        _ text: String,
        of project: ProjectName?,
        _ request: ResumeRequest
    ) async throws(Problem) -> RolloutView {
        let snapshot = try await snapshot(text, of: project, .halted)
        guard await desk.resume(snapshot.rollout.id, again: request.decision == .again) else {
            throw Problem(
                "rollout.ended",
                "nothing has been changed: rollout \(snapshot.rollout.id) is not halted, or a later one has begun on its "
                    + "services, so there is nothing to decide",
                next: ["See how it stands with `teal attach \(snapshot.rollout.id)`"]
            )
        }
        // The answer is the rollout that goes on, not the halt that it leaves.
        let end = clock.now() + RollbackWay.seenLimit
        guard let resumed = await desk.next(of: snapshot.rollout.id, until: end, where: { $0.outcome == nil }) else {
            return await view(of: try await self.snapshot("\(snapshot.rollout.id)", of: nil))
        }
        return await view(of: resumed)
    }
}
