import TealCore
package import TealDriverKit

extension DockerRuntime {
    /// Events kept for a subscriber that is slow; older ones are left out.
    private static let eventsMax = 4096

    package func events() -> AsyncStream<ReplicaEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ReplicaEvent.self,
            bufferingPolicy: .bufferingNewest(Self.eventsMax)
        )
        let follower = EventFollower(runtime: self, since: WallClock.now) { continuation.yield($0) }
        // Ended by the stream's own end.
        let task = Task { await follower.run() }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}

/// Follows the Engine's events, over its restarts.
private struct EventFollower: Sendable {
    private static let pauseFirst: Duration = .milliseconds(100)
    private static let pauseMax: Duration = .seconds(2)

    let runtime: DockerRuntime
    /// Events from here on are told: the Engine keeps the last ones, so that none is lost while it is asked.
    let since: EngineMoment
    let say: @Sendable (ReplicaEvent) -> Void

    func run() async {
        var since = since
        var pause = Self.pauseFirst
        var wasLost = false
        var translator = EventTranslator()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do throws(DockerError) {
                    let stream = try await runtime.client.events(since: "\(since)")
                    pause = Self.pauseFirst
                    // An engine that was away has forgotten what it did before.
                    if wasLost { changedAll() }
                    wasLost = false
                    group.addTask { await runtime.recallAll() }
                    translator.learn(await runtime.runsNow())
                    try await stream.forEachValue { value async throws(DockerError) in
                        guard let event = EngineEvent(value) else { return }
                        since = max(since, EngineMoment(nanosecondsSince1970: event.time).next)
                        for told in await translator.translate(event, runtime) {
                            say(told)
                            guard case .started = told.kind else { continue }
                            group.addTask { await runtime.recall(told.replica) }
                        }
                    }
                } catch {
                    // Tried again until nobody listens any more: `replicas()` tells why the Engine does not answer.
                }
                wasLost = true
                // A cancelled sleep ends the loop.
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.pauseMax)
            }
            group.cancelAll()
        }
    }

    private func changedAll() {
        for place in runtime.home.allPlaces() { say(ReplicaEvent(replica: place, kind: .changed)) }
    }
}

extension DockerRuntime {
    /// The runs of every container of this home; none where the Engine does not say.
    fileprivate func runsNow() async -> [ContainerFacts] {
        guard isUsed, let own = try? home.id() else { return [] }
        let made = (try? await containers(labelled: [ContainerLabels.home: own])) ?? []
        var adopted: [ContainerFacts] = []
        for id in placesOfAdopted().keys.sorted() {
            // One that is not told of now is learned by its next event.
            if let facts = (try? await client.container(id)) ?? nil { adopted.append(facts) }
        }
        return made + adopted
    }
}

/// Turns the Engine's events into the runtime's.
///
/// The Engine names the container and not the run: an event that comes late must not be taken for one of the run that
/// began since.
struct EventTranslator {
    /// Containers that ran out of memory since they were started.
    private var starved: Set<String> = []
    /// The last run of each container that was seen.
    private var runs: [String: Run] = [:]

    private struct Run {
        let id: RunID
        let began: EngineMoment

        init?(_ facts: ContainerFacts) {
            guard let id = facts.run, let began = facts.startedAt.flatMap({ EngineMoment(parsing: $0) }) else {
                return nil
            }
            self.id = id
            self.began = began
        }
    }

    mutating func learn(_ containers: [ContainerFacts]) {
        for facts in containers { runs[facts.id] = Run(facts) ?? runs[facts.id] }
    }

    mutating func translate(_ event: EngineEvent, _ runtime: DockerRuntime) async -> [ReplicaEvent] {
        guard let place = place(of: event, runtime) else { return [] }
        func told(_ kind: ReplicaEvent.Kind, _ run: RunID?) -> [ReplicaEvent] {
            [ReplicaEvent(replica: place, kind: kind, run: run)]
        }
        switch event.kind {
        case .started:
            starved.remove(event.container)
            // Without an answer a look is asked for.
            guard let facts = (try? await runtime.client.container(event.container)) ?? nil, let run = Run(facts) else {
                return told(.changed, nil)
            }
            runs[event.container] = run
            return told(.started(run.id), run.id)
        case .died(let code):
            let facts = (try? await runtime.client.container(event.container)) ?? nil
            let isStarved = starved.contains(event.container) || facts.map { !$0.isRunning && $0.outOfMemory } ?? false
            guard let run = run(of: event, facts) else { return told(.changed, nil) }
            let outOfMemory = isStarved && code == ReplicaExit.killed
            return told(.ended(ReplicaExit(code: code, outOfMemory: outOfMemory)), run)
        case .outOfMemory:
            starved.insert(event.container)
            let facts =
                runs[event.container] == nil ? (try? await runtime.client.container(event.container)) ?? nil : nil
            return told(.outOfMemory, run(of: event, facts))
        case .unhealthy:
            let facts = (try? await runtime.client.container(event.container)) ?? nil
            guard let run = run(of: event, facts) else { return told(.changed, nil) }
            return told(.unhealthy, run)
        case .changed: return told(.changed, nil)
        case .destroyed:
            starved.remove(event.container)
            let run = runs.removeValue(forKey: event.container)?.id
            // A record that cannot be read is still a record.
            guard let record = (try? runtime.home.record(of: place)) ?? nil else { return told(.removed, run) }
            if record.isGoing { return told(.removed, run) }
            // What another start has replaced was told when it ended.
            return record.container == event.container ? told(.changed, run) : []
        }
    }

    /// The run that an event is about: the last one that had begun by then.
    ///
    /// - Returns: Nil where only later ones are known.
    private mutating func run(of event: EngineEvent, _ facts: ContainerFacts?) -> RunID? {
        let moment = EngineMoment(nanosecondsSince1970: event.time)
        let before = runs[event.container]
        if let now = facts.flatMap({ Run($0) }) {
            runs[event.container] = now
            if now.began <= moment { return now.id }
        }
        return before.flatMap { $0.began <= moment ? $0.id : nil }
    }

    private func place(of event: EngineEvent, _ runtime: DockerRuntime) -> ReplicaID? {
        if let labels = ContainerLabels(event.labels) {
            return labels.home == (try? runtime.home.id()) ? labels.place : nil
        }
        if let place = runtime.placesOfAdopted()[event.container] { return place }
        guard event.labels.isEmpty else { return nil }
        return runtime.home.allPlaces().first { place in
            ((try? runtime.home.record(of: place)) ?? nil)?.container == event.container
        }
    }
}
