/// A place in the performance of a step where a crash is tried out by the crash tests.
package struct FaultPoint: Hashable, Sendable, CustomStringConvertible {
    package enum Place: String, Hashable, Sendable, CaseIterable {
        case afterIntent = "after-intent"
        case afterEffect = "after-effect"
        case afterOutcome = "after-outcome"
    }

    package let leg: Leg
    package let kind: EffectKind
    package let place: Place

    package init(leg: Leg, kind: EffectKind, place: Place) {
        self.leg = leg
        self.kind = kind
        self.place = place
    }

    /// `start/fetch:after-intent`: leg, effect, place.
    package var description: String { "\(leg.rawValue)/\(kind.rawValue):\(place.rawValue)" }
}
