import Synchronization
package import TealCore
package import TealDriverKit

extension DockerRuntime {
    /// How long after its grace a replica may take to be gone.
    private static let killWithin: Duration = .seconds(10)

    package func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        let signal = try Self.signal(policy.signal)
        guard knows(replica) else { return }
        let way = leavesPort(replica) ? stopWay.withLock { $0 } : nil
        guard let way else { return try await stop(replica, signal, policy.grace) }
        try await way(replica, policy.grace) { () async throws(RuntimeError) in
            try await self.stop(replica, signal, policy.grace)
        }
    }

    private func stop(_ replica: ReplicaID, _ signal: String, _ grace: Duration) async throws(RuntimeError) {
        // After a start that is under way, so that nothing comes up behind it, and before the next one. Beside other
        // stops: one with a shorter grace must not wait for the first.
        try await places.share(replica) { () async throws(RuntimeError) in
            try home.amend(replica) { record in
                record.isStopped = true
                record.restartPolicy = .no
            }
            for container in try await containers(of: replica) {
                if try await prevented(container, of: replica) { continue }
                try await end(container, signal, grace: max(grace, .zero), of: replica)
                startsCutOff.withLock { _ = $0.remove(container.id) }
            }
        }
    }

    static func signal(_ name: String) throws(RuntimeError) -> String {
        let isName = name.utf8.allSatisfy { byte in
            (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || [0x2B, 0x2D].contains(byte)
        }
        guard isName, (1...12).contains(name.utf8.count) else { throw .refused("'\(name)' is no signal") }
        return "SIG" + name
    }

    private func end(
        _ container: ContainerFacts,
        _ signal: String,
        grace: Duration,
        of replica: ReplicaID
    ) async throws(RuntimeError) {
        let id = container.id
        do throws(DockerError) {
            // Without a policy the Engine does not bring back what ends now.
            if container.restartPolicy != "no" { try await client.setRestartPolicy("no", of: id) }
            guard container.isLive else { return }
            // One that waits for its next start has already decided to start: only a stop takes that back.
            if container.isRestarting { return try await client.haltContainer(id) }
            if container.isPaused { try await client.unpauseContainer(id) }
            if grace > .zero {
                // What was written, or the image, knows best how it is ended.
                let isOwn = container.written == nil && !isAdopted(container.id, in: replica)
                let own = isOwn ? nil : container.stopSignal
                try await send(own ?? signal, to: id)
                if try await hasEnded(id, within: grace) { return }
            }
            try await send("SIGKILL", to: id)
            if try await hasEnded(id, within: Self.killWithin) { return }
        } catch {
            // What was removed under the call does not run.
            guard !error.isGone else { return }
            throw error.asRuntime
        }
        throw .doesNotStop(replica)
    }

    /// Takes away what does not run and would come up behind a stop.
    ///
    /// The engine may still go on with a start that nobody waits for any more. The place keeps its record, and the next
    /// start makes a container anew.
    ///
    /// - Returns: Whether that was so.
    private func prevented(_ container: ContainerFacts, of replica: ReplicaID) async throws(RuntimeError) -> Bool {
        guard !container.isLive, startsCutOff.withLock({ $0.contains(container.id) }) else { return false }
        await leaveTail(of: replica, [container])
        let isOwn = !isAdopted(container.id, in: replica)
        try await asked { () async throws(DockerError) in
            try await client.removeContainer(container.id, withVolumes: isOwn)
        }
        try home.amend(replica) { record in
            if record.container == container.id { record.container = nil }
        }
        startsCutOff.withLock { _ = $0.remove(container.id) }
        return true
    }

    /// Sends a signal; that the Engine could not is seen by whether the container ends, and then another one follows.
    private func send(_ signal: String, to id: String) async throws(DockerError) {
        do throws(DockerError) {
            try await client.signalContainer(id, signal)
        } catch {
            guard error.isFailure else { throw error }
        }
    }

    private func hasEnded(_ id: String, within limit: Duration) async throws(DockerError) -> Bool {
        _ = try await client.waitForEnd(id, within: limit)
        guard let now = try await client.container(id) else { return true }
        // A start by its policy, decided just before the policy was taken.
        if now.isRestarting { try await client.haltContainer(id) }
        return !now.isLive || now.isRestarting
    }

    package func remove(_ replica: ReplicaID) async throws(RuntimeError) {
        try await places.share(replica) { () async throws(RuntimeError) in
            guard knows(replica) else { return try await removeUnrecorded(replica) }
            // Who sees the container go must know that Teal removed it.
            try home.amend(replica) { $0.isGoing = true }
            let found = PlaceStanding.sorted(try await containers(of: replica), by: try home.record(of: replica))
            await leaveTail(of: replica, found)
            for container in found {
                // What somebody else's container wrote is theirs.
                let isOwn = !isAdopted(container.id, in: replica)
                try await asked { () async throws(DockerError) in
                    try await client.removeContainer(container.id, withVolumes: isOwn)
                }
            }
            adoptedPlaces.withLock { $0 = nil }
            tails.forget(replica)
            files.forgetSecrets(of: replica.service.project, in: "\(replica)")
            try home.forget(replica)
        }
    }

    /// Removes what is in a place without a record; where no engine answers, nothing is known of it either.
    private func removeUnrecorded(_ replica: ReplicaID) async throws(RuntimeError) {
        let labels = ContainerLabels.finding(replica, home: try home.id())
        do throws(DockerError) {
            for container in try await client.containers(labelled: labels) {
                try await client.removeContainer(container, withVolumes: true)
            }
        } catch {
            guard error.isUnreachable else { throw error.asRuntime }
        }
    }

    package func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        guard knows(replica) else { throw .noSuchReplica(replica) }
        try home.amend(replica) { $0.restartPolicy = policy }
        for container in try await containers(of: replica) where container.restartPolicy != policy.rawValue {
            do throws(DockerError) {
                try await client.setRestartPolicy(policy.rawValue, of: container.id)
            } catch {
                // What goes meanwhile, or never runs again, has no use for one; whoever looks sees that it is gone.
                guard error.isGone || container.status == "dead" || container.status == "removing" else {
                    throw error.asRuntime
                }
            }
            try await seeWhoKeeps(policy, of: container.id, replica)
        }
    }

    /// Podman takes no change of a container's policy, up to 5 not even as an error: then the daemon alone starts again what
    /// ended.
    private func seeWhoKeeps(
        _ policy: RestartPolicy,
        of container: String,
        _ replica: ReplicaID
    ) async throws(RuntimeError) {
        guard client.isPodman else { return }
        let now = try await asked { () async throws(DockerError) in try await client.container(container) }
        if let now { try home.amend(replica) { $0.keepsPolicy = now.restartPolicy == policy.rawValue } }
    }
}
