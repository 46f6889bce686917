import TealCore
package import TealDriverKit

/// Something that a rollout asks of the world.
///
/// `member` is a position in the rollout's members.
package enum Effect: Hashable, Sendable, Codable {
    // Repeatable: each asks for an end state.

    /// The right to act on another host, for as long as it is renewed.
    case lease
    /// Everything that can be known beforehand: disk, memory, runtime, switch, content, secrets.
    case preflight
    case fetch(member: Int)
    /// Removes what another release left in the place of this side's replicas.
    case clear(member: Int, side: Side)
    case start(member: Int, side: Side, active: Bool)
    case stop(member: Int, side: Side)
    case remove(member: Int, side: Side)
    case setPolicy(member: Int, side: Side, RestartPolicy)
    case setActivity(member: Int, side: Side, active: Bool)
    /// Has everything ready to move routes, and moves none; the switch is seen to answer.
    case prepare([Direction])
    /// Moves the routes of all named members in one table version.
    case route([Direction])
    /// Ends what is still in flight on one side.
    case cut(side: Side, requests: Bool, upgraded: Bool)
    /// Writes which release is active, with `.current_env`.
    case record(RecordedEnd)
    /// Lets a host know that the watch has passed on all hosts: from here on it goes on by itself.
    case release
    case prune

    // Once-only: never repeated unless it is known that they did not happen.

    case migrate(member: Int)
    case hook(member: Int, index: Int)
    case smokeWrite(member: Int, index: Int)

    // Observations: they change nothing and are not journalled.

    case probe(member: Int, side: Side, index: Int)
    case smoke(member: Int, index: Int)
    case verify(member: Int)
    case sample
    /// Which proven replicas of a side still run.
    case look(member: Int, side: Side)
    /// The last lines that a replica wrote, for the reason that people read.
    case tail(member: Int, side: Side, index: Int)

    /// Where the routes of one member lead.
    package struct Direction: Hashable, Sendable, Codable {
        package let member: Int
        /// Nil: its routes are absent or answer 503.
        ///
        /// They are absent, too, where this side's release takes no traffic.
        package let side: Side?
        /// The runs that passed their gate just now; nil for those that the host's book already knows.
        package let targets: [TrafficTarget]?

        package init(member: Int, side: Side?, targets: [TrafficTarget]? = nil) {
            self.member = member
            self.side = side
            self.targets = targets
        }
    }

    /// What the service records say from now on.
    package enum RecordedEnd: String, Hashable, Sendable, Codable {
        /// The new release is active and is being watched.
        case switched
        /// The new release has ended well.
        case settled
        /// The old release is active; the new one was never routed.
        case kept
        /// The old release is active; the new one was routed and taken back.
        case takenBack
    }

    package enum Class: Hashable, Sendable {
        case repeatable
        case onceOnly
        case observation
    }

    package var kind: EffectKind {
        switch self {
        case .lease: .lease
        case .preflight: .preflight
        case .fetch: .fetch
        case .clear: .clear
        case .start: .start
        case .stop: .stop
        case .remove: .remove
        case .setPolicy: .setPolicy
        case .setActivity: .setActivity
        case .prepare: .prepare
        case .route: .route
        case .cut: .cut
        case .record: .record
        case .release: .release
        case .prune: .prune
        case .migrate: .migrate
        case .hook: .hook
        case .smokeWrite: .smokeWrite
        case .probe: .probe
        case .smoke: .smoke
        case .verify: .verify
        case .sample: .sample
        case .look: .look
        case .tail: .tail
        }
    }
}

/// The kinds of effects; each kind that is journalled has its kill points in the crash tests.
package enum EffectKind: String, Hashable, Sendable, Codable, CaseIterable {
    case lease, preflight, fetch, clear, start, stop, remove
    case setPolicy = "set-policy"
    case setActivity = "set-activity"
    case prepare, route, cut, record, release, prune
    case migrate, hook
    case smokeWrite = "smoke-write"
    case probe, smoke, verify, sample, look, tail

    package var effectClass: Effect.Class {
        switch self {
        case .lease, .preflight, .fetch, .clear, .start, .stop, .remove, .setPolicy, .setActivity, .prepare, .route,
            .cut, .record, .release, .prune:
            .repeatable
        case .migrate, .hook, .smokeWrite: .onceOnly
        case .probe, .smoke, .verify, .sample, .look, .tail: .observation
        }
    }
}
