package import TealCore
package import TealDriverKit
package import TealEngine

/// Small values for journals, the same ones for the same numbers.
package struct JournalSamples: Sendable {
    /// How a sample rollout stands.
    package enum Standing: Sendable, Hashable, CaseIterable {
        case running
        case halted
        case settled
        case kept
        case reverted

        /// Whether a start has to know of it.
        package var isUnended: Bool { self == .running || self == .halted }
    }

    /// How many events a rollout without members takes at most until it ends.
    private static let eventsMax = 1000

    package let project: ProjectName
    package let environment: EnvironmentName

    package init(project: String = "shop") throws {
        self.project = try ProjectName(parsing: project)
        environment = try EnvironmentName(parsing: "production")
    }

    package func key(_ name: String) throws -> ServiceKey {
        ServiceKey(project: project, service: try ServiceName(parsing: name))
    }

    package func release(_ number: Int, of name: String = "web", endedWell: Bool = false) throws -> ReleaseRecord {
        var spec = ServiceSpec(name: try ServiceName(parsing: name), kind: .web, source: .artifact(path: "."))
        spec.routes = [Route(hosts: ["\(name).example"])]
        var record = ReleaseRecord(
            release: Release(
                id: ReleaseID(service: try key(name), number: number),
                environment: environment,
                spec: spec,
                content: .artifact(sha256: "content-\(number)"),
                secretVersions: ["TOKEN": number],
                configurationHash: "hash-\(number)",
                gitCommit: nil,
                author: "änn “of” /shop\n",
                createdAt: 1_700_000_000.125 + Double(number)
            )
        )
        record.endedWell = endedWell
        return record
    }

    package func service(_ name: String = "web", lastRelease: Int) throws -> ServiceRecord {
        var record = ServiceRecord(service: try key(name), environment: environment)
        record.lastRelease = lastRelease
        record.routed = .slot(.green)
        record.activeSlot = .green
        let release = ReleaseID(service: record.service, number: lastRelease)
        record.green = .init(release: release, proven: [0: target(release, 0), 3: target(release, 3)])
        record.standbyUntil = Timestamp(nanoseconds: .max)
        return record
    }

    package func table(_ version: UInt64, epoch: UInt64 = 1) throws -> TrafficTable {
        let release = ReleaseID(service: try key("web"), number: Int(clamping: version))
        return TrafficTable(
            position: TablePosition(epoch: epoch, version: version),
            services: [
                ServiceTraffic(
                    service: release.service,
                    routes: [Route(hosts: ["web.example"])],
                    proxy: ProxyPolicy(),
                    drain: DrainPolicy(),
                    targets: [target(release, 0)]
                )
            ]
        )
    }

    private func target(_ release: ReleaseID, _ index: Int) -> TrafficTarget {
        TrafficTarget(
            replica: ReplicaID(service: release.service, slot: .green, index: index),
            release: release,
            run: RunID("run-\(release.number)-\(index)"),
            endpoint: Endpoint(address: "127.0.0.1", port: 4000 + index)
        )
    }

    package func snapshot(_ number: Int, _ standing: Standing = .running) throws -> RolloutSnapshot {
        RolloutSnapshot(
            boot: BootID("boot"),
            rollout: try rollout(number, standing),
            createdAt: 1_700_000_000.5 + Double(number)
        )
    }

    package func note(_ sequence: Int) -> JournalledNote {
        JournalledNote(
            sequence: sequence,
            elapsed: .milliseconds(sequence),
            leg: .watch,
            note: .progress(nil, "line \(sequence)"),
            remaining: sequence.isMultiple(of: 2) ? .seconds(sequence) : nil
        )
    }

    /// One decision: the state, a step that begins and one that ended, and notes.
    package func entry(
        _ number: Int,
        _ standing: Standing = .running,
        notes: [JournalledNote] = []
    ) throws -> JournalEntry {
        let begun = Step(number: 2, leg: .fetch, effect: .fetch(member: 0))
        let over = Step(number: 1, leg: .preflight, effect: .preflight)
        return .rollout(
            RolloutEntry(
                snapshot: try snapshot(number, standing),
                began: [over, begun],
                ended: [EndedStep(step: over, result: .preflighted(warnings: []))],
                notes: notes
            )
        )
    }

    /// The `number`th batch of a story in which every batch changes every kind of thing.
    package func batch(_ number: Int) throws -> [JournalEntry] {
        [
            .release(try release(number)),
            .service(try service(lastRelease: number)),
            .table(try table(UInt64(number))),
            try entry(number, number.isMultiple(of: 2) ? .halted : .running, notes: [note(1), note(2)]),
        ]
    }

    /// What a journal holds after the first `count` batches of that story.
    package func store(after count: Int) throws -> JournalStore {
        var store = JournalStore()
        for number in 0..<count { store.append(try batch(number + 1)) }
        return store
    }

    /// A rollout that came to its standing by events, as in life.
    private func rollout(_ number: Int, _ standing: Standing) throws -> Rollout {
        var now = Timestamp(nanoseconds: 1_000_000_000 + Int64(number))
        var rollout = Rollout(id: RolloutID(number: number), kind: .deploy, members: [], author: "ann", now: now)
        guard standing != .kept else {
            _ = rollout.handle(.takeBack(.aborted(by: "ann")), at: now)
            return rollout
        }
        var steps = rollout.handle(.begin, at: now).steps
        guard standing != .running else { return rollout }
        for _ in 0..<Self.eventsMax where rollout.outcome == nil {
            now = now + .milliseconds(100)
            if steps.isEmpty {
                steps = rollout.handle(.tick, at: now).steps
            } else {
                let step = steps.removeFirst()
                steps += rollout.handle(.stepEnded(step.number, result(of: step, standing)), at: now).steps
            }
        }
        let isRight =
            switch (rollout.outcome, standing) {
            case (.halted, .halted), (.settled, .settled), (.reverted, .reverted): true
            default: false
            }
        try expect(isRight, "the sample rollout is \(String(describing: rollout.outcome)), not \(standing)")
        return rollout
    }

    private func result(of step: Step, _ standing: Standing) -> StepResult {
        switch (step.effect, standing) {
        case (.preflight, .halted): .failed(StepFailure(.stepLost(.migrate, name: "migrate-0")))
        case (.record(.switched), .reverted): .failed(StepFailure(.impossible("the record was refused")))
        case (.preflight, _): .preflighted(warnings: ["a warning"])
        case (.sample, _):
            .sampled(TrafficSample(incarnation: "one", members: [.init()]))
        default: .done
        }
    }
}
