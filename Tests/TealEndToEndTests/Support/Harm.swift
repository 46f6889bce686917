import TealEngine
import TealLab

/// A process that was killed, and what users may notice of it.
struct Harm {
    let victim: KillVictim
    /// When it was killed, on the load generator's clock.
    let atNs: Int
    /// Whether new requests were led through it then.
    let isRouted: Bool
    /// Whether streams and WebSockets of users may have been open through it.
    let carries: Bool
    /// Which replica a killed shim held.
    var place: String?

    static func proxy() -> Harm { Harm(victim: .proxy, atNs: MonotonicTime.now(), isRouted: true, carries: true) }
}

/// Who is killed.
enum KillVictim: String, Sendable, CaseIterable {
    case daemon
    case proxy
    /// For a container its first process.
    case shim
    /// With live-restore, so that its containers go on.
    case engine
}

/// Which release the proxy's table leads to at a point, by the order of legs alone.
struct RoutedAt {
    let old: Bool
    let new: Bool
    /// Whether it may have been led to the new release before.
    let hasSwitched: Bool

    /// - Parameters:
    ///   - point: Where the daemon stands still.
    ///   - isInPlace: Whether the old release leaves the table before the new one starts.
    ///   - isTakenBack: Whether the way back begins after the new release has been routed.
    init(_ point: KillPoint, isInPlace: Bool, isTakenBack: Bool) {
        guard let here = Leg(rawValue: point.leg) else {
            (old, new, hasSwitched) = (true, true, true)
            return
        }
        func isPast(_ leg: Leg) -> Bool {
            leg.precedes(here) || leg == here && point.kind == "route" && point.place != "after-intent"
        }
        guard here.isBack else {
            // Once it is meant to move, the route moves whoever dies: between the last look and that there is always a moment.
            new = isPast(.route) || here == .route
            old = isInPlace ? !isPast(.vacate) : !isPast(.route)
            hasSwitched = new
            return
        }
        hasSwitched = isTakenBack
        if isInPlace {
            new = false
            old = isPast(.backRouteReplaced)
        } else {
            old = !isTakenBack || isPast(.backRoute)
            new = !old
        }
    }
}
