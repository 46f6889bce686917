import Synchronization
import TealCore
package import TealDriverKit

extension DockerRuntime {
    /// The longest wait before it is looked again how a run stands.
    private static let lookEvery: Duration = .seconds(20)
    /// The exit code that Docker gives to what was cut off, such as by a power failure, when it comes up again.
    private static let cutOffCode = 255

    /// How a once-only run stands, with what is needed to go on with it.
    private enum Standing {
        case neverBegun
        /// Its container was made and never started.
        case made(ContainerFacts)
        case running(ContainerFacts)
        case ended(CommandResult)
        case unknown
    }

    package func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        try await knownEngine()
        guard !order.onHost else { throw .refused("'\(order.name)' is for the host itself, not for a container") }
        let place = Self.place(ofOnce: order.name)
        _ = onceUnderWay.withLock { $0.insert(place) }
        defer { onceUnderWay.withLock { _ = $0.remove(place) } }
        while true {
            guard !Task.isCancelled else { throw .cancelled }
            switch try await standing(ofOnce: order.name) {
            case .neverBegun: try await begin(order, try await make(order))
            case .made(let container):
                // Its secrets may have been taken away since.
                let written = order.release.spec.written?.files ?? []
                _ = try files.put(written, of: order.release.id.service.project, in: place, order.environment)
                try await begin(order, container.id)
            case .running(let container): try await watch(container, order)
            case .ended(let end): return end
            case .unknown: throw .endUnknown(order.name)
            }
        }
    }

    package func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        switch try await standing(ofOnce: name) {
        case .neverBegun, .made: .neverBegun
        case .running: .running
        case .ended(let end): .ended(end)
        case .unknown: .unknown
        }
    }

    private func standing(ofOnce name: String) async throws(RuntimeError) -> Standing {
        let file = home.file(ofOnce: name)
        let record: OnceRecord? = try home.read(file)
        let own = try home.id()
        let container = try await asked { () async throws(DockerError) in
            try await client.container(record?.container ?? ContainerName.ofOnce(name, home: own))
        }
        guard let container, container.labels[ContainerLabels.home] == own,
            container.labels[ContainerLabels.once] == name
        else {
            guard let record else { return .neverBegun }
            // Its lines went with it; how it ended is known all the same.
            if let end = record.end { return .ended(end) }
            try await checkEngine()
            forgetSecrets(ofOnce: name, of: record.release)
            return .unknown
        }
        if let end = record?.end { return .ended(await whole(end, container)) }
        if container.isLive { return .running(container) }
        guard container.startedAt != nil else { return .made(container) }
        guard sawEnd(of: container, record) else {
            if let release = ContainerLabels.release(of: container.labels) { forgetSecrets(ofOnce: name, of: release) }
            return .unknown
        }
        return .ended(try await recordEnd(of: container, named: name, record))
    }

    /// Whether the engine saw how a run ended that does not run any more.
    ///
    /// What a reboot cut off has the code 255 in Docker, as a command may have given it too, and in Podman the 0 of what
    /// runs, without a moment at which it ended. Within one boot 255 is taken for the command's: an engine that was killed
    /// finds its containers again, or how they ended.
    private func sawEnd(of container: ContainerFacts, _ record: OnceRecord?) -> Bool {
        guard container.finishedAt != nil else { return false }
        guard container.exitCode == Self.cutOffCode, let began = record?.boot, let boot else { return true }
        return began == boot
    }

    /// Takes the copies of a run's secrets away, which does not run any more.
    private func forgetSecrets(ofOnce name: String, of release: ReleaseID) {
        files.forgetSecrets(of: release.service.project, in: Self.place(ofOnce: name))
    }

    /// An end with the last lines of its container, which are kept there alone: they may hold secrets.
    private func whole(_ end: CommandResult, _ container: ContainerFacts) async -> CommandResult {
        guard container.startedAt != nil else { return end }
        let lines: [String]
        do throws(DockerError) {
            lines = try await tail(of: container, linesMax: Self.commandLinesMax).map(\.text)
        } catch {
            // The end counts more than its last lines.
            lines = ["its lines cannot be read: \(error)"]
        }
        return CommandResult(exitCode: end.exitCode, tail: lines + end.tail, timedOut: end.timedOut)
    }

    /// Reads how a container ended, and keeps that before anybody is told.
    private func recordEnd(
        of container: ContainerFacts,
        named name: String,
        _ record: OnceRecord?
    ) async throws(RuntimeError) -> CommandResult {
        guard let release = ContainerLabels.release(of: container.labels) else { throw .endUnknown(name) }
        var record = record ?? OnceRecord(name: name, release: release, container: container.id, timeout: .zero)
        let end = CommandResult(
            exitCode: container.exitCode,
            tail: container.diedOfMemory ? ["it ran out of memory"] : [],
            timedOut: record.isOverdue
        )
        record.end = end
        try home.write(record, to: home.file(ofOnce: name))
        forgetSecrets(ofOnce: name, of: release)
        return await whole(end, container)
    }

    /// Makes the container of a once-only run, which does nothing yet.
    func make(_ order: OnceOrder) async throws(RuntimeError) -> String {
        do throws(RuntimeError) {
            return try await made(order)
        } catch {
            // One that the engine may still make needs its files; a prune takes them away once it is known.
            if !error.isPassing, error != .cancelled { forgetSecrets(ofOnce: order.name, of: order.release.id) }
            throw error
        }
    }

    private func made(_ order: OnceOrder) async throws(RuntimeError) -> String {
        let release = order.release
        guard let image = try await shelf.kept(release) else { throw .contentMissing(release.id) }
        let project = release.id.service.project
        let (network, volumes) = try await projects.run(project) { () async throws(RuntimeError) in
            (
                try await networks.ensure(project, apart: release.spec.written?.network.keepsApart ?? false),
                try await self.volumes.written(in: release.spec, of: project)
            )
        }
        let places = try await places(for: release, in: Self.place(ofOnce: order.name), order.environment)
        let plan = ContainerPlan(
            image: image.name,
            release: release,
            facts: image.facts,
            environment: ContainerPlan.environment(order),
            command: order.command,
            neighbours: order.neighbours,
            network: network.record,
            address: nil,
            volumes: volumes,
            places: places,
            isOnce: true
        )
        let own = try home.id()
        let labels = [
            ContainerLabels.home: own, ContainerLabels.once: order.name, ContainerLabels.release: release.id.qualified,
        ]
        let name = ContainerName.ofOnce(order.name, home: own)
        do throws(DockerError) {
            let platform = release.spec.written?.platform
            return try await client.createContainer(plan.body(labels: labels), named: name, platform: platform)
        } catch {
            // Another caller made it just now: the same run.
            if error.isNameTaken,
                let made = try await asked({ () async throws(DockerError) in
                    try await self.client.container(name)
                }), made.labels[ContainerLabels.once] == order.name
            {
                return made.id
            }
            throw error.asStart(of: release.id, publishing: nil) { _ in nil }
        }
    }

    private func begin(_ order: OnceOrder, _ container: String) async throws(RuntimeError) {
        var record = OnceRecord(
            name: order.name,
            release: order.release.id,
            container: container,
            timeout: order.timeout,
            boot: boot
        )
        try home.write(record, to: home.file(ofOnce: order.name))
        try await join(container)
        do throws(DockerError) {
            try await client.startContainer(container)
        } catch {
            // What the engine refused to start does not read them; a further try writes them anew.
            if error.message != nil { forgetSecrets(ofOnce: order.name, of: order.release.id) }
            let failure = error.asStart(of: order.release.id, publishing: nil) { _ in nil }
            guard case .launchFailed(let reason) = failure else { throw failure }
            // It never ran, and would not the next time either.
            record.end = CommandResult(exitCode: 127, tail: [reason])
            try home.write(record, to: home.file(ofOnce: order.name))
        }
    }

    /// Waits for its end, and ends it at its limit.
    private func watch(_ container: ContainerFacts, _ order: OnceOrder) async throws(RuntimeError) {
        let began = container.startedAt.flatMap { EngineMoment(parsing: $0) } ?? WallClock.now
        let left = order.timeout - .nanoseconds(WallClock.now.nanoseconds(since: began))
        guard left <= .zero else {
            _ = try await asked { () async throws(DockerError) in
                try await client.waitForEnd(container.id, within: min(left, Self.lookEvery))
            }
            return
        }
        let file = home.file(ofOnce: order.name)
        if var record: OnceRecord = try home.read(file), record.end == nil {
            record.isOverdue = true
            try home.write(record, to: file)
        }
        try await asked { () async throws(DockerError) in
            try await client.signalContainer(container.id, "SIGKILL")
            _ = try await client.waitForEnd(container.id, within: Self.lookEvery)
        }
    }
}

extension ContainerLabels {
    /// The release that a container belongs to, a replica's or a once-only run's.
    static func release(of labels: [String: String]) -> ReleaseID? {
        labels[release].flatMap { ReleaseID(qualified: $0) }
    }
}
