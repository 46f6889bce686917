/// Something in a rollout that people are told.
///
/// Sent as server-sent events (WHATWG HTML section 9.2) with ``sequence`` as `id`, ``kind`` as `event` and this value as
/// `data`; a follower that lost its connection asks again with `Last-Event-ID`.
package struct RolloutEvent: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case phaseBegan
        case phaseEnded
        case waiting
        case progress
        case warning
        case moment
        /// The last event; the stream ends after it.
        case ended

        /// A kind that this build does not know is shown as progress.
        package init(from decoder: any Decoder) throws {
            self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .progress
        }
    }

    /// Counts up from 1 within the rollout.
    package let sequence: Int
    /// Such as `r17`.
    package let rollout: String
    /// Seconds since 1970.
    package let time: Double
    /// Since the rollout began.
    package let elapsedSeconds: Double
    package let kind: Kind
    /// The phase that it belongs to: `preflight`, `fetch`, `migrate`, `start`, `prove`, `smoke`, `switch`, `watch`,
    /// `drain`, `settle` or `revert`; nil for the ends of a rollout.
    package let phase: String?
    /// The service that it is about; nil for the whole rollout.
    package let service: String?
    /// For people; one line.
    package let text: String
    /// The moment that was reached, for ``Kind/moment``.
    package let moment: RolloutMoment?
    /// What it waits for, for ``Kind/waiting``.
    package let wait: RolloutWait?
    /// How it ended, for ``Kind/ended``.
    package let outcome: RolloutOutcome?
    /// True from the moment on a way back at which no route leads to the new releases any more; nil elsewhere.
    package let usersAreBack: Bool?

    package init(
        sequence: Int,
        rollout: String,
        time: Double,
        elapsedSeconds: Double,
        kind: Kind,
        phase: String?,
        service: String? = nil,
        text: String,
        moment: RolloutMoment? = nil,
        wait: RolloutWait? = nil,
        outcome: RolloutOutcome? = nil,
        usersAreBack: Bool? = nil
    ) {
        self.sequence = sequence
        self.rollout = rollout
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.kind = kind
        self.phase = phase
        self.service = service
        self.text = text
        self.moment = moment
        self.wait = wait
        self.outcome = outcome
        self.usersAreBack = usersAreBack
    }
}

/// What a rollout waits for, until when, and who can end it.
package struct RolloutWait: Hashable, Sendable, Codable {
    /// Such as `3 requests and 2 WebSockets on web@41`.
    package let waitingFor: String
    /// The latest end, in seconds after the rollout began; the same clock as `elapsedSeconds`.
    package let untilSeconds: Double
    /// Who or what ends it earlier, such as `its clients, or teal deploy --supersede`.
    package let endedBy: String

    package init(waitingFor: String, untilSeconds: Double, endedBy: String) {
        self.waitingFor = waitingFor
        self.untilSeconds = untilSeconds
        self.endedBy = endedBy
    }
}
