import TealCore

/// A start of a replica that is under way: stops and removals of the replica wait for it, as in the real runtimes, so that
/// nothing comes up behind them.
///
/// Ended as soon as nothing can come up any more, whenever the answer comes.
final class StartTurn {
    private let replica: ReplicaID
    private let incarnation: Incarnation
    private var isOver = false

    init(of replica: ReplicaID, in incarnation: Incarnation) {
        self.replica = replica
        self.incarnation = incarnation
        incarnation.startBegins(of: replica)
    }

    func end() {
        guard !isOver else { return }
        isOver = true
        incarnation.startEnds(of: replica)
    }
}
