import Glibc
import TealCore

/// Tells nginx to read its configuration again, and finds out whether it does.
///
/// A signal has no answer, and nginx says nothing of a configuration that it could not take. So it is asked on fresh
/// connections, and its workers are looked at: while an old one listens, a new connection may still be its.
struct NginxReload {
    /// How many fresh connections in a row have to be answered by the new table.
    static let answersMin = 20
    private static let pause: UInt32 = 5_000
    private static let askLimit = Duration.seconds(1)
    /// How far the starts of one reload's workers are apart at most, in ticks of 10 ms.
    private static let ticksApart: UInt64 = 5

    let nginx: NginxProcess
    let status: Endpoint

    enum Outcome: Hashable {
        case followed
        case notFollowed(String)
        case denied(String)
    }

    /// Reloads.
    ///
    /// - Parameters:
    ///   - served: What nginx answers once it follows; nil when only its workers are waited for.
    ///   - limit: How long it may take.
    /// - Returns: Whether it follows, and what was seen last when it does not.
    func perform(until served: ServedTable?, within limit: Duration) -> Outcome {
        let end = ContinuousClock.now + limit
        let before = Set(nginx.workers().filter { !$0.isLeaving }.map(\.pid))
        guard kill(nginx.master, SIGHUP) == 0 else {
            return .denied("process \(nginx.master): \(String(cString: strerror(errno)))")
        }
        var last = "its workers are the same"
        while ContinuousClock.now < end {
            if let obstacle = accepting(before) {
                last = obstacle
            } else if let served {
                guard let other = differing(from: served) else { return .followed }
                last = other
            } else {
                return .followed
            }
            usleep(Self.pause)
        }
        return .notFollowed(last)
    }

    /// The first of the old workers that may take connections; nil for none.
    private func accepting(_ before: Set<pid_t>) -> String? {
        let workers = nginx.workers()
        for worker in workers {
            if !worker.isLeaving {
                if before.contains(worker.pid) { return "its worker \(worker.pid) is not told to leave" }
                continue
            }
            // One whose sockets cannot be seen is believed: it stops listening just after it says that it leaves.
            if TargetConnections.listens(worker.pid, of: nginx, at: status) == true {
                return "its worker \(worker.pid) still listens"
            }
        }
        return workers.contains { !$0.isLeaving } ? nil : "no new worker is there"
    }

    /// The first answer that is another one, or a worker that may give another one; nil for none.
    private func differing(from served: ServedTable) -> String? {
        var answered: Set<pid_t> = []
        for _ in 0..<Self.answersMin {
            let (answer, worker) = ServedTable.askWorker(status, within: Self.askLimit)
            switch answer {
            case .table(served): if let worker { answered.insert(worker) }
            case .table(let other): return "it follows table \(other.position)"
            case .refused: return "nothing listens at \(status)"
            case .other(let reason): return "at \(status) there is \(reason)"
            }
        }
        return earlier(than: answered)
    }

    /// A worker of a reload that another program asked for just before: it may have read the files as they were.
    ///
    /// The master starts all workers of a reload at once, and sleeps 100 ms before it takes up the next.
    private func earlier(than answered: Set<pid_t>) -> String? {
        let staying = nginx.workers().filter { !$0.isLeaving }
        // In another namespace workers know themselves by other numbers.
        guard let first = staying.filter({ answered.contains($0.pid) }).map(\.began).min() else { return nil }
        return staying.first { $0.began + Self.ticksApart < first }.map {
            "its worker \($0.pid) is of an earlier reload"
        }
    }
}
