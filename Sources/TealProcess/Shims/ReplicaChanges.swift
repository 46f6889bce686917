import TealDriverKit

/// What happened between two looks at a replica.
enum ReplicaChanges {
    /// The events that lead from one state to the next, in order; nil stands for no replica.
    static func events(from old: ReplicaState?, to new: ReplicaState?) -> [ReplicaEvent.Kind] {
        guard old != new else { return [] }
        guard let new else { return [.removed] }
        if new.isRunning, let run = new.run {
            return old?.run == run && old?.isRunning == true ? [.changed] : [.started(run)]
        }
        switch new.phase {
        case .exited(let end), .restarting(let end):
            // The end is news once: a policy that changes afterwards is not another end.
            if let old, old.phase == new.phase, old.restarts == new.restarts { return [.changed] }
            if case .restarting(let before)? = old?.phase, case .exited = new.phase, before == end { return [.changed] }
            return end.outOfMemory ? [.outOfMemory, .ended(end)] : [.ended(end)]
        case .running, .stopped, .foreign:
            return [.changed]
        }
    }
}
