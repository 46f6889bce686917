import TealCore
import TealDriverKit
import TealProbe
import TealProxySwitch
import TealProxyWire
import Testing

@Suite struct `The switch and a proxy whose answers get lost` {
    private func proxySwitch(_ path: String) -> ProxySwitch { ProxySwitch(controlPath: path, probe: NetworkProbe()) }

    private func publishes(_ proxy: ScriptedProxy) -> Int {
        proxy.asked.filter { if case .publish = $0 { true } else { false } }.count
    }

    @Test func `a publish whose answer was lost asks the position and is not repeated`() async throws {
        try await ScriptedProxy.run(.loseAnswer) { (proxy, path) async throws in
            try await proxySwitch(path).publish(Traffic.table(1, Traffic.service("web")))
            #expect(publishes(proxy) == 1)
            #expect(proxy.asked.last == .readTable)
            #expect(proxy.table.version == 1)
        }
    }

    @Test func `a publish that itself was lost is repeated`() async throws {
        try await ScriptedProxy.run(.loseQuestion) { (proxy, path) async throws in
            try await proxySwitch(path).publish(Traffic.table(1, Traffic.service("web")))
            #expect(publishes(proxy) == 2)
            #expect(proxy.table.version == 1)
        }
    }

    @Test func `a publish lost again and again succeeds in the end`() async throws {
        try await ScriptedProxy.run(.loseQuestion, .loseQuestion, .loseQuestion, .answer, .loseAnswer) {
            (proxy, path) async throws in
            try await proxySwitch(path).publish(Traffic.table(1, Traffic.service("web")))
            #expect(proxy.table.version == 1)
        }
    }

    @Test func `a question that was lost is asked again`() async throws {
        try await ScriptedProxy.run(.loseQuestion, .loseAnswer) { (proxy, path) async throws in
            #expect(try await proxySwitch(path).position() == TablePosition(epoch: 0, version: 0))
            #expect(proxy.asked.count == 3)
        }
    }

    @Test func `a proxy that comes a moment later is waited for`() async throws {
        let path = ScriptedProxy.newPath()
        let position = Task { try await proxySwitch(path).position() }
        try await Task.sleep(for: .milliseconds(100))
        try await ScriptedProxy.run(at: path) { (_, _) async throws in
            #expect(try await position.value == TablePosition(epoch: 0, version: 0))
        }
    }

    @Test func `a proxy that is not there is unreachable within the limit`() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        await #expect(throws: SwitchError.self) { try await proxySwitch("/tmp/tps-nowhere").position() }
        #expect(start.duration(to: clock.now) < ProxySwitch.askLimit + .seconds(2))
    }

    @Test func `a proxy that is silent is unreachable within the limit`() async throws {
        try await ScriptedProxy.run(.silence) { (_, path) async throws in
            let error = await #expect(throws: SwitchError.self) { try await proxySwitch(path).counters() }
            guard case .unreachable(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix("no answer within"))
        }
    }

    @Test func `a cancelled call ends at once`() async throws {
        try await ScriptedProxy.run(.silence) { (proxy, path) async throws in
            let asking = proxySwitch(path)
            let task = Task { try await asking.position() }
            #expect(try await holds { !proxy.asked.isEmpty })
            task.cancel()
            await #expect(throws: SwitchError.cancelled) { try await task.value }
        }
    }
}

@Suite struct `The switch says what the proxy answered` {
    private func error(_ turn: ScriptedProxy.Turn) async throws -> SwitchError? {
        var caught: SwitchError?
        try await ScriptedProxy.run(turn) { (_, path) async throws in
            let proxySwitch = ProxySwitch(controlPath: path, probe: NetworkProbe())
            do {
                try await proxySwitch.publish(Traffic.table(1, Traffic.service("web")))
            } catch let error as SwitchError {
                caught = error
            }
        }
        return caught
    }

    @Test func `a stale table names the position in force`() async throws {
        let current = TablePosition(epoch: 9, version: 4)
        #expect(try await error(.reply(.refused(.staleEpoch(epoch: 9, version: 4)))) == .stale(current: current))
        #expect(try await error(.reply(.refused(.versionGap(epoch: 9, version: 4)))) == .stale(current: current))
    }

    @Test func `a table that cannot be followed or stored says why`() async throws {
        #expect(try await error(.reply(.refused(.badTable("no")))) == .refused("no"))
        #expect(try await error(.reply(.refused(.notStored("/x: broken")))) == .notStored("/x: broken"))
        #expect(try await error(.reply(.refused(.diskFull(path: "/x")))) == .diskFull(path: "/x"))
    }

    @Test func `a proxy of another protocol is refused, not retried`() async throws {
        #expect(
            try await error(.reply(.failed(.noCommonVersion))) == .refused("the proxy answered noCommonVersion")
        )
        #expect(
            try await error(.reply(.forgotten)) == .refused("the proxy's answer to publish is of another kind")
        )
        let garbage = try await error(.bytes([0, 0, 0, 2, 200, 1]))
        #expect(garbage == .refused(#"the proxy's answer cannot be read: unfit("kind")"#))
    }

    @Test func `a stopping proxy is waited out for its successor`() async throws {
        #expect(try await error(.reply(.failed(.stopping))) == nil)
    }

    @Test func `cuts of several targets add up`() async throws {
        try await ScriptedProxy.run { (proxy, path) async throws in
            let report = try await ProxySwitch(controlPath: path, probe: NetworkProbe())
                .cut([.init("a"), .init("b")], requests: true, upgraded: false)
            #expect(report == TealDriverKit.CutReport(requests: 2, upgraded: 4))
            #expect(
                proxy.asked == [
                    .cut(.init("a"), requests: true, upgraded: false),
                    .cut(.init("b"), requests: true, upgraded: false),
                ]
            )
        }
    }

    @Test func `the public endpoint can be connected to from this host`() async throws {
        try await ScriptedProxy.run { (_, path) async throws in
            let proxySwitch = ProxySwitch(controlPath: path, probe: NetworkProbe())
            #expect(await proxySwitch.publicEndpoint() == Endpoint(address: "127.0.0.1", port: 80))
        }
    }
}
