import TealCore
package import TealDriverKit

/// The one place that changes what a host remembers and what its switch follows.
///
/// A change is journalled before the switch is told, and changes wait for each other, so that table versions follow each
/// other without a gap.
package actor HostBook {
    package private(set) var state: HostState
    package private(set) var table: TrafficTable
    /// Whether the switch has said that it follows ``table``.
    package private(set) var isPublished = false

    private let epoch: UInt64
    private let journal: any Journal
    private let trafficSwitch: any TrafficSwitch
    private var isChanging = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    package init(contents: JournalContents, journal: any Journal, trafficSwitch: any TrafficSwitch) {
        state = HostState(services: contents.services, releases: contents.releases)
        epoch = contents.epoch
        table = contents.table ?? TrafficTable(position: .init(epoch: contents.epoch, version: 0), services: [])
        self.journal = journal
        self.trafficSwitch = trafficSwitch
    }

    /// Changes the state, writes it down, and makes the switch follow it.
    ///
    /// Repeating a change that already holds asks the switch only if it had not answered before.
    ///
    /// - Throws: ``BookError/journal(_:)`` with nothing changed; ``BookError/traffic(_:)`` with the change written down
    ///   but not followed yet.
    package func change(_ body: @Sendable (inout HostState) -> Void) async throws(BookError) {
        await enter()
        defer { leave() }
        var changed = state
        body(&changed)
        let entries = Self.entries(from: state, to: changed)
        let traffic = changed.traffic
        let wanted =
            traffic == table.services
            ? table
            : TrafficTable(position: .init(epoch: epoch, version: table.position.version + 1), services: traffic)
        if !entries.isEmpty || wanted != table {
            do throws(JournalError) {
                try await journal.append(entries + (wanted == table ? [] : [.table(wanted)]))
            } catch {
                throw .journal(error)
            }
        }
        if wanted != table { isPublished = false }
        state = changed
        table = wanted
        try await publish()
    }

    /// Makes the switch follow what is written down; for the start, and after the switch was away.
    package func publishAgain() async throws(BookError) {
        await enter()
        defer { leave() }
        isPublished = false
        try await publish()
    }

    /// Takes users to where a change leads although it cannot be written down: only for taking them back.
    package func changeUnrecorded(_ body: @Sendable (inout HostState) -> Void) async throws(BookError) {
        await enter()
        defer { leave() }
        body(&state)
        let position = TablePosition(epoch: epoch, version: table.position.version + 1)
        table = TrafficTable(position: position, services: state.traffic)
        isPublished = false
        try await publish(recording: false)
    }

    private func publish(recording: Bool = true) async throws(BookError) {
        guard !isPublished, table.position.version > 0 || !table.services.isEmpty else { return }
        do throws(SwitchError) {
            try await trafficSwitch.publish(table)
        } catch .stale(let current) where current.epoch <= epoch {
            // The switch missed a version, or lost its own: the next one from where it stands is ours to give.
            table.position = .init(epoch: epoch, version: current.version + 1)
            if recording {
                do throws(JournalError) { try await journal.append([.table(table)]) } catch { throw .journal(error) }
            }
            do throws(SwitchError) { try await trafficSwitch.publish(table) } catch { throw .traffic(error) }
        } catch {
            throw .traffic(error)
        }
        isPublished = true
    }

    private static func entries(from old: HostState, to new: HostState) -> [JournalEntry] {
        let services = new.services.values.filter { old.services[$0.service] != $0 }.sorted { $0.service < $1.service }
        let releases = new.releases.values.filter { old.releases[$0.id] != $0 }.sorted { $0.id < $1.id }
        return releases.map { .release($0) } + services.map { .service($0) }
    }

    private func enter() async {
        guard isChanging else {
            isChanging = true
            return
        }
        await withCheckedContinuation { queue.append($0) }
    }

    private func leave() {
        if queue.isEmpty { isChanging = false } else { queue.removeFirst().resume() }
    }
}

/// Why the book could not be changed.
package enum BookError: Error, Hashable, Sendable {
    case journal(JournalError)
    case traffic(SwitchError)
}
