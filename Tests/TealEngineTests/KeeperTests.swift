import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `Between rollouts replicas are kept running and routes on those that are well` {
    private static let web = Samples.key("web")
    private static let active = ReleaseID(service: web, number: 2)
    private static let began = Timestamp(nanoseconds: 0)
    private static let blue = (0...1).map { ReplicaID(service: web, slot: .blue, index: $0) }
    private static let passed = ProbeResult.passed(latency: .milliseconds(1))

    /// Two replicas are active and proven in blue, the release before is in green.
    private static func state(proven: [Int] = [0, 1], standbyUntil: Timestamp? = nil) -> HostState {
        var record = ServiceRecord(service: web, environment: Samples.environment)
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        record.blue = .init(
            release: active,
            proven: .init(uniqueKeysWithValues: proven.map { ($0, Cast.target(blue[$0], active)) })
        )
        record.green = .init(release: ReleaseID(service: web, number: 1))
        record.standbyUntil = standbyUntil
        let releases = (1...2).map { ReleaseRecord(release: Cast.release(Samples.web(), $0)) }
        return HostState(services: [record], releases: releases)
    }

    private static func running(_ indices: [Int] = [0, 1], run: String = "1") -> [ReplicaState] {
        indices.map { Cast.running(blue[$0], active, run: run) }
    }

    /// What comes of a good answer of the first replica, which was asked as one run and may be another one by now.
    private static func pass(
        _ keeper: inout Keeper,
        asked: ReplicaState,
        now running: ReplicaState,
        _ state: HostState
    ) -> [Keeper.Task] {
        keeper.probed(blue[0], passed, run: asked.run, state: state, running: running, now: began)
    }

    @Test func `replicas that are well are only asked`() {
        var keeper = Keeper(service: Self.web)
        let tasks = keeper.look(at: Self.state(), running: Self.running(), hold: .none, now: Self.began)
        #expect(tasks == Self.blue.map { .probe($0, Self.active) })
    }

    @Test func `a dead replica leaves the route and starts again, each time after a longer wait`() {
        var keeper = Keeper(service: Self.web)
        let first = keeper.look(at: Self.state(), running: Self.running([1]), hold: .none, now: Self.began)
        #expect(
            first.prefix(2) == [
                .withdraw(Cast.target(Self.blue[0], Self.active), unlessLast: false, why: "it does not run"),
                .start(Self.blue[0], Self.active),
            ]
        )
        let state = Self.state(proven: [1])
        var waits: [Int] = []
        var last = 0
        for millisecond in stride(from: 50, through: 40_000, by: 50) {
            let now = Self.began + .milliseconds(millisecond)
            let tasks = keeper.look(at: state, running: Self.running([1]), hold: .none, now: now)
            guard tasks.contains(.start(Self.blue[0], Self.active)) else { continue }
            waits.append(millisecond - last)
            last = millisecond
        }
        #expect(waits == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    }

    @Test func `an unwell replica leaves the route after three failures`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state()
        _ = keeper.look(at: state, running: Self.running(), hold: .none, now: Self.began)
        let tasks = (1...3).map { _ in Self.fail(&keeper, state) }
        let target = Cast.target(Self.blue[0], Self.active)
        #expect(tasks == [[], [], [.withdraw(target, unlessLast: true, why: "answered 503")]])
    }

    @Test func `the last one stays on the route, however unwell`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state(proven: [0])
        _ = keeper.look(at: state, running: Self.running(), hold: .none, now: Self.began)
        let tasks = (1...9).flatMap { _ in Self.fail(&keeper, state) }
        #expect(tasks.isEmpty)
    }

    private static func fail(_ keeper: inout Keeper, _ state: HostState) -> [Keeper.Task] {
        let running = running()[0]
        return keeper.probed(
            blue[0],
            .failed(.status(503)),
            run: running.run,
            state: state,
            running: running,
            now: began
        )
    }

    @Test func `a replica that started again is off the route until it has passed its gate`() {
        var keeper = Keeper(service: Self.web)
        let again = Self.running([0], run: "2") + Self.running([1])
        let tasks = keeper.look(at: Self.state(), running: again, hold: .none, now: Self.began)
        let before = Cast.target(Self.blue[0], Self.active)
        #expect(tasks.contains(.withdraw(before, unlessLast: false, why: "it was started again")))
        let state = Self.state(proven: [1])
        let answers = (1...3).map { _ in
            Self.pass(&keeper, asked: again[0], now: again[0], state)
        }
        #expect(answers == [[], [], [.prove(Cast.target(Self.blue[0], Self.active, run: "2"), onlyAsFirst: false)]])
    }

    @Test func `what a run passed before it ended does not count for the run after it`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state(proven: [1])
        let first = Self.running()
        _ = keeper.look(at: state, running: first, hold: .none, now: Self.began)
        // It was asked as run 1, and started again before the answer came.
        let again = Self.running([0], run: "2") + Self.running([1])
        _ = keeper.look(at: state, running: again, hold: .none, now: Self.began)
        let answers = [first[0], again[0], again[0], again[0]].map { asked in
            Self.pass(&keeper, asked: asked, now: again[0], state)
        }
        #expect(
            answers == [[], [], [], [.prove(Cast.target(Self.blue[0], Self.active, run: "2"), onlyAsFirst: false)]]
        )
    }

    @Test func `a run passes its gate though the one before it stays as the last`() throws {
        var keeper = Keeper(service: Self.web)
        let state = Self.state(proven: [0])
        let place = try #require(state.services[Self.web]?[.blue])
        _ = keeper.look(at: state, running: Self.running([0]), hold: .running, now: Self.began)
        #expect(keeper.isProven(Self.blue[0], in: place))
        let again = Self.running([0], run: "2")
        let answers = (0..<3).map { _ in
            // Each look tells once more that the run before it is gone.
            _ = keeper.look(at: state, running: again, hold: .running, now: Self.began)
            return Self.pass(&keeper, asked: again[0], now: again[0], state)
        }
        #expect(
            answers == [[], [], [.prove(Cast.target(Self.blue[0], Self.active, run: "2"), onlyAsFirst: false)]]
        )
        #expect(!keeper.isProven(Self.blue[0], in: place))
    }

    @Test func `one pass is enough when no other replica is on the route`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state(proven: [])
        let running = Self.running()
        _ = keeper.look(at: state, running: running, hold: .none, now: Self.began)
        let tasks = keeper.probed(
            Self.blue[0],
            Self.passed,
            run: running[0].run,
            state: state,
            running: running[0],
            now: Self.began
        )
        #expect(tasks == [.prove(Cast.target(Self.blue[0], Self.active), onlyAsFirst: true)])
    }

    @Test func `the standby is stopped when its time is over`() {
        var keeper = Keeper(service: Self.web)
        let until = Self.began + .seconds(60)
        let old = ReleaseID(service: Self.web, number: 1)
        let green = (0...1).map { Cast.running(ReplicaID(service: Self.web, slot: .green, index: $0), old) }
        let state = Self.state(standbyUntil: until)
        let running = Self.running() + green
        let before = keeper.look(at: state, running: running, hold: .none, now: until + .nanoseconds(-1))
        #expect(!before.contains(.stopStandby(old, .green)))
        let after = keeper.look(at: state, running: running, hold: .none, now: until)
        #expect(after.contains(.stopStandby(old, .green)))
    }

    @Test func `a standby that does not stop is stopped again, each time after a longer wait`() {
        let other = ReleaseID(service: Self.web, number: 1)
        let standby = Cast.running(ReplicaID(service: Self.web, slot: .green, index: 0), other, run: "1")
        var keeper = Keeper(service: Self.web)
        var moments: [Int] = []
        for milliseconds in stride(from: 0, through: 1600, by: 50) {
            let now = Self.began + .milliseconds(milliseconds)
            let tasks = keeper.look(at: Self.state(), running: Self.running() + [standby], hold: .none, now: now)
            if tasks.contains(.stopStandby(other, .green)) { moments.append(milliseconds) }
        }
        #expect(moments == [0, 100, 300, 700, 1500])
    }

    @Test func `a standby is never started, and left alone while a rollout holds the service`() {
        var keeper = Keeper(service: Self.web)
        let old = ReleaseID(service: Self.web, number: 1)
        let state = Self.state(standbyUntil: Self.began + .seconds(60))
        let tasks = keeper.look(at: state, running: Self.running(), hold: .none, now: Self.began)
        #expect(tasks == Self.blue.map { .probe($0, Self.active) })
        let late = Self.began + .seconds(61)
        let busy = keeper.look(at: state, running: Self.running(), hold: .running, now: late)
        #expect(!busy.contains(.stopStandby(old, .green)))
    }

    @Test func `two that turn unwell in the same moment do not both leave the route`() throws {
        var record = try #require(Self.state().services[Self.web])
        for id in Self.blue { record.withdraw(Cast.target(id, Self.active), unlessLast: true) }
        #expect(record.blue?.proven.count == 1)
        record.withdraw(Cast.target(Self.blue[1], Self.active, run: "2"), unlessLast: false)
        #expect(record.blue?.proven.count == 1)
        record.withdraw(Cast.target(Self.blue[1], Self.active), unlessLast: false)
        #expect(record.blue?.proven.isEmpty == true)
    }

    // MARK: Drift and the runtime's own check

    private static func drifted(_ drift: [ReplicaDrift]) -> [ReplicaState] {
        let state = running()[0]
        return [
            ReplicaState(
                id: state.id,
                release: state.release,
                endpoint: state.endpoint,
                phase: .running,
                run: state.run,
                restarts: 0,
                restartPolicy: .unlessStopped,
                gateway: "10.213.1.1",
                drift: drift
            ), running()[1],
        ]
    }

    @Test(arguments: [Keeper.Hold.running, .halted])
    func `during a rollout only what cuts users off is put right`(hold: Keeper.Hold) {
        let drift: [ReplicaDrift] = [.renamed(to: "mine"), .disconnected]
        let run = Self.drifted(drift)[0].run ?? RunID("none")
        func mends(_ drift: [ReplicaDrift]) -> [Keeper.Task] {
            var keeper = Keeper(service: Self.web)
            return keeper.look(at: Self.state(), running: Self.drifted(drift), hold: hold, now: Self.began)
                .filter { if case .mend = $0 { true } else { false } }
        }
        #expect(mends(drift) == [.mend(Self.blue[0], Self.active, run, [.disconnected])])
        #expect(mends([.renamed(to: "mine")]).isEmpty)
    }

    @Test func `what somebody changed is put right, each time after a longer wait`() {
        var keeper = Keeper(service: Self.web)
        let drift: [ReplicaDrift] = [.renamed(to: "mine"), .disconnected]
        let run = Self.drifted(drift)[0].run ?? RunID("none")
        let mend = Keeper.Task.mend(Self.blue[0], Self.active, run, drift)
        var waits: [Int] = []
        for millisecond in stride(from: 0, through: 2000, by: 50) {
            let now = Self.began + .milliseconds(millisecond)
            let tasks = keeper.look(at: Self.state(), running: Self.drifted(drift), hold: .none, now: now)
            #expect(!tasks.contains(.start(Self.blue[0], Self.active)))
            if tasks.contains(mend) { waits.append(millisecond) }
        }
        #expect(waits == [0, 100, 300, 700, 1500])
        let later = Self.began + .seconds(60)
        _ = keeper.look(at: Self.state(), running: Self.drifted([]), hold: .none, now: later)
        let again = keeper.look(at: Self.state(), running: Self.drifted(drift), hold: .none, now: later)
        #expect(again.contains(mend))
    }

    @Test func `a standby that somebody changed is left as it is`() {
        var keeper = Keeper(service: Self.web)
        let old = ReleaseID(service: Self.web, number: 1)
        let green = ReplicaID(service: Self.web, slot: .green, index: 0)
        let standby = ReplicaState(
            id: green,
            release: old,
            endpoint: nil,
            phase: .running,
            run: RunID("x"),
            restarts: 0,
            restartPolicy: .no,
            drift: [.disconnected]
        )
        let state = Self.state(standbyUntil: Self.began + .seconds(60))
        let tasks = keeper.look(at: state, running: Self.running() + [standby], hold: .none, now: Self.began)
        #expect(!tasks.contains(.mend(green, old, RunID("x"), [.disconnected])))
    }

    @Test func `a standby that somebody gave a policy loses it, stopped or not, and not during a rollout`() {
        let green = ReplicaID(service: Self.web, slot: .green, index: 0)
        let standby = ReplicaState(
            id: green,
            release: ReleaseID(service: Self.web, number: 1),
            endpoint: nil,
            phase: .stopped,
            run: RunID("x"),
            restarts: 0,
            restartPolicy: .unlessStopped
        )
        for (hold, isMended) in [(Keeper.Hold.none, true), (.running, false), (.halted, false)] {
            var keeper = Keeper(service: Self.web)
            let tasks = keeper.look(
                at: Self.state(standbyUntil: Self.began + .seconds(60)),
                running: Self.running() + [standby],
                hold: hold,
                now: Self.began
            )
            #expect(tasks.contains(.setPolicy(.no, green)) == isMended)
        }
    }

    @Test func `a policy that does not stay is set again, each time after a longer wait`() {
        var keeper = Keeper(service: Self.web)
        let without = Self.blue.map { replica in
            ReplicaState(
                id: replica,
                release: Self.active,
                endpoint: nil,
                phase: .running,
                run: Cast.target(replica, Self.active).run,
                restarts: 0,
                restartPolicy: .no
            )
        }
        var moments: [Int] = []
        for millisecond in stride(from: 0, through: 2000, by: 50) {
            let now = Self.began + .milliseconds(millisecond)
            let tasks = keeper.look(at: Self.state(), running: without, hold: .none, now: now)
            if tasks.contains(.setPolicy(.unlessStopped, Self.blue[0])) { moments.append(millisecond) }
        }
        #expect(moments == [0, 100, 300, 700, 1500])
        let later = Self.began + .seconds(3)
        _ = keeper.look(at: Self.state(), running: Self.running(), hold: .none, now: later)
        let again = keeper.look(at: Self.state(), running: without, hold: .none, now: later)
        #expect(again.contains(.setPolicy(.unlessStopped, Self.blue[0])), "it had stayed meanwhile")
    }

    @Test func `a release that hands its work over is started at work only in the active slot`() {
        var spec = Samples.web()
        spec.background = Samples.handover
        let release = Cast.release(spec, 1)
        var record = ServiceRecord(service: release.id.service, environment: Samples.environment)
        record.activeSlot = .green
        let state = HostState(services: [record])
        func replica(_ slot: Slot) -> ReplicaID { ReplicaID(service: record.service, slot: slot, index: 0) }
        #expect(state.mayWork(replica(.green), release))
        #expect(!state.mayWork(replica(.blue), release), "its successor may still work")
        #expect(state.mayWork(replica(.blue), Cast.release(Samples.web(), 1)))
    }

    @Test func `while a rollout holds the service, the rollout says which slot works, and not the record`() throws {
        var spec = Samples.web(replicas: 1)
        spec.background = Samples.handover
        let member = Cast.second(spec)
        // On a full disk: the rollout has gone back, and the record is of before that.
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record.activeSlot = .green
        let state = HostState(services: [record])
        let new = member.replicas(.new)[0]
        var play = Play([member]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isSwitched = play.run(to: .verify)
        try #require(isSwitched)
        #expect(state.mayWork(new, member.new, during: play.rollout))
        let isBack = play.run(to: .backRemove)
        try #require(isBack)
        #expect(!state.mayWork(new, member.new, during: play.rollout), "the work was given back")
    }

    @Test func `after a rollout that halted the active release works only when nothing else runs`() throws {
        var spec = Samples.web(replicas: 1)
        spec.background = Samples.handover
        let member = Cast.second(spec)
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record.activeSlot = .green
        let state = HostState(services: [record])
        let new = member.replicas(.new)[0]
        var play = Play([member]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old): .standing([])
            case .probe where step.leg.isBack: .probed(.failed(.status(500)), run: nil)
            default: nil
            }
        }
        play.run()
        guard case .halted = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
        #expect(state.mayWork(new, member.new, during: play.rollout, beside: Cast.running(member, .new)))
        #expect(!state.mayWork(new, member.new, during: play.rollout, beside: Cast.running(member, .old)))
    }

    @Test func `what is told late of a run before decides nothing`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state()
        #expect(keeper.sawUnhealthy(Self.blue[0], run: RunID("before"), state: state, now: Self.began).isEmpty)
        let own = Cast.target(Self.blue[0], Self.active).run
        #expect(keeper.sawUnhealthy(Self.blue[0], run: own, state: state, now: Self.began).count == 1)
    }

    @Test func `the runtime's own check takes a replica off the route, but never the last one`() {
        var keeper = Keeper(service: Self.web)
        let target = Cast.target(Self.blue[0], Self.active)
        let tasks = keeper.sawUnhealthy(Self.blue[0], state: Self.state(), now: Self.began)
        #expect(tasks == [.withdraw(target, unlessLast: true, why: "its own health check says unhealthy")])
        let last = keeper.sawUnhealthy(Self.blue[0], state: Self.state(proven: [0]), now: Self.began)
        #expect(last.isEmpty)
        let gone = keeper.sawUnhealthy(Self.blue[0], state: Self.state(proven: [1]), now: Self.began)
        #expect(gone.isEmpty)
    }

    @Test func `what left the route is asked at once when the others are gone`() {
        var keeper = Keeper(service: Self.web)
        let both = Self.blue.map { Cast.running($0, Self.active) }
        _ = keeper.look(at: Self.state(), running: both, hold: .none, now: Self.began)
        for (id, running) in zip(Self.blue, both) {
            _ = keeper.probed(
                id,
                Self.passed,
                run: running.run,
                state: Self.state(),
                running: running,
                now: Self.began
            )
        }
        let soon = Self.began + .milliseconds(10)
        #expect(keeper.sawUnhealthy(Self.blue[0], state: Self.state(), now: soon).count == 1)
        let left = Self.state(proven: [1])
        #expect(!keeper.look(at: left, running: both, hold: .none, now: soon).contains(Self.asking))
        let tasks = keeper.look(at: left, running: [both[0]], hold: .none, now: soon)
        #expect(tasks.contains(Self.asking), "users have nobody else")
    }

    private static let asking = Keeper.Task.probe(blue[0], active)

    @Test func `a run that is proven brings its gateway along`() {
        var keeper = Keeper(service: Self.web)
        let running = Self.drifted([])
        let state = Self.state(proven: [])
        _ = keeper.look(at: state, running: running, hold: .none, now: Self.began)
        let tasks = keeper.probed(
            Self.blue[0],
            Self.passed,
            run: running[0].run,
            state: state,
            running: running[0],
            now: Self.began
        )
        guard case .prove(let target, _)? = tasks.first else {
            Issue.record("it said \(tasks)")
            return
        }
        #expect(target.gateway == "10.213.1.1")
    }

    // MARK: After a rollout that halted

    private static func halted(_ routed: ServiceRecord.Routed, proven: [Int] = []) -> HostState {
        var state = state(proven: proven)
        state.services[web]?.routed = routed
        return state
    }

    @Test func `what has no route runs on while a halted rollout waits for a person`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.halted(.absent)
        let halted = keeper.look(at: state, running: [], hold: .halted, now: Self.began)
        #expect(halted == Self.blue.map { .start($0, Self.active) })
        var other = Keeper(service: Self.web)
        let rolling = other.look(at: state, running: [], hold: .running, now: Self.began)
        #expect(rolling.isEmpty)
    }

    @Test func `nothing is started beside what a halted rollout left running`() {
        var keeper = Keeper(service: Self.web)
        let green = Cast.running(ReplicaID(service: Self.web, slot: .green, index: 0), Self.active)
        let tasks = keeper.look(at: Self.halted(.vacant), running: [green], hold: .halted, now: Self.began)
        #expect(tasks.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a stop of the standby that is noted late takes nothing from users who were sent there since`(isRouted: Bool) {
        let release = ReleaseID(service: Self.web, number: 1)
        let before = Cast.target(ReplicaID(service: Self.web, slot: .green, index: 0), release)
        let since = Cast.target(ReplicaID(service: Self.web, slot: .green, index: 1), release, run: "2")
        var state = Self.state(standbyUntil: Self.began)
        state.services[Self.web]?.green?.proven = [0: before, 1: since]
        if isRouted { state.services[Self.web]?.routed = .slot(.green) }
        let was = state
        state.endStandby(of: release, in: .green, proven: [0: before])
        if isRouted { return #expect(state == was) }
        #expect(state.services[Self.web]?.green?.proven == [1: since])
        #expect(state.services[Self.web]?.standbyUntil == nil)
    }

    @Test func `an active replica that was told to do no work is told to, each time after a longer wait`() {
        var spec = Samples.web()
        spec.background = .handover(activate: .signal("USR1"), deactivate: .signal("USR2"))
        var state = Self.state()
        let release = Cast.release(spec, 2)
        state.releases[release.id] = ReleaseRecord(release: release)
        func told(_ isActive: Bool?, hold: Keeper.Hold = .none, at milliseconds: Int, _ keeper: inout Keeper) -> Int {
            let running = Self.blue.map {
                Cast.running($0, Self.active, isActive: $0 == Self.blue[0] ? isActive : true)
            }
            return keeper.look(at: state, running: running, hold: hold, now: Self.began + .milliseconds(milliseconds))
                .count { $0 == .activate(Self.blue[0], Self.active) }
        }
        var keeper = Keeper(service: Self.web)
        #expect(told(nil, at: 0, &keeper) == 0 && told(true, at: 0, &keeper) == 0)
        #expect(told(false, hold: .running, at: 0, &keeper) == 0, "a rollout tells it itself")
        let times = [0, 50, 100, 150, 250, 300, 350]
        #expect(times.map { told(false, at: $0, &keeper) } == [1, 0, 1, 0, 0, 1, 0])
    }

    /// A later rollout of another service overtook one that had halted, and nothing holds the service any more.
    @Test(arguments: [true, nil, false] as [Bool?])
    func `work that a halted rollout left in the other slot ends before the active release is given it`(left: Bool?) {
        var spec = Samples.web()
        spec.background = Samples.handover
        var state = Self.state()
        for number in 1...2 {
            let release = Cast.release(spec, number)
            state.releases[release.id] = ReleaseRecord(release: release)
        }
        let other = ReplicaID(service: Self.web, slot: .green, index: 0)
        let standby = Cast.running(other, ReleaseID(service: Self.web, number: 1), isActive: left)
        let idle = Self.blue.map { Cast.running($0, Self.active, isActive: false) }
        var keeper = Keeper(service: Self.web)
        let tasks = keeper.look(at: state, running: idle + [standby], hold: .none, now: Self.began)
        #expect(tasks.contains(.activate(Self.blue[0], Self.active)) == (left == false))
        #expect(state.mayWork(Self.blue[0], Cast.release(spec, 2), beside: [standby]) == (left == false))
        #expect(state.mayWork(Self.blue[0], Cast.release(spec, 2), beside: idle))
    }

    @Test func `what works alone starts only once the other slot has stopped`() {
        var spec = Samples.web()
        spec.background = .exclusive
        var state = Self.state(proven: [], standbyUntil: Self.began + .seconds(600))
        for number in 1...2 {
            let release = Cast.release(spec, number)
            state.releases[release.id] = ReleaseRecord(release: release)
        }
        let other = ReleaseID(service: Self.web, number: 1)
        let left = Cast.running(ReplicaID(service: Self.web, slot: .green, index: 0), other, run: "1")
        var keeper = Keeper(service: Self.web)
        let first = keeper.look(at: state, running: [left], hold: .none, now: Self.began)
        #expect(first == [.setPolicy(.no, left.id), .stopStandby(other, .green)])
        let then = keeper.look(at: state, running: [], hold: .none, now: Self.began + .milliseconds(50))
        #expect(then.contains(.start(Self.blue[0], Self.active)))
    }

    /// A rollout could not write down, or clear away, what it had left there.
    @Test(arguments: [Background.exclusive, Samples.handover, .none])
    func `what no record names is stopped when the active release waits for it`(work: Background) {
        var spec = Samples.web()
        spec.background = work
        var state = Self.state(proven: [])
        for number in 1...3 {
            let release = Cast.release(spec, number)
            state.releases[release.id] = ReleaseRecord(release: release)
        }
        let unknown = ReleaseID(service: Self.web, number: 3)
        // It starts again and again, and does not run at this moment.
        let left = ReplicaState(
            id: ReplicaID(service: Self.web, slot: .green, index: 0),
            release: unknown,
            endpoint: nil,
            phase: .restarting(.init(code: 137, outOfMemory: false)),
            run: nil,
            restarts: 3,
            restartPolicy: .unlessStopped
        )
        var keeper = Keeper(service: Self.web)
        let first = keeper.look(at: state, running: [left], hold: .none, now: Self.began)
        #expect(first.contains(.stopLeft(left.id, unknown)) == (work != .none))
        #expect(first.contains(.start(Self.blue[0], Self.active)) == (work != .exclusive))
        let soon = keeper.look(at: state, running: [left], hold: .none, now: Self.began + .milliseconds(50))
        #expect(!soon.contains(.stopLeft(left.id, unknown)))
        let late = keeper.look(at: state, running: [left], hold: .none, now: Self.began + .milliseconds(150))
        #expect(late.contains(.stopLeft(left.id, unknown)) == (work != .none))
        let held = keeper.look(at: state, running: [left], hold: .halted, now: Self.began + .seconds(60))
        #expect(!held.contains(.stopLeft(left.id, unknown)))
        let gone = keeper.look(at: state, running: [], hold: .none, now: Self.began + .seconds(120))
        #expect(gone.contains(.start(Self.blue[0], Self.active)))
    }

    @Test func `users are sent to the active release as soon as it is well again`() {
        var keeper = Keeper(service: Self.web)
        let unwell = keeper.look(at: Self.halted(.vacant), running: Self.running(), hold: .halted, now: Self.began)
        #expect(!unwell.contains(.routeActive(Self.web, .blue)))
        let state = Self.halted(.vacant, proven: [0])
        let well = keeper.look(at: state, running: Self.running(), hold: .halted, now: Self.began)
        #expect(well.contains(.routeActive(Self.web, .blue)))
        let rolling = keeper.look(at: state, running: Self.running(), hold: .running, now: Self.began)
        #expect(!rolling.contains(.routeActive(Self.web, .blue)))
        // A rollout after it ended before it had changed anything.
        let overtaken = keeper.look(at: state, running: Self.running(), hold: .none, now: Self.began)
        #expect(overtaken.contains(.routeActive(Self.web, .blue)))
    }

    @Test func `one that is not well is asked less and less often, down to the gate's own pace`() {
        var keeper = Keeper(service: Self.web)
        let state = Self.state(proven: [])
        let running = Self.running()
        var asked: [Timestamp] = []
        for step in 0..<1000 {
            let now = Self.began + .milliseconds(10 * step)
            let tasks = keeper.look(at: state, running: running, hold: .none, now: now)
            guard tasks.contains(.probe(Self.blue[0], Self.active)) else { continue }
            asked.append(now)
            _ = keeper.probed(
                Self.blue[0],
                .failed(.status(503)),
                run: running[0].run,
                state: state,
                running: running[0],
                now: now
            )
        }
        let waits = zip(asked.dropFirst(), asked).map { $0.since($1) }
        #expect(waits == [100, 200, 400, 800, 1600, 2000, 2000, 2000].map { Duration.milliseconds($0) })
    }
}
