import TealCore
package import TealDriverKit

/// What a host remembers and what its switch must follow, with what of it is written down, as a value.
///
/// ``HostBook`` is the shell around it: it writes entries down and tells the switch.
package struct HostLedger: Hashable, Sendable {
    package private(set) var state: HostState
    package private(set) var table: TrafficTable
    /// Whether the switch has said that it follows ``table``.
    package private(set) var isPublished = false

    private let epoch: UInt64
    /// What the journal holds; behind the others only after a change that could not be written down.
    private var writtenState: HostState
    private var writtenTable: TrafficTable

    /// A change that has been worked out and not made yet.
    package struct Draft: Hashable, Sendable {
        /// To be written down, all or none, before the change is made.
        package let entries: [JournalEntry]
        fileprivate let state: HostState
        fileprivate let table: TrafficTable
    }

    package init(contents: JournalContents) {
        state = HostState(services: contents.services, releases: contents.releases)
        epoch = contents.epoch
        table = contents.table ?? TrafficTable(position: .init(epoch: contents.epoch, version: 0), services: [])
        writtenState = state
        writtenTable = table
    }

    /// Whether the switch must be told of ``table``.
    package var wantsPublishing: Bool { !isPublished && (table.position.version > 0 || !table.services.isEmpty) }

    /// Whether a change was made that could not be written down.
    package var isAheadOfJournal: Bool { writtenTable != table || writtenState != state }

    /// Works out a change, with everything that an earlier unwritten one left to be written down.
    package func draft(_ body: (inout HostState) -> Void) -> Draft {
        var changed = state
        body(&changed)
        let traffic = changed.traffic
        let next = TrafficTable(position: .init(epoch: epoch, version: table.position.version + 1), services: traffic)
        // The first change of an opening numbers the table anew even when it leads nowhere else: once the switch follows
        // that, it refuses whatever an earlier opening still sends.
        let isOwn = table.position.epoch == epoch
        let wanted = traffic == table.services && isOwn ? table : next
        let services = changed.services.values.filter { writtenState.services[$0.service] != $0 }
        let releases = changed.releases.values.filter { writtenState.releases[$0.id] != $0 }
        var entries: [JournalEntry] = releases.sorted { $0.id < $1.id }.map { .release($0) }
        entries += services.sorted { $0.service < $1.service }.map { .service($0) }
        if wanted != writtenTable { entries.append(.table(wanted)) }
        return Draft(entries: entries, state: changed, table: wanted)
    }

    /// Makes a change; the switch has to be told if the table is another one.
    ///
    /// - Parameters:
    ///   - draft: What ``draft(_:)`` worked out, with nothing made since.
    ///   - written: False when it could not be written down; the next draft's entries make up for it.
    package mutating func make(_ draft: Draft, written: Bool) {
        if draft.table != table { isPublished = false }
        state = draft.state
        table = draft.table
        guard written else { return }
        writtenState = state
        writtenTable = table
    }

    /// The switch is to be told again, as after it was away.
    package mutating func forgetPublishing() { isPublished = false }

    package mutating func notePublished() { isPublished = true }

    /// Numbers the table after the one that the switch says it follows: it missed a version, or lost its own.
    ///
    /// - Returns: What is to be written down before the switch is told; nil when a later epoch has taken over.
    package mutating func renumber(after current: TablePosition) -> [JournalEntry]? {
        guard current.epoch <= epoch else { return nil }
        table.position = .init(epoch: epoch, version: current.version + 1)
        return [.table(table)]
    }

    /// The renumbered table has been written down.
    package mutating func noteTableWritten() { writtenTable = table }
}
