import TealCore
import TealDriverKit

/// A once-only run, waited for although its runtime gives no answer for a while.
///
/// What was begun goes on without whoever asked, so no error of the runtime says how it ends: only the run's own record
/// does. Asking again under the same name never runs it twice.
struct OnceRun: Sendable {
    let order: OnceOrder
    let runtime: any ContainerRuntime
    let clock: any HostClock

    /// How long after the run's own limit its end is still waited for: a runtime that comes back has to end it first.
    static let slack: Duration = .seconds(30)
    private static let firstWait: Duration = .milliseconds(200)
    private static let longestWait: Duration = .seconds(2)

    /// Waits for the end of the run, up to its limit and ``slack``.
    ///
    /// - Throws: That the step was lost when it may have begun and its end cannot be found; the runtime's reason only
    ///   where it is known that it never began.
    func end() async throws(StepFailure) -> CommandResult {
        let limit = clock.now() + order.timeout + Self.slack
        var wait = Self.firstWait
        while true {
            let failure: RuntimeError
            do throws(RuntimeError) {
                return try await runtime.runOnce(order)
            } catch {
                failure = error
            }
            switch failure {
            case .cancelled: throw StepFailure(.runtimeFailed(.cancelled))
            case .endUnknown: throw lost
            default: break
            }
            if !failure.isPassing {
                switch await standing() {
                case .neverBegun: throw StepFailure(.runtimeFailed(failure))
                case .unknown: throw lost
                case .running, .ended, nil: break
                }
            }
            guard clock.now() < limit, !Task.isCancelled else {
                guard !Task.isCancelled else { throw StepFailure(.runtimeFailed(.cancelled)) }
                if await standing() == .neverBegun { throw StepFailure(.runtimeFailed(failure)) }
                throw lost
            }
            await clock.sleep(until: min(clock.now() + wait, limit))
            wait = min(wait * 2, Self.longestWait)
        }
    }

    private var lost: StepFailure { StepFailure(.stepLost(order.onHost ? .hook : .migrate, name: order.name)) }

    /// What the runtime knows of the run; nil when it gives no answer.
    private func standing() async -> OnceState? { try? await runtime.onceState(of: order.name) }
}
