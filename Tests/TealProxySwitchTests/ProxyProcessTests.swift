import Foundation
import TealCore
import TealDriverKit
import TealProbe
import TealProxySwitch
import Testing

@Suite(.serialized, .enabled(if: ProxyFixture.isBuilt, "teal-proxy has not been built"))
struct `The proxy's process` {
    @Test func `is started once and adopted from then on, also by a new daemon`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let first = try await ProxyProcess(fixture.launch).ensureRunning()
            #expect(try await ProxyProcess(fixture.launch).ensureRunning() == first)
            #expect(fixture.processes() == [first.processID])
        }
    }

    @Test func `leads a session of its own and has none of the daemon's descriptors`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let leak = open("/dev/null", O_RDONLY)
            defer { close(leak) }
            let mark = fixture.directory + "/mark"
            _ = FileManager.default.createFile(atPath: mark, contents: nil)
            let marked = open(mark, O_RDONLY)
            defer { close(marked) }
            let run = try await ProxyProcess(fixture.launch).ensureRunning()
            #expect(getsid(run.processID) == run.processID)
            let directory = "/proc/\(run.processID)/fd"
            let open = try FileManager.default.contentsOfDirectory(atPath: directory)
                .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: directory + "/" + $0) }
            #expect(!open.contains(mark))
        }
    }

    @Test func `is started by only one of two that try at the same time`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            async let one = ProxyProcess(fixture.launch).ensureRunning()
            async let other = ProxyProcess(fixture.launch).ensureRunning()
            let (first, second) = try await (one, other)
            #expect(first == second)
            #expect(try await holds { fixture.processes() == [first.processID] })
        }
    }

    @Test func `is back with its table a moment after it was killed`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let service = try await StageService("web-1")
            let process = ProxyProcess(fixture.launch)
            let supervision = Task { await process.superviseForever() }
            var events = process.events.makeAsyncIterator()
            guard case .started(let first)? = await events.next() else { throw NoEvent() }
            let target = try Traffic.target("web", 1, port: service.endpoint.port)
            let proxySwitch = fixture.proxySwitch
            try await proxySwitch.publish(Traffic.table(1, Traffic.service("web", targets: [target])))

            let clock = ContinuousClock()
            for _ in 0..<3 {
                let running = try await ProxyProcess(fixture.launch).ensureRunning()
                kill(running.processID, SIGKILL)
                let killed = clock.now
                #expect(await events.next() == .died(running, exit: .signal(SIGKILL)))
                let told = killed.duration(to: clock.now)
                guard case .started(let next)? = await events.next() else { throw NoEvent() }
                let back = killed.duration(to: clock.now)
                print("proxy killed: noticed after \(told), answers after \(back)")
                #expect(next != running && next.processID != first.processID)
                // 100 ms is the promise for a machine that is not busy with a build.
                #expect(back < .seconds(2))
                #expect(try await proxySwitch.position() == TablePosition(epoch: 1, version: 1))
                var expectation = HTTPExpectation()
                expectation.bodyPattern = "^web-1$"
                let result = await proxySwitch.request(expectation, host: nil, within: .seconds(5))
                #expect(result.hasPassed, "\(result)")
            }
            supervision.cancel()
            await supervision.value
            try await service.close()
        }
    }

    @Test func `outlives its supervision, and an adopted one is supervised as well`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let run = try await ProxyProcess(fixture.launch).ensureRunning()
            let second = ProxyProcess(fixture.launch)
            let supervision = Task { await second.superviseForever() }
            var events = second.events.makeAsyncIterator()
            #expect(await events.next() == .adopted(run))
            kill(run.processID, SIGKILL)
            #expect(await events.next() == .died(run, exit: nil))
            guard case .started(let next)? = await events.next() else { throw NoEvent() }
            supervision.cancel()
            await supervision.value
            #expect(try await ProxyProcess(fixture.launch).ensureRunning() == next)
        }
    }

    @Test func `that cannot listen says so with its last lines`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let service = try await StageService("taken")
            var launch = fixture.launch
            launch.publicListeners = ["127.0.0.1:\(service.endpoint.port)"]
            let error = await #expect(throws: ProxyProcessError.self) {
                try await ProxyProcess(launch).ensureRunning()
            }
            guard case .endedAtOnce(.code(4), let log)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(log.contains { $0.contains("cannot listen at 127.0.0.1 port \(service.endpoint.port)") })
            try await service.close()
        }
    }

    @Test func `whose program is not there says so`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            var launch = fixture.launch
            launch.program = "/nowhere/teal-proxy"
            await #expect(
                throws: ProxyProcessError.notStarted(program: launch.program, reason: "No such file or directory")
            ) { try await ProxyProcess(launch).ensureRunning() }
        }
    }

    @Test func `is not started beside a holder of the lock that does not answer`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            let launch = fixture.launch
            try FileManager.default.createDirectory(atPath: launch.stateDirectory, withIntermediateDirectories: true)
            let lock = open(launch.stateDirectory + "/lock", O_RDWR | O_CREAT, 0o600)
            defer { close(lock) }
            #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
            await #expect(throws: ProxyProcessError.noAnswer(within: ProxyProcess.startLimit, log: [])) {
                try await ProxyProcess(launch).ensureRunning()
            }
            #expect(fixture.processes().isEmpty)
        }
    }

    @Test func `that keeps failing is tried again at a growing pace, and each failure is told`() async throws {
        try await ProxyFixture.run { (fixture) async throws in
            var launch = fixture.launch
            launch.program = "/nowhere/teal-proxy"
            let process = ProxyProcess(launch)
            let supervision = Task { await process.superviseForever() }
            var pauses: [Duration] = []
            for await event in process.events {
                guard case .failed(_, let pause) = event else { throw NoEvent() }
                pauses.append(pause)
                if pauses.count == 5 { break }
            }
            supervision.cancel()
            await supervision.value
            #expect(pauses == [100, 100, 100, 100, 200].map { .milliseconds($0) })
        }
    }

    @Test func `is found beside the program, or where the environment says`() {
        #expect(ProxyLaunch.defaultProgram(environment: ["TEAL_PROXY": "/x/y"]) == "/x/y")
        #expect(ProxyLaunch.defaultProgram(environment: [:]).hasSuffix("/teal-proxy"))
    }
}

struct NoEvent: Error {}
