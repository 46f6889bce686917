/// How a replica is stopped.
package struct StopPolicy: Hashable, Sendable, Codable {
    /// The signal's name without `SIG`, such as `TERM`.
    package var signal: String = "TERM"
    /// How long it may take before it is killed.
    package var grace: Duration = .seconds(10)

    package init() {}
}

/// How long what is in flight on the old release may go on after the switch.
package struct DrainPolicy: Hashable, Sendable, Codable {
    package var requests: Duration = .seconds(30)
    package var upgraded: Duration = .seconds(60)

    package init() {}
}

/// How a release is watched after the switch, and when it is taken back.
package struct WatchPolicy: Hashable, Sendable, Codable {
    /// How long it is watched; zero for only one request through the public route.
    package var window: Duration = .seconds(10)
    /// The first part of the window, which is not judged.
    package var warmUp: Duration = .seconds(1)
    /// Fewer requests than this decide nothing; synthetic ones are added.
    package var requestsMin: Int = 20
    /// The share of 5xx, proxy-made errors and cut answers, above the old release's own, that takes a release back.
    package var errorShareMax: Double = 0.02
    /// The share of 4xx above the old release's own that takes a release back.
    package var clientErrorShareMax: Double = 0.2
    /// p95 may be this many times the old release's p95.
    package var latencyFactorMax: Double = 3
    /// p95 below this is always fine.
    package var latencyFloor: Duration = .milliseconds(250)
    /// Synthetic requests a second through the public route while real traffic is low; to the health path.
    package var syntheticPerSecond: Int = 4
    /// Whether nothing is asked through the public route either, as of a service that somebody works on, which may be starting
    /// anew at that moment; nil for no.
    package var asksNothing: Bool?

    package init() {}
}

/// When the switch may happen.
package enum SwitchWhen: Hashable, Sendable, Codable {
    case atOnce
    /// Once at most `upgradedMax` upgraded connections are open, but after `limit` at the latest.
    case quiet(upgradedMax: Int, limit: Duration)
}

/// How long each phase, and the whole rollout, may take.
package struct PhaseTimeouts: Hashable, Sendable, Codable {
    package var rollout: Duration = .seconds(30 * 60)
    package var fetch: Duration = .seconds(10 * 60)
    package var migrate: Duration = .seconds(10 * 60)
    package var start: Duration = .seconds(60)
    package var smoke: Duration = .seconds(60)
    package var switching: Duration = .seconds(30)

    package init() {}
}

/// A command that runs once, under a name made of rollout and step.
package struct OnceCommand: Hashable, Sendable, Codable {
    package var command: [String]
    package var timeout: Duration

    package init(command: [String], timeout: Duration = .seconds(600)) {
        self.command = command
        self.timeout = timeout
    }
}

/// A command that the daemon runs once on the host at a point of a rollout.
package struct Hook: Hashable, Sendable, Codable {
    package enum Point: String, Hashable, Sendable, Codable, CaseIterable {
        case beforeStart = "before-start"
        case beforeSwitch = "before-switch"
        case afterSwitch = "after-switch"
        case afterRelease = "after-release"
        case afterRevert = "after-revert"
    }

    package var name: String
    package var point: Point
    package var run: OnceCommand

    package init(name: String, point: Point, run: OnceCommand) {
        self.name = name
        self.point = point
        self.run = run
    }
}

/// What is kept for a rollback.
package struct KeepPolicy: Hashable, Sendable, Codable {
    /// Releases kept beside the active one; at least 1.
    package var releases: Int = 5
    /// How long the previous release goes on running after settle, so that a rollback needs no start.
    package var standby: Duration = .zero

    package init() {}
}
