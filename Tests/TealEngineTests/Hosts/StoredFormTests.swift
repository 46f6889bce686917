import Foundation
import TealCore
import TealDriverKit
import TealEngine
import Testing

/// What is written down of a rollout on one host has not changed with the hosts; with them it has another version.
@Suite struct `The stored form of a rollout` {
    private static let legs = GoldenJournalLegs.stored

    private static func stored(_ leg: Leg) throws -> Data {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: folder.appending(path: "Fixtures/\(leg.rawValue).json"))
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// What only a rollout over several hosts has, wherever it is stored.
    private static let ofHosts = ["host", "part", "tokens", "alone", "told", "readings", "afterLease", "backHost"]

    @Test(arguments: legs) func `of one host has nothing in it that is of several`(leg: Leg) throws {
        let before = try Self.stored(leg)
        let again = try Self.encoder.encode(JSONDecoder().decode(RolloutSnapshot.self, from: before))
        let text = String(decoding: again, as: UTF8.self)
        for key in Self.ofHosts { #expect(!text.contains("\"\(key)\":"), "\(key)") }
        #expect(text.contains("\"format\":1,"))
    }

    @Test func `of one host is byte for byte the same where nothing is without order`() throws {
        let member = Cast.second(Samples.web(replicas: 1))
        let replica = PlacedReplica(member.replicas(.new)[0])
        let step = Step(number: 4, leg: .route, effect: .route([.init(member: 0, side: .new)]))
        #expect(try Self.text(replica) == Self.text(replica.id))
        #expect(
            try Self.text(step)
                == #"{"attempt":1,"effect":{"route":{"_0":[{"member":0,"side":"new"}]}},"leg":"route","number":4}"#
        )
        let fields = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.text(member).utf8)) as? [String: Any]
        )
        #expect(fields.keys.sorted() == ["mode", "new", "old", "oldSlot", "service", "slot", "warmRuns"])
        #expect(try JSONDecoder().decode(PlacedReplica.self, from: Data(Self.text(replica).utf8)) == replica)
    }

    @Test func `of several hosts names them, and no earlier build takes it for one of its own`() throws {
        let bob: HostName = Samples.name("bob")
        let members = [Cast.second(Samples.web()), Cast.second(Samples.web()).on(bob)]
        var play = Play(members)
        play.run(to: .watch)
        let snapshot = try #require(play.entries.last?.snapshot)
        #expect(snapshot.format == 2)
        let again = try JSONDecoder().decode(RolloutSnapshot.self, from: Self.encoder.encode(snapshot))
        #expect(again == snapshot)
        #expect(again.rollout.members[1].host == bob)
        #expect(again.rollout.proven.keys.filter { $0.host == bob }.count == 2)
        let one = try #require(Play(Array(members.prefix(1))).entries.last?.snapshot)
        #expect(one.format == 1)
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// The legs that the stored rollouts are of.
private enum GoldenJournalLegs {
    static let stored = Leg.allCases.filter { ![.cut, .backCut, .lease, .prepare, .release].contains($0) }
}
