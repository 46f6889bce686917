/// How long to wait before a proxy that died is started again: not at all, unless it keeps dying young.
package struct RestartPace: Sendable {
    /// A proxy that lived this long did not die young.
    package static let youth = Duration.seconds(10)
    /// As many deaths in youth in a row are answered at once.
    package static let freeDeaths = 3
    /// The first wait, doubled with every further death in youth up to ``pauseLast``.
    package static let pauseFirst = Duration.milliseconds(100)
    package static let pauseLast = Duration.seconds(5)

    private var youngDeaths = 0

    package init() {}

    /// Takes in a death and says how long to wait.
    ///
    /// For deaths in youth, one after the other: 0, 0, 0, 100 ms, 200 ms, 400 ms, … 5 s.
    package mutating func pause(afterLiving span: Duration) -> Duration {
        guard span < Self.youth else {
            youngDeaths = 0
            return .zero
        }
        youngDeaths += 1
        let waits = youngDeaths - Self.freeDeaths
        guard waits > 0 else { return .zero }
        return min(Self.pauseFirst * (1 << min(waits - 1, 16)), Self.pauseLast)
    }
}
