package import TealCore
package import TealDriverKit
package import TealEngine

/// What a journal holds, as a value: the meaning of every entry without a disk.
package struct JournalStore: Sendable {
    package private(set) var epoch: UInt64 = 0
    package private(set) var services: [ServiceKey: ServiceRecord] = [:]
    package private(set) var releases: [ReleaseID: ReleaseRecord] = [:]
    package private(set) var table: TrafficTable?
    package private(set) var snapshots: [RolloutID: RolloutSnapshot] = [:]
    package private(set) var notes: [RolloutID: [Int: JournalledNote]] = [:]

    /// How many notes one question brings at most.
    private static let notesMax = 1000

    package init() {}

    /// Whether an opening may still write.
    ///
    /// - Throws: ``JournalError/superseded(by:)`` when a later one has begun.
    package func check(_ opening: UInt64) throws(JournalError) {
        guard opening == epoch else { throw .superseded(by: epoch) }
    }

    /// Whether entries of parts come under the newest token that is written of each.
    ///
    /// - Throws: ``JournalError/tokenPassed(to:)`` for one that does not.
    package func check(_ entries: [JournalEntry]) throws(JournalError) {
        var newest = snapshots.compactMapValues { $0.part?.lease.token }
        for case .rollout(let entry) in entries {
            guard let token = entry.snapshot.part?.lease.token else { continue }
            if let passed = newest[entry.snapshot.rollout.id], passed > token { throw .tokenPassed(to: passed) }
            newest[entry.snapshot.rollout.id] = token
        }
    }

    package mutating func append(_ entries: [JournalEntry]) {
        for entry in entries {
            switch entry {
            case .release(let record): releases[record.id] = record
            case .service(let record): services[record.service] = record
            case .table(let next): table = next
            case .rollout(let entry):
                let id = entry.snapshot.rollout.id
                snapshots[id] = entry.snapshot
                for note in entry.notes { notes[id, default: [:]][note.sequence] = note }
            }
        }
    }

    /// Everything that is needed to go on after a start; each reading counts as an opening.
    package mutating func read() -> JournalContents {
        epoch += 1
        return contents
    }

    /// What it holds, without opening it.
    package var contents: JournalContents {
        JournalContents(
            epoch: epoch,
            services: services.values.sorted { $0.service < $1.service },
            releases: releases.values.sorted { $0.id < $1.id },
            table: table,
            unended: snapshots.values.filter(\.isUnended).sorted { $0.rollout.id < $1.rollout.id },
            lastRollout: snapshots.keys.map(\.number).max() ?? 0
        )
    }

    package func rollouts(of project: ProjectName? = nil, most: Int) -> [RolloutSnapshot] {
        let all = snapshots.values.filter { snapshot in
            project == nil || snapshot.rollout.services.contains { $0.project == project }
        }
        return Array(all.sorted { $0.rollout.id > $1.rollout.id }.prefix(most))
    }

    package func notes(of rollout: RolloutID, after sequence: Int) -> [JournalledNote] {
        let all = (notes[rollout] ?? [:]).values.filter { $0.sequence > sequence }
        return Array(all.sorted { $0.sequence < $1.sequence }.prefix(Self.notesMax))
    }
}

extension RolloutSnapshot {
    fileprivate var isUnended: Bool {
        switch rollout.outcome {
        case nil, .halted: true
        case .settled, .kept, .reverted: false
        }
    }
}
