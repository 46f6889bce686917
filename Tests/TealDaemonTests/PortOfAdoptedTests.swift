import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch
import TealTestSupport
import Testing

@testable import TealDaemon

/// A container that was adopted as release 1 of the service, in blue.
private func adopted() throws -> ForeignContainer {
    let key = try Samples().key
    return ForeignContainer(
        id: "c1",
        name: "old",
        addresses: ["0.0.0.0"],
        containerPort: 80,
        restartPolicy: "always",
        adopted: .init(
            replica: ReplicaID(service: key, slot: .blue, index: 0),
            release: ReleaseID(service: key, number: 1)
        )
    )
}

@Suite struct `A port that an adopted container leaves` {
    private func next(
        _ state: PortTakeover.State,
        _ container: PortTakeover.OwnFacts.Stand = .running,
        _ change: (inout PortTakeover.Facts) -> Void = { _ in }
    ) throws -> PortTakeover.Step {
        var facts = PortTakeover.Facts(
            usersAreHere: true,
            hasSettled: false,
            mayRedirect: true,
            connections: 3,
            waited: .seconds(1),
            limit: .seconds(30)
        )
        facts.own = .init(container: container, isNamed: true, isElsewhere: true)
        change(&facts)
        let takeover = PortTakeover(
            service: try Samples().key,
            place: HostPort(port: 8080),
            container: try adopted(),
            state: state,
            since: 0
        )
        return takeover.next(facts)
    }

    @Test func `is the container's until users are on another release, and then led away`() throws {
        #expect(try next(.agreed) { $0.own.isElsewhere = false } == .wait)
        #expect(try next(.agreed) == .redirect)
        #expect(try next(.agreed) { $0.mayRedirect = false } == .wait)
        #expect(
            try next(.agreed) {
                $0.own.isElsewhere = false
                $0.hasSettled = true
            } == .forget
        )
    }

    @Test func `is never what it is stopped for, however long its connections last`() throws {
        for connections in [0, 3, nil] {
            #expect(
                try next(.redirected(standIn: 9)) {
                    $0.connections = connections
                    $0.hasSettled = true
                    $0.waited = .seconds(600)
                } == .wait
            )
        }
    }

    @Test func `is led to the proxy on the way back too, and let go once that has settled`() throws {
        #expect(try next(.redirected(standIn: 9)) { $0.own.isElsewhere = false } == .wait)
        #expect(
            try next(.redirected(standIn: 9)) {
                $0.own.isElsewhere = false
                $0.hasSettled = true
            } == .giveBack
        )
    }

    @Test func `is the proxy's once its rollout has stopped it, or something else is in its place`() throws {
        for state in [PortTakeover.State.agreed, .redirected(standIn: 9)] {
            #expect(try next(state, .stopped) == .listen)
            #expect(try next(state, .gone) { $0.own.isElsewhere = false } == .listen)
            // The engine may just start it again.
            #expect(try next(state, .stopped) { $0.own.isElsewhere = false } == .wait)
            #expect(try next(state, .unknown) == .wait)
        }
        #expect(try next(.taken, .stopped) == .forget)
    }

    @Test func `is nobody's business any more where no table names it`() throws {
        #expect(try next(.agreed) { $0.own.isNamed = false } == .forget)
        #expect(try next(.redirected(standIn: 9)) { $0.own.isNamed = false } == .giveBack)
    }

    @Test func `needs no rule to go before users are taken back to the container`() throws {
        let stage = try PortStage()
        let takeover = PortTakeover(
            service: stage.service,
            place: stage.place,
            container: try adopted(),
            state: .redirected(standIn: 9),
            since: 0
        )
        let (here, next) = (try stage.table(), try stage.table(of: 2))
        #expect(takeover.isElsewhere(in: next) && !takeover.isElsewhere(in: here))
        #expect(!takeover.goesBack(before: try stage.table()))
        #expect(takeover.goesBack(before: try stage.table(users: false)))
        var empty = try stage.table()
        empty.services[0].targets = []
        #expect(!takeover.goesBack(before: empty) && !takeover.isElsewhere(in: empty))
    }
}

@Suite struct `Ports of adopted containers are taken over` {
    private func stage(_ change: (inout PortStage.State) -> Void = { _ in }) throws -> PortStage {
        let own = try adopted()
        return try PortStage { state in
            state.adopted = own
            change(&state)
        }
    }

    private func started(_ stage: PortStage) async throws -> PortTaking {
        let taking = stage.taking()
        await taking.takeUp()
        // As after the adoption: users are on the container.
        try await taking.follow(try stage.table()) { () async throws(SwitchError) in }
        await taking.tend(unended: [])
        #expect(stage.log == [], "nothing is done before a release")
        #expect(await taking.open.isEmpty)
        return taking
    }

    /// The step in which users are switched to another release.
    private func switched(_ taking: PortTaking, _ stage: PortStage) async throws -> [String] {
        try await taking.follow(try stage.table(of: 2)) { () async throws(SwitchError) in }
        return await taking.take([stage.service])
    }

    /// What the rollout does when it settles.
    private func stop(_ stage: PortStage) async throws {
        let way = try #require(stage.state.withLock { $0.way })
        let replica = try #require(adopted().adopted?.replica)
        try await way(replica, .seconds(1)) { () async throws(RuntimeError) in
            try await stage.stop(`A port that a container has`.container, within: .seconds(1))
        }
    }

    @Test func `without a gap, and without a word of anybody's`() async throws {
        let stage = try stage()
        let taking = try await started(stage)
        #expect(
            try await switched(taking, stage) == [
                "new connections to port 127.0.0.1:8080 of the host come to shop/web: the container old finishes what it has, "
                    + "and is stopped when the release settles"
            ]
        )
        #expect(stage.log == ["stand-in 41000", "rules [41000]"])
        await taking.tend(unended: [stage.service])
        stage.state.withLock { $0.connections = 0 }
        await taking.tend(unended: [])
        #expect(stage.log.count == 2, "the container is its rollout's to stop")
        try await stop(stage)
        #expect(stage.log.dropFirst(2) == ["stop old", "listen", "rules []", "end stand-in"])
        #expect(await taking.open.isEmpty)
        #expect(await taking.gaps.isEmpty)
    }

    @Test func `after what the container had by itself has ended, within the limit`() async throws {
        let stage = try stage { $0.connections = 2 }
        let taking = try await started(stage)
        _ = try await switched(taking, stage)
        let ending = Task { try await stop(stage) }
        try await Task.sleep(for: .milliseconds(250))
        #expect(stage.state.withLock { $0.containerRuns } && !stage.log.contains("stop old"))
        stage.state.withLock { $0.connections = 0 }
        try await ending.value
        #expect(stage.log.dropFirst(2) == ["stop old", "listen", "rules []", "end stand-in"])
    }

    @Test func `with a gap that is measured and remembered, where nothing may be led away`() async throws {
        let stage = try stage {
            $0.refusal = "there is no `nft`"
            $0.stopTakes = .milliseconds(300)
        }
        let taking = try await started(stage)
        #expect(
            try await switched(taking, stage) == [
                "requests to port 127.0.0.1:8080 of the host go on to the container old until it is stopped, when the release "
                    + "settles, since connections cannot be led away: there is no `nft`"
            ]
        )
        await taking.tend(unended: [])
        #expect(stage.log == [])
        try await stop(stage)
        #expect(stage.log == ["stop old", "listen"])
        #expect(await taking.open.isEmpty)
        let gap = try #require(await taking.gaps.first)
        #expect(gap.place == stage.place && gap.container == "old" && gap.seconds >= 0.1 && gap.seconds < 5)
        #expect(gap.view.port == "127.0.0.1:8080" && gap.view.isOver)
        // A daemon that starts again still knows.
        let again = stage.taking()
        await again.takeUp()
        #expect(await again.gaps == [gap])
    }

    @Test func `not where users are taken back, which nobody there notices`() async throws {
        let stage = try stage()
        let taking = try await started(stage)
        _ = try await switched(taking, stage)
        try await taking.follow(try stage.table()) { () async throws(SwitchError) in stage.note("publish") }
        #expect(stage.log.dropFirst(2) == ["publish"], "the rule leads to the proxy, and that to the container")
        await taking.tend(unended: [stage.service])
        #expect(stage.log.count == 3)
        await taking.tend(unended: [])
        #expect(stage.log.dropFirst(3) == ["rules []", "end stand-in"])
        #expect(stage.state.withLock { $0.containerRuns })
        #expect(await taking.open.isEmpty)
        // And the next release leads them away again.
        _ = try await switched(taking, stage)
        #expect(stage.log.suffix(2) == ["stand-in 41000", "rules [41000]"])
    }

    @Test func `by a daemon that starts again, whatever the one before had done`() async throws {
        let stage = try stage()
        _ = try await switched(try await started(stage), stage)
        // It ended after the container was stopped and before the proxy listened.
        stage.state.withLock { $0.containerRuns = false }
        let again = stage.taking()
        await again.takeUp()
        #expect(stage.state.withLock { $0.rules } == [.init(place: stage.place, port: 41000)])
        try await again.follow(try stage.table(of: 2)) { () async throws(SwitchError) in }
        await again.tend(unended: [stage.service])
        #expect(await again.open.isEmpty)
        #expect(stage.state.withLock { $0.proxyListens && $0.rules.isEmpty && $0.standIn == nil })
    }

    @Test func `as soon as it stands still in the place of another one`() async throws {
        let stage = try stage { $0.refusal = "no" }
        let taking = try await started(stage)
        // One that is replaced in place is stopped before users are anywhere else.
        var vacant = try stage.table()
        vacant.services[0].targets = []
        try await taking.follow(vacant) { () async throws(SwitchError) in }
        try await stop(stage)
        #expect(stage.log == ["stop old", "listen"])
    }

    @Test func `not by a container that does not stop`() async throws {
        let stage = try stage {
            $0.stopFails = true
            $0.connections = 0
        }
        let taking = try await started(stage)
        _ = try await switched(taking, stage)
        await #expect(throws: RuntimeError.refused("no")) { try await stop(stage) }
        #expect(stage.state.withLock { $0.standIn } == 41000)
        #expect(await taking.open[stage.place]?.state == .redirected(standIn: 41000))
    }
}

@Suite struct `Before a release, the port of an adopted container` {
    private func report(
        _ stage: PortStage,
        _ number: Int = 2,
        kind: Rollout.Kind = .deploy
    ) async throws -> PreflightReport {
        let release = try Samples().image(number) { $0.hostPorts = [HostPort(address: "0.0.0.0", port: 8080)] }
        let member = Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        let rollout = Rollout(
            id: RolloutID(number: 1),
            kind: kind,
            members: [member],
            author: "ann",
            now: Timestamp(nanoseconds: 0)
        )
        let holds = stage.state.withLock { $0.containerRuns }
        let check = PortCheck(
            listeners: { ProxyListeners(processID: 1, public: ["0.0.0.0:80"], internal: ["127.0.0.1:8081"]) },
            containers: stage,
            refusal: { await stage.refusal() },
            agreed: { [:] },
            look: { _ in holds ? .taken : .free },
            holder: { _ in nil }
        )
        return await check.check(rollout, HostState())
    }

    @Test func `is taken over without a word, and the plan says how`() async throws {
        let own = try adopted()
        let stage = try PortStage { $0.adopted = own }
        let report = try await report(stage)
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(
            report.warnings == [
                "port 0.0.0.0:8080 of the host is taken over from the adopted container old without a gap: new connections come to "
                    + "the new release once it is switched, and the proxy has the port when old is stopped, as the release settles; "
                    + "a rollback to it makes it anew without the port"
            ]
        )
        stage.state.withLock { $0.refusal = "there is no `nft`" }
        #expect(
            try await self.report(stage).warnings == [
                "port 0.0.0.0:8080 of the host is taken over from the adopted container old with a gap: requests there go on to it "
                    + "until it is stopped, as the release settles, and from then until the proxy has the port nobody may answer, "
                    + "since connections cannot be led away: there is no `nft`; a rollback to it makes it anew without the port"
            ]
        )
    }

    @Test func `is not taken from one that was adopted without it`() async throws {
        let own = try adopted()
        let stage = try PortStage {
            $0.adopted = own
            $0.leaves = false
        }
        let report = try await report(stage)
        #expect(
            report.problems.map(\.description) == [
                """
                error: nothing has been changed: port 0.0.0.0:8080 of shop/web belongs to the container old, which was adopted without it [preflight.port-taken]
                  next: Release web without it first: old is stopped at the end, and the next release may have the port; between the two nobody answers there
                """
            ]
        )
    }

    @Test func `is the proxy's when the container is gone back to, which is made anew without it`() async throws {
        let own = try adopted()
        let stage = try PortStage {
            $0.adopted = own
            $0.containerRuns = false
        }
        let report = try await report(stage, 1, kind: .rollback)
        #expect(
            report.warnings == [
                "web@1 was adopted, and its container old would publish port 0.0.0.0:8080 of the host, which is the proxy's: it is "
                    + "made anew from the record without that port, as web-blue, and old is removed, not its volumes"
            ]
        )
        #expect(try await self.report(stage, 3, kind: .rollback).warnings.isEmpty)
    }

    @Test func `is said to be another service's before anything is adopted with it`() throws {
        let stage = try PortStage()
        var release = try Samples().image(2) { $0.hostPorts = [HostPort(port: 8080)] }
        let record = ReleaseRecord(release: release)
        var service = ServiceRecord(service: release.id.service, environment: release.environment)
        service.blue = .init(release: release.id)
        service.routed = .slot(.blue)
        let state = HostState(services: [service], releases: [record])
        release = try Samples(project: "other").image(2) { $0.hostPorts = [stage.place] }
        let member = Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        #expect(PortCheck.owners(of: [member], state).map(\.code) == ["preflight.port-taken"])
        #expect(PortCheck.owners(of: [member], HostState()).isEmpty)
    }
}
