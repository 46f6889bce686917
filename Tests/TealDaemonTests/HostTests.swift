import Foundation
import Glibc
import TealCore
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `A home` {
    @Test func `is made for its user only`() async throws {
        try await Fixture.with("home") { fixture in
            let home = Home(root: try fixture.directory() + "/teal")
            try home.prepare()
            for path in [home.root, home.secrets, home.runDirectory] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o700, "\(path)")
            }
        }
    }

    @Test(arguments: [("", mode_t(0o777), "chmod go-w"), ("", 0o720, "chmod go-w"), ("/secrets", 0o750, "chmod 0700")])
    func `that others may change, or whose secrets they may read, is refused with the way out`(
        part: String,
        mode: mode_t,
        way: String
    ) async throws {
        try await Fixture.with("home") { fixture in
            let home = Home(root: try fixture.directory() + "/teal")
            try home.prepare()
            #expect(chmod(home.root + part, mode) == 0)
            let error = #expect(throws: Problem.self) { try home.prepare() }
            #expect(error?.code == "daemon.home")
            #expect(error?.next.first?.contains("\(way) \(home.root)\(part)") == true, "\(String(describing: error))")
            #expect(chmod(home.root + part, 0o700) == 0)
            try home.prepare()
        }
    }

    @Test func `that leads to another place is refused`() async throws {
        try await Fixture.with("home") { fixture in
            let directory = try fixture.directory()
            try FileManager.default.createDirectory(atPath: directory + "/real", withIntermediateDirectories: true)
            #expect(symlink(directory + "/real", directory + "/teal") == 0)
            #expect(throws: Problem.self) { try Home(root: directory + "/teal").prepare() }
        }
    }
}

@Suite struct `The memory that a rollout needs` {
    private func state(_ replica: ReplicaID, _ release: Release, _ phase: ReplicaPhase = .running) -> ReplicaState {
        .init(
            id: replica,
            release: release.id,
            endpoint: nil,
            phase: phase,
            run: nil,
            restarts: 0,
            restartPolicy: .no
        )
    }

    private func member(_ strategy: Strategy = .blueGreen, old: Int = 100, new: Int = 100) throws -> Member {
        let samples = try Samples()
        func release(_ number: Int, _ megabytes: Int) throws -> Release {
            try samples.release(number) {
                $0.resources.memoryBytesMax = megabytes << 20
                $0.replicas = 2
                $0.strategy = strategy
            }
        }
        let (older, newer) = (try release(41, old), try release(42, new))
        return Member(
            service: newer.id.service,
            new: newer,
            old: older,
            slot: .green,
            oldSlot: .blue,
            displaced: nil,
            mode: Member.mode(of: newer.spec, replacing: older.spec),
            warmRuns: false
        )
    }

    private func needed(_ member: Member, _ running: [ReplicaState]) -> Int {
        HostPreflight.memoryNeeded([member], running: running) >> 20
    }

    @Test func `is that of its whole slot beside the old one`() throws {
        let member = try member()
        let old = try #require(member.old)
        #expect(needed(member, member.replicas(.old).map { state($0, old) }) == 200)
    }

    @Test func `is nothing for a standby that runs`() throws {
        let member = try member()
        let new = member.replicas(.new)
        #expect(needed(member, new.map { state($0, member.new) }) == 0)
        #expect(needed(member, [state(new[0], member.new), state(new[1], member.new, .stopped)]) == 100)
        // What another release runs there is stopped first, but is none of this one's.
        #expect(needed(member, new.map { state($0, member.old ?? member.new) }) == 200)
    }

    @Test func `is the difference where the old one stops first`() throws {
        let member = try member(.recreate, old: 100, new: 150)
        let old = try #require(member.old)
        #expect(needed(member, member.replicas(.old).map { state($0, old) }) == 100)
        #expect(needed(member, []) == 300)
        let smaller = try self.member(.recreate, old: 100, new: 50)
        #expect(needed(smaller, smaller.replicas(.old).map { state($0, old) }) == 0)
    }
}

@Suite struct `Lines of a log` {
    private func owner(_ release: String?) throws -> LogOwner {
        let replica = ReplicaID(service: try Samples().key, slot: .blue, index: 0)
        return LogOwner(LogLine(time: 1, text: "hush", isError: false, release: release), at: replica)
    }

    @Test func `belong to the release that the log's mark names`() throws {
        #expect(try owner("shop/web@42").release == ReleaseID(service: Samples().key, number: 42))
        #expect(try owner("shop/web@42").isPast(41))
        #expect(try !owner("shop/web@42").isPast(42))
        #expect(try !owner("shop/web@42").isPast(nil))
    }

    @Test(arguments: [nil, "", "web@42", "shop/api@42", "blog/web@42", "shop/web@", "shop/web@-1", "shop/web"])
    func `are nobody's where the mark names no release of the service`(name: String?) throws {
        #expect(try owner(name).release == nil)
    }
}

@Suite struct `Secrets in lines` {
    @Test func `are masked in every version that a rotating one ever had`() async throws {
        try await Fixture.with("masks") { fixture in
            let root = try fixture.directory() + "/secrets"
            let key = try MasterKey.open(under: root)
            let store = EncryptedSecretStore(under: root, key: key)
            let environments = SealedEnvironments(
                secrets: store,
                sealed: ReleaseEnvironmentStore(under: root, key: key)
            )
            let project = try Samples().key.project
            try await store.put(["TOKEN": Secret("first-value"), "FIXED": Secret("fixed-value")], for: project)
            let made = try Samples().release(42) {
                $0.secrets = [.init(name: "TOKEN", rotates: true), .init(name: "FIXED")]
            }
            let release = Release(
                id: made.id,
                environment: made.environment,
                spec: made.spec,
                content: made.content,
                secretVersions: ["TOKEN": 1, "FIXED": 1],
                configurationHash: made.configurationHash,
                gitCommit: nil,
                author: made.author,
                createdAt: made.createdAt
            )
            let lines = ["a first-value", "b second-value", "c third-value", "d fixed-value"]
            #expect(await environments.masked(Array(lines.prefix(1)), of: release) == ["a <redacted>"])
            try await store.put(["TOKEN": Secret("second-value")], for: project)
            #expect(await environments.masked(Array(lines.prefix(2)), of: release) == ["a <redacted>", "b <redacted>"])
            try await store.put(["TOKEN": Secret("third-value")], for: project)
            #expect(
                await environments.masked(lines, of: release)
                    == ["a <redacted>", "b <redacted>", "c <redacted>", "d <redacted>"]
            )
        }
    }
}

@Suite struct `An environment` {
    private func release(_ versions: [String: Int]) throws -> Release {
        let made = try Samples().release(42) { $0.secrets = [.init(name: "TOKEN")] }
        return Release(
            id: made.id,
            environment: made.environment,
            spec: made.spec,
            content: made.content,
            secretVersions: versions,
            configurationHash: made.configurationHash,
            gitCommit: nil,
            author: made.author,
            createdAt: made.createdAt
        )
    }

    @Test func `is sealed by the first start, never by a look at what is planned`() async throws {
        try await Fixture.with("seals") { fixture in
            let root = try fixture.directory() + "/secrets"
            let key = try MasterKey.open(under: root)
            let store = EncryptedSecretStore(under: root, key: key)
            let sealed = ReleaseEnvironmentStore(under: root, key: key)
            let environments = SealedEnvironments(secrets: store, sealed: sealed)
            let planned = try release([:])
            try await environments.check(planned)
            #expect(await environments.isRestorable(planned))
            _ = await environments.masked(["a line"], of: planned)
            #expect(try sealed.list().isEmpty)
            try await store.put(["TOKEN": Secret("value")], for: planned.id.service.project)
            let made = try release(["TOKEN": 1])
            #expect(try await environments.environment(of: made)["TOKEN"] == Secret("value"))
            #expect(try sealed.list() == [made.id])
        }
    }
}
