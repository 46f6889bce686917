package import TealCore
package import TealDriverKit

extension DockerRuntime {
    package func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) {
        let container = try await container(of: replica)
        guard container.isRunning else { throw .activityRefused("\(replica) does not run") }
        var told = PlaceRecord.Activity(active: active, call: call, limit: limit)
        // A run that begins later must know too, as its environment says what held at the start. First the record when
        // work ends, last when it begins: whatever happens between, no run does work that it should not.
        if !active { try home.amend(replica) { $0.activity = told } }
        try await tell(told, replica, container)
        told.run = container.run
        try home.amend(replica) { $0.activity = told }
    }

    private func tell(
        _ activity: PlaceRecord.Activity,
        _ replica: ReplicaID,
        _ container: ContainerFacts
    ) async throws(RuntimeError) {
        switch activity.call {
        case .signal(let name):
            let signal: String
            do throws(RuntimeError) {
                signal = try Self.signal(name)
            } catch {
                throw .activityRefused("'\(name)' is no signal")
            }
            // Past the Engine where that can be done: it takes each kill, whatever the signal, for a wish to stop, and does
            // not start the container again when it ends some time later.
            if let pid = container.pid, let number = HostProcesses.signals[name],
                await Self.offPool({ HostProcesses.send(number, to: pid, of: container.id) })
            {
                return
            }
            try await asked { () async throws(DockerError) in try await client.signalContainer(container.id, signal) }
        case .post(let path):
            guard let endpoint = try home.record(of: replica)?.endpoint else {
                throw .activityRefused("\(replica) has no endpoint")
            }
            try await self.activity.post(path, active: activity.active, to: endpoint, within: activity.limit)
        }
    }

    /// Tells a run that the Engine began by itself what the run before it was told: its environment is as old as its
    /// container.
    ///
    /// Tries until it agrees or does not run, for two minutes at most; then a person is told.
    func recall(_ replica: ReplicaID, within limit: Duration = DockerRuntime.recallLimit) async {
        let deadline = ContinuousClock.now + limit
        while !Task.isCancelled {
            do throws(RuntimeError) {
                return try await recallNow(replica)
            } catch {
                // It may not listen yet, and what cannot be looked at now is looked at again.
                guard ContinuousClock.now < deadline || Task.isCancelled else {
                    return tellUntold(replica, error, after: limit)
                }
            }
            // A cancelled sleep ends the loop.
            try? await Task.sleep(for: Self.recallPause)
        }
    }

    private func tellUntold(_ replica: ReplicaID, _ error: RuntimeError, after limit: Duration) {
        // What cannot be read is told by `replicas()`.
        guard let activity = ((try? home.record(of: replica)) ?? nil)?.activity else { return }
        notify(.activityUntold(replica, active: activity.active, error, after: limit))
    }

    /// The same for every replica: some may have been started while nobody followed the events.
    func recallAll() async {
        await withDiscardingTaskGroup { group in
            for place in home.allPlaces() {
                // What cannot be read is told by `replicas()`.
                guard ((try? home.record(of: place)) ?? nil)?.activity != nil else { continue }
                group.addTask { await self.recall(place) }
            }
        }
    }

    /// Returns once there is nothing to tell any more.
    private func recallNow(_ replica: ReplicaID) async throws(RuntimeError) {
        guard let activity = try home.record(of: replica)?.activity,
            let container = try await standing(of: replica)?.container, container.isRunning, let run = container.run
        else { return }
        guard activity.run != run, !container.environment.contains("TEAL_ACTIVE=\(activity.active ? 1 : 0)") else {
            return
        }
        try await tell(activity, replica, container)
        try home.amend(replica) { record in
            // Something else may have been said meanwhile.
            if record.activity == activity { record.activity?.run = run }
        }
    }

    static var recallLimit: Duration { .seconds(120) }
    private static var recallPause: Duration { .milliseconds(250) }
}
