import TealAPI
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// A shop with a database and a cache, which the web service needs.
struct AccessoryShop {
    let samples: JournalSamples
    let request: TealEngine.Request

    init() throws {
        samples = try JournalSamples()
        request = TealEngine.Request(
            project: samples.project,
            environment: samples.environment,
            author: "anna",
            gitCommit: nil,
            wallTime: 1
        )
    }

    func name(_ text: String) throws -> ServiceName { try ServiceName(parsing: text) }

    func draft(
        _ text: String,
        _ kind: ServiceKind = .accessory,
        needs: [String] = [],
        digest: Character = "1",
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> ReleaseDraft {
        var spec = ServiceSpec(name: try name(text), kind: kind, source: .image("\(text):1"))
        spec.needs = try needs.map(name)
        if kind == .accessory { spec.strategy = .recreate }
        change(&spec)
        return ReleaseDraft(
            spec: spec,
            content: .image(digest: "sha256:" + String(repeating: digest, count: 64)),
            secretVersions: [:],
            configurationHash: ""
        )
    }

    func care(_ drafts: [ReleaseDraft], agreed: [String] = [], force: Bool = false) throws -> AccessoryCare {
        AccessoryCare(drafts: drafts, request: request, force: force, agreed: Set(try agreed.map(name)))
    }

    /// A host on which these run, each as its first release.
    func host(_ drafts: [ReleaseDraft]) throws -> HostState {
        var state = HostState()
        let planned = Planner.deploy(drafts, request, force: false, state: state)
        for record in planned.made { state.make(record) }
        for member in planned.members {
            state.services[member.service]?[member.slot] = .init(release: member.new.id)
            state.services[member.service]?.activeSlot = member.slot
            state.releases[member.new.id]?.wasActive = true
            state.releases[member.new.id]?.endedWell = true
        }
        return state
    }
}

@Suite struct `A deploy leaves accessories as they are` {
    private func names(_ members: [Member]) -> [String] { members.map { "\($0.service.service)" } }

    @Test func `one that never ran is released before what needs it`() throws {
        let shop = try AccessoryShop()
        let drafts = [
            try shop.draft("web", .web, needs: ["db"]), try shop.draft("db", needs: ["store"]),
            try shop.draft("store"), try shop.draft("cache"),
        ]
        let care = try shop.care(drafts)
        let stages = AccessoryCare.stages(care.decide(HostState()).planned.members).map(names)
        #expect(stages == [["store", "cache"], ["db"], ["web"]])
        let first = care.next(HostState())
        #expect(names(first.members) == ["store", "cache"])
        #expect(first.made.map { "\($0.id)" } == ["store@1", "cache@1"])
    }

    @Test func `what runs and has not changed is in no rollout, also of a forced deploy`() throws {
        let shop = try AccessoryShop()
        let drafts = [try shop.draft("db"), try shop.draft("web", .web, needs: ["db"])]
        let care = try shop.care(drafts, force: true)
        let decision = care.decide(try shop.host(drafts))
        #expect(names(decision.planned.members) == ["web"])
        #expect(decision.planned.unchanged.map { "\($0.service)" } == ["db"])
        #expect(decision.left.isEmpty)
    }

    @Test func `what has changed is told and stays, and the others are released`() throws {
        let shop = try AccessoryShop()
        let state = try shop.host([try shop.draft("db"), try shop.draft("web", .web, needs: ["db"])])
        let drafts = [
            try shop.draft("db", digest: "2") { $0.environment["MODE"] = "new" },
            try shop.draft("web", .web, needs: ["db"], digest: "2"),
        ]
        let decision = try shop.care(drafts).decide(state)
        #expect(names(decision.planned.members) == ["web"])
        let left = try #require(decision.left.first.map(AccessoryWords.left))
        #expect(left.service == "db" && left.release == "db@1" && left.next == "teal accessory upgrade db")
        #expect(
            left.changes == [
                "image: db:1 (sha256:111111111111) -> db:1 (sha256:222222222222)", "variables: MODE changed",
            ]
        )
        #expect(
            left.downtime
                == "it stops, within 10 s, before the new one starts; until that is ready nobody reaches it"
        )
    }

    @Test func `one that was named is replaced, in place and before what needs it`() throws {
        let shop = try AccessoryShop()
        let state = try shop.host([try shop.draft("db"), try shop.draft("web", .web, needs: ["db"])])
        let drafts = [try shop.draft("web", .web, needs: ["db"], digest: "2"), try shop.draft("db", digest: "2")]
        let care = try shop.care(drafts, agreed: ["db"])
        #expect(care.decide(state).left.isEmpty)
        let next = care.next(state)
        #expect(names(next.members) == ["db"])
        #expect(next.members.first?.mode == .inPlace)
        #expect(next.members.first?.new.id.number == 2)
    }

    @Test func `what was an accessory stays one until it is named`() throws {
        let shop = try AccessoryShop()
        let state = try shop.host([try shop.draft("db")])
        let drafts = [try shop.draft("db", .web)]
        #expect(try shop.care(drafts).decide(state).left.count == 1)
        #expect(names(try shop.care(drafts, agreed: ["db"]).decide(state).planned.members) == ["db"])
    }

    @Test func `one that needs something else that changes comes with that`() throws {
        let shop = try AccessoryShop()
        let drafts = [
            try shop.draft("seed", .job), try shop.draft("db", needs: ["seed"]),
            try shop.draft("web", .web, needs: ["db"]),
        ]
        let stages = AccessoryCare.stages(try shop.care(drafts).decide(HostState()).planned.members).map(names)
        #expect(stages == [["seed", "db", "web"]])
    }

    @Test func `another environment is refused as ever`() throws {
        let shop = try AccessoryShop()
        let state = try shop.host([try shop.draft("db")])
        let other = TealEngine.Request(
            project: shop.request.project,
            environment: try EnvironmentName(parsing: "staging"),
            author: "anna",
            gitCommit: nil,
            wallTime: 1
        )
        let care = AccessoryCare(drafts: [try shop.draft("db")], request: other, force: false, agreed: [])
        #expect(care.decide(state).planned.problems.map(\.code) == ["deploy.other-environment"])
    }
}

@Suite struct `What services of a project need of each other` {
    @Test func `is found through others, without what was stopped`() throws {
        let shop = try AccessoryShop()
        var state = try shop.host([
            try shop.draft("store"), try shop.draft("db", needs: ["store"]),
            try shop.draft("web", .web, needs: ["db"]), try shop.draft("cache", needs: ["store"]),
            try shop.draft("other", .web),
        ])
        func dependents(of name: String) throws -> [String] {
            NeedOrder(shop.samples.project, state).dependents(of: try shop.name(name)).map(\.description)
        }
        #expect(try dependents(of: "store") == ["cache", "db", "web"])
        #expect(try dependents(of: "db") == ["web"])
        #expect(try dependents(of: "web") == [])
        #expect(
            NeedOrder(shop.samples.project, state).accessories.map { "\($0.id)" } == ["store@1", "cache@1", "db@1"]
        )
        let cache = try shop.samples.key("cache")
        state.services[cache]?.stopped = PersonalStop(ReleaseID(service: cache, number: 1), by: "anna", at: 1)
        #expect(try dependents(of: "store") == ["db", "web"])
    }
}

@Suite struct `For how long an accessory was away` {
    private func note(
        _ sequence: Int,
        at milliseconds: Int,
        _ leg: Leg,
        _ note: RolloutNote
    ) -> JournalledNote {
        JournalledNote(sequence: sequence, elapsed: .milliseconds(milliseconds), leg: leg, note: note, remaining: nil)
    }

    private func rollout(_ leg: Leg, back: Bool = false) throws -> Rollout {
        let shop = try AccessoryShop()
        let state = try shop.host([try shop.draft("db")])
        let member = try #require(
            try shop.care([try shop.draft("db", digest: "2")], agreed: ["db"]).next(state).members.first
        )
        var rollout = Rollout(
            id: RolloutID(number: 1),
            kind: .deploy,
            members: [member],
            author: "anna",
            now: Timestamp(nanoseconds: 1)
        )
        rollout.leg = leg
        rollout.reached = leg.isBack ? .proveReplaced : leg
        if back { rollout.backReason = .rolledBack(by: "anna") }
        return rollout
    }

    @Test func `is from before it was told to stop until it was ready`() throws {
        let rollout = try rollout(.settle)
        let key = rollout.members[0].service
        let notes = [
            note(1, at: 100, .fetch, .phaseBegan(.fetch)), note(2, at: 900, .vacate, .phaseBegan(.switching)),
            note(3, at: 3_100, .proveReplaced, .progress(key, "db-green-0 is healthy")),
            note(4, at: 3_200, .record, .moment(.switched)),
        ]
        let gap = try #require(AccessoryWords.gaps(rollout, notes, elapsed: .seconds(9))?.first)
        #expect(gap == AccessoryGap(service: "db", seconds: 2.2, isOver: true))
    }

    @Test func `goes on while nothing is ready, also on the way back`() throws {
        let rollout = try rollout(.backProve, back: true)
        let key = rollout.members[0].service
        var notes = [
            note(1, at: 900, .vacate, .phaseBegan(.switching)),
            note(2, at: 2_000, .proveReplaced, .progress(key, "db-green-0 is healthy")),
        ]
        #expect(
            AccessoryWords.gaps(rollout, notes, elapsed: .seconds(5))
                == [AccessoryGap(service: "db", seconds: 4.1, isOver: false)]
        )
        notes.append(note(3, at: 6_900, .backProve, .progress(key, "db-blue-0 is healthy")))
        #expect(
            AccessoryWords.gaps(rollout, notes, elapsed: .seconds(9))
                == [AccessoryGap(service: "db", seconds: 6, isOver: true)]
        )
    }

    @Test func `is nothing before it is replaced`() throws {
        #expect(AccessoryWords.gaps(try rollout(.fetch), [], elapsed: .seconds(1)) == nil)
    }
}
