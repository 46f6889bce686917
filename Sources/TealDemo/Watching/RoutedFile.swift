import Glibc
import TealAPI

/// What the load generator is told of which releases may answer, judged by it at the end.
///
/// A release that is to take over may answer from its gates' beginning, which is half a second before any switch, and
/// the old one until the switch has been acknowledged. A release that must never reach users is never written down.
struct RoutedLines: Hashable {
    /// The version that takes all traffic.
    private(set) var active: String

    init(active: String) { self.active = active }

    /// What may answer after an event of an act's rollout; nil when that does not change.
    mutating func allowed(after event: RolloutEvent, in act: Act) -> [String]? {
        guard act.expected.reachesUsers else { return nil }
        let isBack = if case .reverted = act.expected { true } else { false }
        switch event.kind {
        case .phaseBegan where event.phase == "prove" && active != act.version: return [active, act.version]
        case .moment where event.moment == .switched && !isBack:
            active = act.version
            return [active]
        // Whichever comes first says that the route leads back: the wait for what is in flight, or the end.
        case .waiting where event.phase == "revert", .phaseEnded where event.phase == "revert": return [active]
        default: return nil
        }
    }
}

/// The file of these lines.
struct RoutedFile {
    let path: String

    /// Appends `<CLOCK_MONOTONIC ns> <version>[,<version>…]`.
    func append(_ versions: [String]) throws(DemoFailure) {
        let line = "\(MonotonicTime.now.nanoseconds) \(versions.joined(separator: ","))\n"
        let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard file >= 0 else { throw .refused(what: path, why: String(cString: strerror(errno))) }
        defer { close(file) }
        // A short line is written at once or not at all.
        guard write(file, line, line.utf8.count) == line.utf8.count else {
            throw .refused(what: path, why: String(cString: strerror(errno)))
        }
    }
}
