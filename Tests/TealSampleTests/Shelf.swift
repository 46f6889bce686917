import Synchronization

@testable import TealSample

/// A job source in memory.
final class Shelf: JobSource {
    private struct State {
        var jobs: [String]
        var taken = 0
        var finished = 0
    }

    private let state: Mutex<State>

    init(jobs: [String]) {
        state = Mutex(State(jobs: jobs))
    }

    var taken: Int { state.withLock { $0.taken } }
    var finished: Int { state.withLock { $0.finished } }

    func take() throws(JobError) -> String? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            state.taken += 1
            return state.jobs.removeFirst()
        }
    }

    func finish(_ job: String) throws(JobError) {
        state.withLock { $0.finished += 1 }
    }
}
