import TealAPI
import TealCore
import TealEngine

extension PortGap {
    /// What people are told of it.
    var view: OutageView {
        OutageView(service: "\(service.service)", began: began, seconds: seconds, isOver: true, port: "\(place)")
    }

    /// Those of a rollout's services while it was under way.
    ///
    /// - Parameters:
    ///   - gaps: All that are remembered.
    ///   - rollout: Which.
    ///   - start: When it began, seconds since 1970.
    ///   - end: When it ended, or the present moment.
    /// - Returns: In their order.
    static func views(_ gaps: [PortGap], of rollout: Rollout, from start: Double, to end: Double) -> [OutageView] {
        gaps.filter { rollout.services.contains($0.service) && $0.overlaps(start, end) }.map(\.view)
    }
}
