import Glibc
import TealAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Carries out one act and shows it.
struct ActWatch {
    let stage: Stage
    let screen: Screen

    /// The most that a command may take, in seconds.
    private static let secondsMax = 150

    /// A line of `teal … --output json`.
    private struct Line: Decodable {
        let event: RolloutEvent?
        let rollout: RolloutView?
    }

    /// Runs the command to its end.
    ///
    /// - Parameters:
    ///   - act: What to do.
    ///   - routed: What may answer; changed as the rollout goes on.
    /// - Returns: The rollout as it ended.
    /// - Throws: When there is no rollout at all, or its end takes too long.
    func run(_ act: Act, routed: inout RoutedLines) throws(DemoFailure) -> ActResult {
        stage.goOn()
        screen.begin(act)
        let command = try stage.command(act)
        guard let output = command.output else { throw .unreadable(what: "the output of teal") }
        let began = MonotonicTime.now
        var reader = LineReader(output)
        var phases = PhaseLine()
        var rollout: RolloutView?
        reading: while true {
            switch reader.next() {
            case .tick: break
            case .end: break reading
            case .line(let text):
                // Lines of kinds that are not known here say nothing to the demo.
                guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { continue }
                if let event = line.event {
                    if let versions = routed.allowed(after: event, in: act) {
                        try RoutedFile(path: stage.routedFile).append(versions)
                    }
                    phases.apply(event)
                }
                rollout = line.rollout ?? rollout
            }
            let elapsed = MonotonicTime.now.seconds(since: began)
            screen.draw(phases, elapsed: elapsed)
            guard elapsed < Double(Self.secondsMax) else {
                throw .late(what: "`\(act.commandLine)`", seconds: Self.secondsMax)
            }
        }
        stage.goOn()
        guard let code = command.end(within: 10) else { throw .late(what: "the end of teal", seconds: 10) }
        stage.forget(command)
        guard let rollout else {
            throw .ended(what: "`\(act.commandLine)`", code: code, lastLines: stage.complaint())
        }
        let result = ActResult(act: act, rollout: rollout)
        screen.end(result, phases: phases)
        return result
    }
}
