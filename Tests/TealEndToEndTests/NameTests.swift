import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd.Containers {
    /// A release that the caller lives through.
    private enum Turn: CaseIterable {
        case good
        case unhealthy
        case smoke
        case good2
        case taken
        case rollback

        var ends: RolloutOutcome.State {
            switch self {
            case .good, .good2, .rollback: .settled
            case .unhealthy, .smoke: .kept
            case .taken: .reverted
            }
        }

        func change(_ spec: inout ServiceSpec) {
            switch self {
            case .good, .good2, .rollback: break
            case .unhealthy:
                spec.environment["SAMPLE_HEALTH"] = "never"
                spec.health.deadline = .seconds(1)
            case .smoke: spec.environment["SAMPLE_SMOKE_FAIL"] = "1"
            case .taken:
                let check = OnceCommand(command: ["/bin/sh", "-c", "sleep 0.7; exit 1"])
                spec.hooks = [Hook(name: "check", point: .afterSwitch, run: check)]
            }
        }
    }

    @Test func `a container that calls the service by its name notices no release, good or bad`() async throws {
        let rounds = Rounds.of("TEAL_ROUNDS_NAMES", small: 6)
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                try #require(try await lab.deploy("v0").outcome.state == .settled)
                let caller = try await lab.caller(of: "http://web:80", "v0") { plan in
                    plan.rate = 100
                    plan.streams = 1
                    plan.streamSeconds = 2
                    plan.webSockets = 2
                }
                var standing = (version: "v0", before: "v0")
                var slot = ExpectedSlot()
                for round in 1...rounds {
                    let turn = Turn.allCases[(round - 1) % Turn.allCases.count]
                    let new = turn == .rollback ? standing.before : "v\(round)"
                    let id =
                        turn == .rollback
                        ? try await lab.beginRollback("web").id
                        : try await lab.begin(new) { turn.change(&$0) }.id
                    let view = try await lab.end(of: id)
                    #expect(view.outcome.state == turn.ends, "round \(round), \(turn): \(view.outcome)")
                    caller.history.tell(try await lab.events(of: id), from: standing.version, to: new)
                    if view.outcome.state == .settled {
                        standing = (new, standing.version)
                        slot.flip()
                    }
                    try await expectTidy(
                        lab,
                        running: slot.places().union(["\(CallerRun.service)-blue-0"]),
                        serving: standing.version,
                        "round \(round), \(turn)"
                    )
                }
                let report = try await caller.stop()
                expectUnnoticed(report)
                Rounds.say(
                    "by name: \(rounds) releases, \(report.requests) requests, \(report.failed) failed, "
                        + "\(report.reconnects) reconnects, \(report.streams) streams (\(report.streamsCut) cut), "
                        + "\(report.webSockets) WebSockets (\(report.webSocketsCut) cut)"
                )
            }
        }
    }
}
