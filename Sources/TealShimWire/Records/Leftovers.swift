import Glibc

/// What a shim that was killed left running.
package enum Leftovers {
    /// How many rounds of looking and killing are made; each finds what was forked during the one before.
    private static let roundsMax = 200
    private static let roundMicroseconds: useconds_t = 5_000

    /// Kills what a dead shim's record names, and what carries its mark, and waits until it is gone.
    ///
    /// Numbers of another boot mean nothing and are left alone. Call only while holding the place's lock, or after its
    /// holder was seen to be dead.
    ///
    /// - Returns: What could not be ended within a second; empty when all is gone.
    @discardableResult
    package static func clear(_ record: ReplicaRecord) -> [ProcessIdentity] {
        guard record.boot == Boot.id else { return [] }
        var left: [ProcessIdentity] = []
        for round in 0..<roundsMax {
            left = find(record)
            if left.isEmpty { return [] }
            for process in left { ProcessTree.signal(process, SIGKILL) }
            if round > 0 { usleep(roundMicroseconds) }
        }
        return left
    }

    /// The recorded child with all below it, and whatever carries the mark.
    private static func find(_ record: ReplicaRecord) -> [ProcessIdentity] {
        var found: Set<ProcessIdentity> = []
        if let child = record.child, child.isAlive {
            found.insert(child)
            found.formUnion(ProcessTree.descendants(of: child.pid).filter { !$0.isZombie }.map(\.identity))
        }
        found.formUnion(ProcessTree.marked(record.mark).map(\.identity))
        return Array(found)
    }
}
