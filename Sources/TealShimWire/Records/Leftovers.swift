import Glibc

/// What a shim that was killed left running.
package enum Leftovers {
    /// How many rounds of looking and killing are made; each finds what was forked during the one before.
    private static let roundsMax = 200
    private static let roundMicroseconds: useconds_t = 5_000

    /// Kills what a dead shim's record names, and all that belongs to its run, and waits until it is gone.
    ///
    /// Numbers of another boot mean nothing and are left alone. Call only while holding the place's lock, or after its
    /// holder was seen to be dead.
    ///
    /// - Returns: What could not be ended within a second; empty when all is gone.
    @discardableResult
    package static func clear(_ record: ReplicaRecord) -> [ProcessIdentity] {
        guard record.boot == Boot.id else { return [] }
        return clear { find(mark: record.mark, child: record.child) }
    }

    /// The same for a once-only run whose runner is gone.
    @discardableResult
    package static func clear(_ record: OnceRecord) -> [ProcessIdentity] {
        clear { find(record) }
    }

    /// What of a once-only run still runs; nothing after a reboot.
    package static func find(_ record: OnceRecord) -> [ProcessIdentity] {
        guard record.boot == Boot.id else { return [] }
        return find(mark: record.mark, child: record.child)
    }

    private static func clear(_ find: () -> [ProcessIdentity]) -> [ProcessIdentity] {
        var left: [ProcessIdentity] = []
        for round in 0..<roundsMax {
            left = find()
            if left.isEmpty { return [] }
            for process in left { ProcessTree.signal(process, SIGKILL) }
            if round > 0 { usleep(roundMicroseconds) }
        }
        return left
    }

    /// The recorded child, what carries the mark, what is in the child's session, and all that is below any of them.
    ///
    /// The mark is lost by `env -i` and `sudo`, the session by `setsid`; what has lost both is found while its parent is
    /// there.
    private static func find(mark: String, child: ProcessIdentity?) -> [ProcessIdentity] {
        let all = ProcessTree.all().filter { !$0.isZombie && $0.pid != getpid() }
        var found = Set(ProcessTree.marked(mark, among: all).map(\.pid))
        if let child { found.formUnion(all.filter { belongs($0, toSessionOf: child, among: all) }.map(\.pid)) }
        var children: [pid_t: [pid_t]] = [:]
        for entry in all { children[entry.parent, default: []].append(entry.pid) }
        var waiting = Array(found)
        while let pid = waiting.popLast() {
            for below in children[pid] ?? [] where found.insert(below).inserted { waiting.append(below) }
        }
        return all.filter { found.contains($0.pid) }.map(\.identity)
    }

    /// Whether a process is the child, or in the session that the child began.
    ///
    /// The kernel gives no number again while it names a session. So when another process has the child's number now,
    /// the session with that number is the other's.
    private static func belongs(
        _ entry: ProcessEntry,
        toSessionOf child: ProcessIdentity,
        among all: [ProcessEntry]
    ) -> Bool {
        if entry.pid == child.pid { return entry.startTicks == child.startTicks }
        guard entry.session == child.pid, entry.startTicks >= child.startTicks else { return false }
        return !all.contains { $0.pid == child.pid && $0.startTicks != child.startTicks }
    }
}
