import Foundation
import Synchronization
package import TealAPI

/// What was routed when, in the file that the load generator reads at its end.
package final class RoutedLines: Sendable {
    let path: String
    private let hasLost = Mutex(false)

    init(_ path: String) throws {
        self.path = path
        try Data().write(to: URL(fileURLWithPath: path))
    }

    /// Writes down which versions may answer from now on; the first time also for the time before.
    package func routed(_ versions: [String]) { routed(versions, at: MonotonicTime.now()) }

    /// Writes down what was routed when in a rollout that has ended, by its own events.
    ///
    /// Before the switch began, only the old release may have answered; then both; once it was switched only the new one.
    /// On the way back both until the route has moved.
    ///
    /// - Parameters:
    ///   - events: All of them, in their order.
    ///   - old: The version that users were on before.
    ///   - new: The version that it brought.
    package func tell(_ events: [RolloutEvent], from old: String, to new: String) {
        var hasBegun = false
        for event in events {
            let time = MonotonicTime.of(wall: event.time)
            switch event.kind {
            case .phaseBegan where event.phase == "switch":
                hasBegun = true
                routed([old, new], at: time)
            case .phaseBegan where event.phase == "revert" && hasBegun: routed([old, new], at: time)
            case .waiting where event.usersAreBack == true: routed([old], at: time)
            case .moment where event.moment == .switched: routed([new], at: time)
            case .ended: routed([event.outcome?.state == .settled ? new : old], at: time)
            default: break
            }
        }
    }

    /// - Throws: ``LabFailure`` when a line could not be written.
    func check() throws {
        guard !hasLost.withLock({ $0 }) else { throw LabFailure("lines of \(path) are missing") }
    }

    private func routed(_ versions: [String], at time: Int) {
        let line = Array("\(time) \(versions.joined(separator: ","))\n".utf8)
        let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        if file < 0 || write(file, line, line.count) != line.count { hasLost.withLock { $0 = true } }
    }
}
