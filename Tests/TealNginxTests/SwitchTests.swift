import Foundation
import Synchronization
import TealCore
import TealDriverKit
import TealNginx
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `An nginx is switched` {
    /// Services `web-1` and `web-2`, and the targets that they are.
    private func withServices(
        _ body: ([StageService], [TrafficTarget]) async throws -> Void
    ) async throws {
        let services = [try await StageService("web-1"), try await StageService("web-2")]
        let targets = try services.enumerated().map { try Traffic.target("web", $0 + 1, port: $1.endpoint.port) }
        do {
            try await body(services, targets)
        } catch {
            for service in services { try await service.close() }
            throw error
        }
        for service in services { try await service.close() }
    }

    private static let route = Route(hosts: ["web.test"])

    @Test func `twenty times under load, and no request fails`() async throws {
        try await withServices { (services, targets) async throws in
            try await NginxFixture.run { (fixture) async throws in
                let nginx = fixture.makeSwitch()
                func publish(_ version: UInt64) async throws {
                    let target = targets[Int(version % 2)]
                    try await nginx.publish(
                        Traffic.table(version, Traffic.service("web", routes: [Self.route], targets: [target]))
                    )
                }
                try await publish(1)
                let isOver = Flag()
                let results = try await withThrowingTaskGroup(of: (passed: Int, failed: [ProbeResult]).self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var passed = 0
                            var failed: [ProbeResult] = []
                            while !isOver.isSet {
                                var expectation = HTTPExpectation(path: "/")
                                expectation.bodyPattern = "^web-[12]$"
                                let result = await nginx.request(expectation, host: "web.test", within: .seconds(10))
                                if result.hasPassed { passed += 1 } else { failed.append(result) }
                            }
                            return (passed, failed)
                        }
                    }
                    for version in UInt64(2)...21 {
                        try await publish(version)
                        // The very next request is answered by the new one.
                        var expectation = HTTPExpectation(path: "/")
                        expectation.bodyPattern = "^web-\(version % 2 + 1)$"
                        #expect(await nginx.request(expectation, host: "web.test", within: .seconds(10)).hasPassed)
                    }
                    isOver.set()
                    return try await group.reduce(into: (passed: 0, failed: [ProbeResult]())) {
                        $0.passed += $1.passed
                        $0.failed += $1.failed
                    }
                }
                #expect(results.failed == [])
                #expect(results.passed > 200)
                let counters = try await nginx.counters()
                let counted = targets.reduce(0) { $0 + (counters.targets[$1.id]?.successes ?? 0) }
                #expect(counted == UInt64(results.passed) + 20)
            }
        }
    }

    @Test func `and a WebSocket stays on the old release until it is cut`() async throws {
        try await withServices { (services, targets) async throws in
            try await NginxFixture.run { (fixture) async throws in
                let nginx = fixture.makeSwitch()
                try await nginx.publish(
                    Traffic.table(1, Traffic.service("web", routes: [Self.route], targets: [targets[0]]))
                )
                let socket = try await RawClient(port: fixture.port)
                #expect(try await socket.say(RawClient.upgrade("web.test"), until: "101 Switching"))
                #expect(try await nginx.counters().targets[targets[0].id]?.upgradedOpen == 1)
                #expect(try await nginx.counters().targets[targets[0].id]?.requestsInFlight == 0)
                try await nginx.publish(
                    Traffic.table(2, Traffic.service("web", routes: [Self.route], targets: [targets[1]]))
                )
                #expect(try await socket.say("still here", until: "still here"))
                #expect(try await nginx.counters().targets[targets[0].id]?.upgradedOpen == 1)
                #expect(try await nginx.counters().targets[targets[1].id]?.upgradedOpen == 0)
                // A cut of requests is none of its business, and neither is one of a target that takes traffic.
                let ids = targets.map(\.id)
                #expect(
                    try await nginx.cut(ids, requests: true, upgraded: false) == CutReport(requests: 0, upgraded: 0)
                )
                #expect(
                    try await nginx.cut([ids[1]], requests: true, upgraded: true) == CutReport(requests: 0, upgraded: 0)
                )
                #expect(try await socket.say("and now", until: "and now"))
                #expect(
                    try await nginx.cut(ids, requests: false, upgraded: true) == CutReport(requests: 0, upgraded: 1)
                )
                #expect(try await holds { socket.isOver })
                #expect(try await nginx.counters().targets[ids[0]]?.upgradedOpen == 0)
                // With its last connection the old worker ends.
                #expect(try await holds { fixture.leaving() == 0 })
            }
        }
    }

    @Test func `and it counts what each target answered`() async throws {
        try await withServices { (services, targets) async throws in
            try await NginxFixture.run { (fixture) async throws in
                let nginx = fixture.makeSwitch()
                try await nginx.publish(
                    Traffic.table(1, Traffic.service("web", routes: [Self.route], targets: [targets[0]]))
                )
                for path in ["/", "/short", "/drop", "/busy", "/path"] {
                    _ = try await RawClient.answer(port: fixture.port, RawClient.get("web.test", path))
                }
                let client = try await RawClient(port: fixture.port)
                try await client.say(RawClient.get("web.test", "/hold"))
                #expect(try await holds { services[0].held == 1 })
                try await client.close()
                #expect(try await holds { try await nginx.counters().targets[targets[0].id]?.requests == 6 })
                let counters = try #require(try await nginx.counters().targets[targets[0].id])
                #expect(counters.successes == 3)
                #expect(counters.serverErrors == 1)
                #expect(counters.switchErrors == 1)
                #expect(counters.cutAnswers == 1)
                #expect(counters.clientErrors == 0)
                #expect(counters.latency.counts.reduce(0, +) == 4)
                // A rotation as logrotate does it loses nothing.
                #expect(rename(fixture.log, fixture.log + ".1") == 0)
                _ = try await RawClient.answer(port: fixture.port, RawClient.get("web.test", "/path"))
                kill(try #require(fixture.master), SIGUSR1)
                #expect(try await holds { FileManager.default.fileExists(atPath: fixture.log) })
                _ = try await RawClient.answer(port: fixture.port, RawClient.get("web.test", "/path"))
                #expect(try await holds { try await nginx.counters().targets[targets[0].id]?.requests == 8 })
                #expect(await nginx.unreadableLines == 0)
                #expect(try fixture.read("log/teal.log").contains("web.test") == false)
            }
        }
    }

    @Test func `between releases by shares, and clients stay where they are`() async throws {
        try await withServices { (services, targets) async throws in
            try await NginxFixture.run { (fixture) async throws in
                let nginx = fixture.makeSwitch()
                func publish(_ version: UInt64, _ split: TrafficSplit) async throws {
                    let service = try Traffic.service("web", routes: [Self.route], targets: targets) {
                        $0.split = split
                    }
                    try await nginx.publish(Traffic.table(version, service))
                }
                func answers(_ count: Int, _ fields: String = "") async throws -> [Int] {
                    var found = [0, 0]
                    for _ in 0..<count {
                        let answer = try await RawClient.answer(
                            port: fixture.port,
                            RawClient.get("web.test", "/", fields)
                        )
                        found[answer.hasSuffix("web-2") ? 1 : 0] += 1
                    }
                    return found
                }
                let share = TrafficSplit.Share(release: targets[1].release, percent: 30)
                try await publish(1, TrafficSplit(shares: [share]))
                let divided = try await answers(200)
                // Five standard deviations of a binomial distribution around 60.
                #expect((28...92).contains(divided[1]), "\(divided)")
                try await publish(2, TrafficSplit(shares: [share], sticky: .cookie("sid")))
                for client in ["a", "b", "c", "d"] {
                    #expect(try await answers(5, "Cookie: sid=\(client)\r\n").contains(0))
                }
                // Enough clients find both.
                var both = [0, 0]
                for client in 0..<40 {
                    let one = try await answers(1, "Cookie: sid=client-\(client)\r\n")
                    both = [both[0] + one[0], both[1] + one[1]]
                }
                #expect(!both.contains(0), "\(both)")
                try await publish(3, TrafficSplit(sticky: .address))
                #expect(try await answers(10).contains(0))
                await #expect(throws: SwitchError.self) {
                    try await publish(
                        4,
                        TrafficSplit(shares: [share, .init(release: targets[0].release, percent: 70)])
                    )
                }
                await #expect(throws: SwitchError.self) { try await publish(4, TrafficSplit(sticky: .cookie("s-id"))) }
            }
        }
    }

    @Test func `and a path arrives as it came, without its prefix where that is asked for`() async throws {
        try await withServices { (services, targets) async throws in
            try await NginxFixture.run { (fixture) async throws in
                let nginx = fixture.makeSwitch()
                let routes = [
                    Route(hosts: ["web.test"], pathPrefix: "/api (1)", stripPrefix: true),
                    Route(hosts: ["web.test"], pathPrefix: "/api", stripPrefix: true),
                    Route(hosts: ["web.test"], pathPrefix: "/path"),
                ]
                try await nginx.publish(Traffic.table(1, Traffic.service("web", routes: routes, targets: [targets[0]])))
                func body(_ path: String) async throws -> String {
                    let answer = try await RawClient.answer(port: fixture.port, RawClient.get("web.test", path))
                    return answer.components(separatedBy: "\r\n\r\n").last ?? ""
                }
                #expect(try await body("/path/a%2Fb?x=1&y=%20") == "/path/a%2Fb?x=1&y=%20")
                #expect(try await body("/api/path/a%2Fb?x=1") == "/path/a%2Fb?x=1")
                #expect(try await body("/api") == "web-1")
                #expect(try await body("/api?x") == "web-1")
                #expect(
                    try await RawClient.answer(port: fixture.port, RawClient.get("web.test", "/apix")).contains(" 404 ")
                )
                #expect(
                    try await RawClient.answer(port: fixture.port, RawClient.get("web.test", "/")).contains(" 404 ")
                )
                #expect(
                    try await RawClient.answer(port: fixture.port, RawClient.get("other.test", "/path")).contains(
                        " 421 "
                    )
                )
            }
        }
    }
}

/// Something that has come to pass.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
