import Foundation
import TealCore
import TealDriverKit
import TealNginx
import Testing

@Suite(.serialized, .enabled(if: NginxFixture.runs, NginxFixture.whyNot))
struct `An nginx that gives trouble` {
    private func table(_ version: UInt64, _ port: Int, epoch: UInt64 = 1) throws -> TrafficTable {
        var table = Traffic.table(
            version,
            try Traffic.service(
                "web",
                routes: [Route(hosts: ["web.test"])],
                targets: [Traffic.target("web", Int(version), port: port)]
            )
        )
        table.position = TablePosition(epoch: epoch, version: version)
        return table
    }

    /// What a publish fails with.
    private func failure(_ body: () async throws -> Void) async -> SwitchError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SwitchError
        }
    }

    @Test func `because it does not run is told to be just that`() async throws {
        try await NginxFixture.run(starts: false) { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            let absent = SwitchError.unreachable(
                reason: "nginx does not run: \(fixture.directory)/nginx.pid is not there"
            )
            #expect(await failure { try await nginx.publish(table(1, 21_199)) } == absent)
            #expect(await failure { _ = try await nginx.position() } == absent)
            #expect(await failure { _ = try await nginx.counters() } == absent)
            #expect(!FileManager.default.fileExists(atPath: fixture.include))
            // A pid file that outlived its process, and whose number another program has.
            try fixture.write("nginx.pid", "\(getpid())\n")
            let other = SwitchError.unreachable(
                reason:
                    "nginx does not run: \(fixture.directory)/nginx.pid names process \(getpid()), which is no nginx"
            )
            #expect(await failure { try await nginx.publish(table(1, 21_199)) } == other)
            try FileManager.default.removeItem(atPath: "\(fixture.directory)/nginx.pid")
        }
    }

    @Test func `because it was killed is found again when it runs`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            try await nginx.publish(table(1, 21_199))
            try await fixture.stop(SIGQUIT)
            #expect(await failure { try await nginx.publish(table(2, 21_198)) }?.isPassing == true)
            try await fixture.start()
            #expect(try await nginx.position() == TablePosition(epoch: 1, version: 1))
            try await nginx.publish(table(2, 21_198))
            #expect(try await nginx.position() == TablePosition(epoch: 1, version: 2))
        }
    }

    @Test func `because it refuses the change has its files as before`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            try await nginx.publish(table(1, 21_199))
            let before = try fixture.read("conf.d/teal.conf")
            // A path that begins a variable nginx does not know is refused by Teal; a host that is too long by nginx.
            let long = String(repeating: "a", count: 600) + ".test"
            var bad = try table(2, 21_198)
            bad.services[0].routes = [Route(hosts: [long])]
            guard case .refused(let reason) = await failure({ try await nginx.publish(bad) }) else {
                Issue.record("nginx took it")
                return
            }
            #expect(
                reason.hasPrefix("nginx refuses the change, its files are as before: [emerg] "),
                "\(reason)"
            )
            #expect(try fixture.read("conf.d/teal.conf") == before)
            #expect(try await nginx.position() == TablePosition(epoch: 1, version: 1))
            try await nginx.publish(table(2, 21_198))
        }
    }

    @Test func `because its configuration was broken already says so`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            try await nginx.publish(table(1, 21_199))
            try fixture.write("sites/other", "server { listen nowhere at all; }\n")
            guard case .refused(let reason) = await failure({ try await nginx.publish(table(2, 21_198)) }) else {
                Issue.record("nginx took it")
                return
            }
            #expect(reason.hasPrefix("nginx's configuration is broken, without Teal's change as well: [emerg]"))
            #expect(reason.contains("\(fixture.directory)/sites/other:1"))
            #expect(try await nginx.position() == TablePosition(epoch: 1, version: 1))
        }
    }

    @Test func `because it does not include Teal's file says what to add`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let elsewhere = fixture.directory + "/state/teal.conf"
            let nginx = fixture.makeSwitch { $0.include = elsewhere }
            #expect(
                await failure { try await nginx.publish(table(1, 21_199)) }
                    == .refused(
                        "\(fixture.configuration) does not include \(elsewhere): add `include \(elsewhere);` inside `http`"
                    )
            )
            #expect(!FileManager.default.fileExists(atPath: elsewhere))
        }
    }

    @Test func `because it is not installed says so`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch { $0.program = "/nowhere/nginx" }
            guard case .refused(let reason) = await failure({ try await nginx.publish(table(1, 21_199)) }) else {
                Issue.record("it was tested")
                return
            }
            #expect(reason.contains("/nowhere/nginx: No such file or directory"))
            #expect(!FileManager.default.fileExists(atPath: fixture.include))
        }
    }

    @Test func `because its file cannot be written says where`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let missing = fixture.directory + "/gone/teal.conf"
            let nginx = fixture.makeSwitch { $0.include = missing }
            #expect(
                await failure { try await nginx.publish(table(1, 21_199)) }
                    == .notStored("\(missing): No such file or directory")
            )
            #expect(try await nginx.position() == TablePosition(epoch: 0, version: 0))
        }
    }

    @Test func `because somebody else has changed Teal's file is left alone`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            let nginx = fixture.makeSwitch()
            try await nginx.publish(table(1, 21_199))
            let edited = try fixture.read("conf.d/teal.conf") + "# mine\n"
            try fixture.write("conf.d/teal.conf", edited)
            #expect(
                await failure { try await nginx.publish(table(2, 21_198)) }
                    == .refused(
                        "somebody else has changed \(fixture.include), which is Teal's own: remove that file, and it is written anew"
                    )
            )
            #expect(try fixture.read("conf.d/teal.conf") == edited)
            try FileManager.default.removeItem(atPath: fixture.include)
            try await nginx.publish(table(2, 21_198))
        }
    }

    @Test func `in the middle of a publish is put right by the next start`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            try await fixture.makeSwitch().publish(table(1, 21_199))
            let followed = try fixture.read("conf.d/teal.conf")
            let record = fixture.directory + "/state/nginx.json"
            let before = try Data(contentsOf: URL(filePath: record))
            try await fixture.makeSwitch("two").publish(table(2, 21_198))
            // The record as it is between the file and the reload: what is pending, over what was followed.
            let after =
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: record))) as? [String: Any]
            var torn = try #require(try JSONSerialization.jsonObject(with: before) as? [String: Any])
            let second = try #require(after?["followed"] as? [String: Any])
            let first = try #require(torn["followed"] as? [String: Any])
            torn["pending"] =
                [
                    "table": second["table"], "files": second["files"], "before": first["files"],
                ] as [String: Any?]
            let tornData = try JSONSerialization.data(withJSONObject: torn)

            // nginx follows the new one: the reload had come through.
            try tornData.write(to: URL(filePath: record))
            #expect(try await fixture.makeSwitch("three").position() == TablePosition(epoch: 1, version: 2))
            try await fixture.makeSwitch("three").publish(table(2, 21_198))

            // It was being taken back: the old file is there, and nginx still follows the new one.
            let newer = try fixture.read("conf.d/teal.conf")
            try tornData.write(to: URL(filePath: record))
            try fixture.write("conf.d/teal.conf", followed)
            let former = fixture.workers()
            #expect(!former.isEmpty)
            let taker = fixture.makeSwitch("four")
            #expect(try await holds { try await taker.position() == TablePosition(epoch: 1, version: 1) })
            #expect(try fixture.read("conf.d/teal.conf") == followed)
            // One that has not been told to leave yet would still answer for the new one.
            #expect(try await holds { fixture.workers().isDisjoint(with: former) })

            // nginx follows the old one, and the new file is there already.
            let watcher = fixture.makeSwitch("five")
            try tornData.write(to: URL(filePath: record))
            try fixture.write("conf.d/teal.conf", newer)
            #expect(
                try await holds {
                    try await watcher.position() == TablePosition(epoch: 1, version: 1)
                }
            )
            #expect(try fixture.read("conf.d/teal.conf") == followed)
            try await watcher.publish(table(2, 21_198))
            #expect(try await watcher.position() == TablePosition(epoch: 1, version: 2))
        }
    }

    @Test func `is known again after the driver's start, with the same table and the next`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            try await fixture.makeSwitch("one").publish(table(1, 21_199))
            let nginx = fixture.makeSwitch("two")
            try await nginx.publish(table(1, 21_199))
            #expect(
                await failure { try await nginx.publish(table(3, 21_198)) }
                    == .stale(current: .init(epoch: 1, version: 1))
            )
            try await nginx.publish(table(2, 21_198, epoch: 2))
            #expect(try await nginx.counters().incarnation == "two")
            // Without its record the position is still what nginx says.
            try FileManager.default.removeItem(atPath: fixture.directory + "/state/nginx.json")
            let third = fixture.makeSwitch("three")
            #expect(try await third.position() == TablePosition(epoch: 2, version: 2))
            #expect(
                await failure { try await third.publish(table(2, 21_199)) }
                    == .stale(current: .init(epoch: 2, version: 2))
            )
            try await third.publish(table(3, 21_199, epoch: 2))
        }
    }

    @Test func `because its record is damaged changes nothing`() async throws {
        try await NginxFixture.run { (fixture) async throws in
            try fixture.write("state/nginx.json", "{")
            guard
                case .refused(let reason) = await failure({ try await fixture.makeSwitch().publish(table(1, 21_199)) })
            else {
                Issue.record("it was taken")
                return
            }
            #expect(
                reason.hasPrefix("what nginx was told is not known: \(fixture.directory)/state/nginx.json is damaged")
            )
            #expect(!FileManager.default.fileExists(atPath: fixture.include))
        }
    }
}
