import TealCore
import TealDriverKit

/// What the driver has told its nginx, and what it is in the middle of telling.
struct SwitchRecord: Codable, Hashable {
    /// The form in which it is stored.
    static let format = 1

    /// A table that nginx follows, and the files that made it so.
    struct Followed: Codable, Hashable {
        let table: TrafficTable
        /// By path; a file's bytes as they were written, in base 64.
        var files: [String: Bytes]
        /// What nginx answers where it was told nothing of this table, since it led there already; nil where it was told.
        var untold: Untold?
    }

    /// What nginx says while it follows a table that it was told nothing of.
    struct Untold: Codable, Hashable {
        /// The table that it was told of last; nil for none.
        let served: ServedTable?
    }

    /// A table that nginx was about to be told of.
    struct Pending: Codable, Hashable {
        let table: TrafficTable
        /// The bytes that are to be written, by path.
        let files: [String: Bytes]
        /// The bytes before; nil for a file that was not there.
        let before: [String: Bytes?]
    }

    var format = SwitchRecord.format
    var followed: Followed?
    var pending: Pending?
    /// Where each target that is not forgotten listens.
    var places: [TargetID: Endpoint] = [:]
    /// The targets of past tables by position and address, so that a late line of the log finds its own.
    var tables: [PastTable] = []

    /// Which target had which address in a table.
    struct PastTable: Codable, Hashable {
        let position: TablePosition
        let targets: [String: TargetID]
    }

    /// How many past tables are known.
    static let tablesMax = 64

    var position: TablePosition { followed?.table.position ?? TablePosition(epoch: 0, version: 0) }

    /// The targets that the table in force names.
    var routed: Set<TargetID> { Set(followed?.table.services.flatMap(\.targets).map(\.id) ?? []) }

    /// Notes the places of a table, before anything can come in by it.
    mutating func note(_ table: TrafficTable) {
        let targets = table.services.flatMap(\.targets)
        for target in targets { places[target.id] = target.endpoint }
        tables.removeAll { $0.position == table.position }
        // Of two targets with one address the first is as good as the second: nginx cannot tell them apart either.
        let byAddress = Dictionary(targets.map { ("\($0.endpoint)", $0.id) }) { first, _ in first }
        tables.append(PastTable(position: table.position, targets: byAddress))
        if tables.count > Self.tablesMax { tables.removeFirst(tables.count - Self.tablesMax) }
    }

    /// Which target a line of the log is about.
    func target(at address: String, in position: TablePosition) -> TargetID? {
        tables.last { $0.position == position }?.targets[address]
    }
}

/// Bytes that are stored in base 64.
struct Bytes: Codable, Hashable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}
