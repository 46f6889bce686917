import TealAPI
import TealCore
import Testing

/// A way in which a deploy goes wrong, and what people are to be told of it.
struct Failing: CustomTestStringConvertible, Sendable {
    let name: String
    /// Whether the new release takes traffic before it is taken back.
    var isRouted = false
    /// Whether it answers requests of users with errors of its own.
    var answersErrors = false
    /// The stable code of the problem.
    let code: String
    /// What the problem's text must contain: the reason, not only the category.
    let says: [String]
    /// What the new release is made from.
    let change: @Sendable (inout ServiceSpec) -> Void

    var testDescription: String { name }

    init(
        _ name: String,
        isRouted: Bool = false,
        answersErrors: Bool = false,
        code: String,
        says: [String],
        _ change: @escaping @Sendable (inout ServiceSpec) -> Void
    ) {
        self.name = name
        self.isRouted = isRouted
        self.answersErrors = answersErrors
        self.code = code
        self.says = says
        self.change = change
    }

    private static func shell(_ script: String) -> OnceCommand {
        OnceCommand(command: ["/bin/sh", "-c", script], timeout: .seconds(20))
    }

    private static func hook(_ point: Hook.Point) -> Failing {
        let late = point == .afterSwitch
        return Failing(
            "hook \(point.rawValue) fails",
            isRouted: late,
            code: "deploy.hook-failed",
            says: ["the hook 'check'", "ended with 4", "the hook says no"]
        ) { $0.hooks = [Hook(name: "check", point: point, run: shell("echo the hook says no; exit 4"))] }
    }

    /// The failures of the phases' table before the switch.
    static let keptOut: [Failing] = [
        Failing("migration fails", code: "deploy.migration-failed", says: ["ended with 3", "no such table"]) {
            $0.migrate = shell("echo no such table: users; exit 3")
        },
        Failing("no such program", code: "deploy.start-failed", says: ["could not be launched", "missing-program"]) {
            $0.command = ["./missing-program"]
        },
        Failing("not executable", code: "deploy.start-failed", says: ["could not be launched", "notes.txt"]) {
            $0.command = ["./notes.txt"]
        },
        Failing("never listens", code: "deploy.health-timeout", says: ["nothing listens on 127.0.0.1:"]) {
            $0.environment["SAMPLE_LISTEN"] = "no"
            $0.health.deadline = .seconds(2)
        },
        Failing(
            "listens on another port",
            code: "deploy.health-timeout",
            says: ["nothing listens", "it listens on 197"]
        ) {
            $0.environment["SAMPLE_LISTEN"] = "wrong-port:197\(Int.random(in: 10...99))"
            $0.health.deadline = .seconds(2)
        },
        Failing("404", code: "deploy.health-timeout", says: ["answered 404"]) {
            $0.environment["SAMPLE_HEALTH"] = "notfound"
            $0.health.deadline = .seconds(2)
        },
        Failing("redirected", code: "deploy.health-timeout", says: ["redirected to"]) {
            $0.environment["SAMPLE_HEALTH"] = "redirect"
            $0.health.deadline = .seconds(2)
        },
        Failing("wrong JSON", code: "deploy.health-timeout", says: ["its body differs", "success"]) {
            $0.environment["SAMPLE_HEALTH"] = "bad-json"
            $0.health.deadline = .seconds(2)
        },
        Failing("never healthy", code: "deploy.health-timeout", says: ["answered 503"]) {
            $0.environment["SAMPLE_HEALTH"] = "never"
            $0.health.deadline = .seconds(2)
        },
        Failing("answers too slowly", code: "deploy.health-timeout", says: ["no whole answer", "within 500 ms"]) {
            $0.environment["SAMPLE_HEALTH"] = "slow"
            $0.health.timeout = .milliseconds(500)
            $0.health.deadline = .seconds(3)
        },
        Failing(
            "still booting at the deadline",
            code: "deploy.health-timeout",
            says: ["within 2 s", "nothing listens on 127.0.0.1:"]
        ) {
            $0.environment["SAMPLE_START_DELAY_MS"] = "20000"
            $0.health.deadline = .seconds(2)
        },
        Failing("exits at its start", code: "deploy.exited", says: ["exited 7"]) {
            $0.environment["SAMPLE_CRASH_AFTER_MS"] = "150"
            $0.environment["SAMPLE_EXIT_CODE"] = "7"
            $0.environment["SAMPLE_HEALTH"] = "never"
            $0.health.deadline = .seconds(30)
        },
        Failing("out of memory", code: "deploy.exited", says: ["out of memory"]) {
            $0.environment["SAMPLE_MEMORY_GROW_MIB_PER_S"] = "400"
            $0.environment["SAMPLE_HEALTH"] = "never"
            $0.resources.memoryBytesMax = 160 << 20
            $0.health.deadline = .seconds(30)
        },
        Failing("smoke test fails", code: "deploy.smoke-failed", says: ["smoke test 'smoke'", "answered 500"]) {
            $0.environment["SAMPLE_SMOKE_FAIL"] = "1"
        },
        Failing("writing smoke test fails", code: "deploy.smoke-failed", says: ["smoke test 'write'", "answered 500"]) {
            $0.environment["SAMPLE_SMOKE_FAIL"] = "1"
            var write = HTTPExpectation(path: "/smoke")
            write.method = "POST"
            $0.smoke = [SmokeRequest(name: "write", expectation: write)]
        },
        hook(.beforeStart),
        hook(.beforeSwitch),
    ]

    /// Those that users meet until they are taken back.
    static let takenBack: [Failing] = [
        Failing(
            "errors under traffic",
            isRouted: true,
            answersErrors: true,
            code: "deploy.watch-failed",
            says: ["answers were errors"]
        ) {
            $0.environment["SAMPLE_ERROR_RATE"] = "0.3"
            $0.watch.window = .seconds(10)
        },
        Failing("slow under traffic", isRouted: true, code: "deploy.watch-failed", says: ["p95"]) {
            $0.environment["SAMPLE_SLOW_MS"] = "1200"
            $0.watch.window = .seconds(3)
        },
        Failing(
            "dies under traffic",
            isRouted: true,
            code: "deploy.replica-died",
            says: ["ended by itself", "exited 9"]
        ) {
            $0.environment["SAMPLE_CRASH_AFTER_MS"] = "3000"
            $0.environment["SAMPLE_EXIT_CODE"] = "9"
            $0.watch.window = .seconds(20)
        },
        hook(.afterSwitch),
    ]
}
