/// Entries of one rollout that could not be written down when they should have been: users come first, and the record
/// follows in the same order.
package struct LateEntries: Hashable, Sendable {
    /// The time between tries to write what is left over once the rollout has ended.
    package static let lastWait: Duration = .seconds(1)

    private var kept: [RolloutEntry] = []

    package init() {}

    /// What is to be written now, all or none, in order.
    package var entries: [JournalEntry] { kept.map { .rollout($0) } }

    package mutating func add(_ entry: RolloutEntry) { kept.append(entry) }

    /// The newest of them; nil when nothing is left over.
    package var newest: RolloutEntry? { kept.last }

    package mutating func clear() { kept = [] }
}

extension Reason {
    /// Why a rollout cannot go on when its journal cannot be written.
    init(_ error: JournalError) {
        if case .diskFull(let path) = error {
            self = .diskFull(path: path)
        } else {
            self = .impossible("journal: \(error)")
        }
    }
}
