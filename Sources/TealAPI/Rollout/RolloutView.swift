/// A rollout as it stands.
package struct RolloutView: Hashable, Sendable, Codable {
    /// Such as `r17`.
    package let id: String
    package let kind: RolloutKind
    package let project: String
    package let environment: String
    /// Who asked for it.
    package let author: String
    /// Seconds since 1970.
    package let startedAt: Double
    /// Since it began, until now or until its end.
    package let elapsedSeconds: Double
    package let services: [RolloutService]
    /// The phase it is in, or the last one; nil before the first.
    package let phase: String?
    /// What it waits for; nil when it does something or has ended.
    package let wait: RolloutWait?
    /// Those that were reached, in order.
    package let moments: [ReachedMoment]
    package let outcome: RolloutOutcome
    /// Why it did not end as asked; nil while it runs and when it did.
    package let problem: ProblemBody?
    package let counters: RolloutCounters
    /// The sequence of its newest event; 0 before the first.
    package let lastEvent: Int
    /// How far it is on its way back; nil while it goes forward and once it has ended.
    package let back: RolloutBack?
    /// When users of its services had no answer while it was under way, oldest first.
    package let outages: [OutageView]
    /// For how long the accessories that it replaces were away; nil where it replaces none.
    package let gaps: [AccessoryGap]?
    /// Services of the same order that are released by asking once more, for them alone, after this rollout is released.
    ///
    /// What they need comes first. Only in the answer to the order itself; nil for none.
    package internal(set) var remaining: [String]?
    /// Accessories that have changed and are left as they are.
    ///
    /// Only in the answer to the order itself; nil for none.
    package internal(set) var left: [LeftAccessory]?

    package init(
        id: String,
        kind: RolloutKind,
        project: String,
        environment: String,
        author: String,
        startedAt: Double,
        elapsedSeconds: Double,
        services: [RolloutService],
        phase: String?,
        wait: RolloutWait?,
        moments: [ReachedMoment],
        outcome: RolloutOutcome,
        problem: ProblemBody?,
        counters: RolloutCounters,
        lastEvent: Int,
        back: RolloutBack? = nil,
        outages: [OutageView] = [],
        gaps: [AccessoryGap]? = nil,
        remaining: [String]? = nil,
        left: [LeftAccessory]? = nil
    ) {
        self.id = id
        self.kind = kind
        self.project = project
        self.environment = environment
        self.author = author
        self.startedAt = startedAt
        self.elapsedSeconds = elapsedSeconds
        self.services = services
        self.phase = phase
        self.wait = wait
        self.moments = moments
        self.outcome = outcome
        self.problem = problem
        self.counters = counters
        self.lastEvent = lastEvent
        self.back = back
        self.outages = outages
        self.gaps = gaps
        self.remaining = remaining
        self.left = left
    }

    /// The same, with what only the answer to an order tells.
    package func answering(remaining: [String]?, left: [LeftAccessory]?) -> RolloutView {
        var view = self
        view.remaining = remaining
        view.left = left
        return view
    }

    /// The same rollout on its way back, when it was told so and has not taken that in yet.
    package func goingBack(_ back: RolloutBack) -> RolloutView {
        RolloutView(
            id: id,
            kind: kind,
            project: project,
            environment: environment,
            author: author,
            startedAt: startedAt,
            elapsedSeconds: elapsedSeconds,
            services: services,
            phase: phase,
            wait: wait,
            moments: moments,
            outcome: outcome,
            problem: problem,
            counters: counters,
            lastEvent: lastEvent,
            back: back,
            outages: outages,
            gaps: gaps,
            remaining: remaining,
            left: left
        )
    }
}

/// A rollout on its way back.
package struct RolloutBack: Hashable, Sendable, Codable {
    /// Whether no route leads to the new releases any more: the old ones serve again, or as before.
    package let usersAreBack: Bool
    /// Why it goes back; one clause.
    package let because: String

    package init(usersAreBack: Bool, because: String) {
        self.usersAreBack = usersAreBack
        self.because = because
    }
}

/// One service's part in a rollout.
package struct RolloutService: Hashable, Sendable, Codable {
    package let service: String
    /// Such as `web@41`; nil for a first release.
    package let from: String?
    package let fromSlot: String?
    /// Such as `web@42`.
    package let to: String
    package let toSlot: String

    package init(service: String, from: String?, fromSlot: String?, to: String, toSlot: String) {
        self.service = service
        self.from = from
        self.fromSlot = fromSlot
        self.to = to
        self.toSlot = toSlot
    }
}

/// When a rollout reached a moment.
package struct ReachedMoment: Hashable, Sendable, Codable {
    package let moment: RolloutMoment
    /// After the rollout began.
    package let seconds: Double

    package init(_ moment: RolloutMoment, seconds: Double) {
        self.moment = moment
        self.seconds = seconds
    }
}

/// Where a rollout stands on its way to an end.
package struct RolloutOutcome: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case running
        /// The watch has passed; the daemon drains and settles by itself.
        case released
        /// It ended as asked.
        case settled
        /// The new release never took traffic; `old` serves as before.
        case kept
        /// The new release took traffic and was taken back to `old`.
        case reverted
        /// A person has to decide; `next` says how.
        case halted
    }

    package let state: State
    /// The releases that serve after `kept` or `reverted`, such as `web@41`; empty for a first release.
    package let old: [String]
    /// Why, for `kept`, `reverted` and `halted`; one clause.
    package let because: String?
    /// The next command, for `halted`.
    package let next: [String]

    package init(_ state: State, old: [String] = [], because: String? = nil, next: [String] = []) {
        self.state = state
        self.old = old
        self.because = because
        self.next = next
    }

    /// Whether nothing more will happen.
    package var hasEnded: Bool {
        switch state {
        case .running, .released: false
        case .settled, .kept, .reverted, .halted: true
        }
    }
}

/// What a rollout has counted.
package struct RolloutCounters: Hashable, Sendable, Codable {
    /// Answers to users' requests that the watch judged.
    package let watchedReal: Int
    /// Answers to requests that the watch sent itself.
    package let watchedSynthetic: Int
    /// Requests and upgraded connections that were in flight on the old release at the switch and were not cut at a limit.
    package let drained: Int
    /// Requests that were cut at the drain limit.
    package let cutRequests: Int
    /// Upgraded connections that were cut at the drain limit.
    package let cutUpgraded: Int

    package init(
        watchedReal: Int = 0,
        watchedSynthetic: Int = 0,
        drained: Int = 0,
        cutRequests: Int = 0,
        cutUpgraded: Int = 0
    ) {
        self.watchedReal = watchedReal
        self.watchedSynthetic = watchedSynthetic
        self.drained = drained
        self.cutRequests = cutRequests
        self.cutUpgraded = cutUpgraded
    }
}

/// Rollouts, newest first: `GET /v1/rollouts`.
package struct RolloutList: Hashable, Sendable, Codable {
    package let rollouts: [RolloutView]

    package init(rollouts: [RolloutView]) { self.rollouts = rollouts }
}
