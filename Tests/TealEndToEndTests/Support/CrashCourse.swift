import TealAPI
import TealCore
import TealLab
import Testing

/// A deploy that is killed at every one of its steps; together the courses come past every step that there is.
struct CrashCourse: CustomTestStringConvertible, Sendable {
    let name: String
    /// How it ends when nobody but the daemon is killed.
    let ends: RolloutOutcome.State
    /// Whether users may see the proxy's own 503 meanwhile, as with a service that is replaced in place.
    let hasGap: Bool
    /// What both the old and the new release have.
    let both: @Sendable (inout ServiceSpec) -> Void
    /// What makes the new release end as it does.
    let new: @Sendable (inout ServiceSpec) -> Void

    var testDescription: String { name }

    private static func hooks(_ points: [Hook.Point], _ failing: Hook.Point? = nil) -> [Hook] {
        points.map { point in
            let script = point == failing ? "sleep 1; exit 1" : "true"
            return Hook(
                name: "hook-\(point.rawValue)",
                point: point,
                run: OnceCommand(command: ["/bin/sh", "-c", script], timeout: .seconds(20))
            )
        }
    }

    private static func quick(_ spec: inout ServiceSpec) {
        spec.watch.window = .milliseconds(500)
        spec.watch.warmUp = .milliseconds(100)
        spec.health.passes = 2
        spec.health.spacing = .milliseconds(100)
        // Longer than a stream, so that none needs to be cut.
        spec.drain.requests = .seconds(5)
        spec.drain.upgraded = .seconds(1)
        spec.stop.grace = .seconds(2)
        var write = HTTPExpectation(path: "/smoke")
        write.method = "POST"
        spec.smoke = [SmokeRequest(name: "write", expectation: write)]
    }

    private static func handover(_ spec: inout ServiceSpec) {
        quick(&spec)
        spec.background = .handover(
            activate: .post(path: "/teal/activate"),
            deactivate: .post(path: "/teal/deactivate")
        )
    }

    private static func inPlace(_ spec: inout ServiceSpec) {
        quick(&spec)
        spec.strategy = .recreate
    }

    static let all: [CrashCourse] = [
        CrashCourse(name: "settles", ends: .settled, hasGap: false, both: handover) { spec in
            spec.migrate = OnceCommand(command: ["./teal-sample", "sleep", "0"], timeout: .seconds(10))
            spec.hooks = hooks([.beforeStart, .beforeSwitch, .afterSwitch, .afterRelease])
        },
        CrashCourse(name: "is taken back", ends: .reverted, hasGap: false, both: handover) { spec in
            spec.hooks = hooks([.afterSwitch, .afterRevert], .afterSwitch)
        },
        CrashCourse(name: "replaces in place", ends: .settled, hasGap: true, both: inPlace) { _ in },
        CrashCourse(name: "replaces in place and fails", ends: .kept, hasGap: true, both: inPlace) { spec in
            spec.environment["SAMPLE_HEALTH"] = "never"
            spec.health.deadline = .seconds(1)
        },
    ]

    func begin(_ version: String, isNew: Bool, _ lab: Lab) async throws -> String {
        try await lab.begin(version) { spec in
            both(&spec)
            if isNew { new(&spec) }
        }.id
    }

    func load(_ lab: Lab, _ version: String) throws -> LoadRun {
        try lab.load(version) { plan in
            plan.rate = Self.rate
            plan.streams = 2
            plan.streamSeconds = 1
            plan.webSockets = 1
        }
    }

    static let rate = 100
}

/// A place at which a process is killed, by the name that the daemon gives it: leg, effect, place.
struct KillPoint: Hashable, Comparable, Sendable, CustomStringConvertible {
    let leg: String
    let kind: String
    let place: String

    var description: String { "\(leg)-\(kind)-\(place)" }

    static let places = ["after-intent", "after-effect", "after-outcome"]

    init(leg: String, kind: String, place: String) {
        self.leg = leg
        self.kind = kind
        self.place = place
    }

    /// Reads `route-set-policy-after-effect`.
    init?(_ line: String) {
        guard let place = Self.places.first(where: { line.hasSuffix("-" + $0) }) else { return nil }
        let rest = line.dropLast(place.count + 1)
        guard let dash = rest.firstIndex(of: "-") else { return nil }
        self.init(leg: String(rest[..<dash]), kind: String(rest[rest.index(after: dash)...]), place: place)
    }

    static func < (one: Self, other: Self) -> Bool { one.description < other.description }
}
