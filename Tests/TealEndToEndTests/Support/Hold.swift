import TealAPI
import TealCore
import TealLab
import Testing

/// A deploy that stays in one phase for a while.
struct Hold: CustomTestStringConvertible, Sendable {
    let phase: String
    /// Whether users are on the new release then.
    let isSwitched: Bool
    let change: @Sendable (inout ServiceSpec) -> Void

    var testDescription: String { phase }

    init(_ phase: String, isSwitched: Bool = false, _ change: @escaping @Sendable (inout ServiceSpec) -> Void) {
        self.phase = phase
        self.isSwitched = isSwitched
        self.change = change
    }

    private static func hook(_ point: Hook.Point) -> Hook {
        Hook(name: "wait", point: point, run: OnceCommand(command: ["/bin/sleep", "2"], timeout: .seconds(15)))
    }

    /// One for each phase that can last.
    ///
    /// Load with streams and WebSockets must be there for the last two.
    static let all: [Hold] = [
        Hold("migrate") { $0.migrate = OnceCommand(command: ["./teal-sample", "sleep", "2"], timeout: .seconds(15)) },
        Hold("start") { $0.hooks = [hook(.beforeStart)] },
        Hold("prove") { $0.environment["SAMPLE_START_DELAY_MS"] = "3000" },
        Hold("smoke") {
            $0.environment["SAMPLE_SLOW_MS"] = "120"
            // Ordinary pages are slow; many of them are a long smoke test.
            $0.smoke = (0..<15).map { SmokeRequest(name: "page-\($0)", expectation: HTTPExpectation(path: "/who")) }
        },
        Hold("switch") { $0.hooks = [hook(.beforeSwitch)] },
        Hold("watch", isSwitched: true) { $0.watch.window = .seconds(6) },
        Hold("drain", isSwitched: true) {
            $0.watch.window = .milliseconds(600)
            $0.drain.upgraded = .seconds(20)
        },
    ]

    /// The phase in which the old release stops, which lasts when that ``lingers``.
    static let settle = Hold("settle", isSwitched: true) { $0.watch.window = .milliseconds(600) }

    /// Lets a release take its time to stop, once it is the old one.
    static func lingers(_ spec: inout ServiceSpec) { spec.environment["SAMPLE_STOP_DELAY_MS"] = "3000" }

    /// Begins the deploy and returns once it is in its phase.
    func begin(_ version: String, _ lab: Lab, options: RolloutOptions = .init(author: "lab")) async throws -> String {
        let id = try await lab.begin(version, options: options, change).id
        try await lab.phase(phase, of: id)
        return id
    }
}
