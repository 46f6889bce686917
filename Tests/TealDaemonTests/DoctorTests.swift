import TealCore
import TealDriverKit
import TealProxySwitch
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `The doctor` {
    private func replica(
        _ slot: Slot,
        _ index: Int = 0,
        of number: Int = 42,
        _ phase: ReplicaPhase = .running,
        project: String = "shop",
        drift: [ReplicaDrift] = []
    ) throws -> ReplicaState {
        let key = try Samples(project: project).key
        return .init(
            id: ReplicaID(service: key, slot: slot, index: index),
            release: ReleaseID(service: key, number: number),
            endpoint: nil,
            phase: phase,
            run: nil,
            restarts: 0,
            restartPolicy: slot == .blue ? .unlessStopped : .no,
            drift: drift
        )
    }

    @Test func `finds replicas in places that no record names`() throws {
        let state = try Samples().state(active: 42)
        let known = try replica(.blue)
        let strays = [
            try replica(.blue, 1), try replica(.green, of: 43, .stopped), try replica(.blue, project: "gone"),
        ]
        let found = Stray.replicas([known] + strays, state, held: [])
        #expect(Set(found.map(\.id)) == Set(strays.map(\.id)))
        // What a rollout holds is its own business.
        #expect(try Stray.replicas(Array(strays.prefix(2)), state, held: [Samples().key]).isEmpty)
    }

    @Test func `finds shims whose place is gone`() throws {
        func place(_ words: String) -> String? {
            PlaceHolder.place(in: words.split(separator: " ").map(String.init), below: "/home/replicas")
        }
        #expect(place("/usr/bin/teal-shim run /home/replicas/shop/web-blue-0") == "shop/web-blue-0")
        #expect(place("/usr/bin/teal-shim once /home/once/x") == nil)
        #expect(place("/usr/bin/teal-shim run /other/replicas/shop/web-blue-0") == nil)
        #expect(place("sh -c teal-shim") == nil)
        let holders = [
            PlaceHolder(processID: 7, place: "shop/web-blue-0"), .init(processID: 8, place: "shop/web-green-0"),
        ]
        #expect(Stray.holders(holders, [try replica(.blue)]).map(\.processID) == [8])
    }

    @Test func `offers what it can do, in words that differ`() throws {
        let state = try Samples().state(active: 42)
        let record = try #require(try state.services[Samples().key])
        let drift = Drift.of(record, state, [try replica(.blue), try replica(.green, of: 41)], marker: "green")
        #expect(
            drift.map(\.text) == [
                "web-green-0 of the standby slot runs", ".current_env says 'green', active is blue",
            ]
        )
        #expect(drift.map { $0.mend?.text } == ["stop shop/web-green-0", "write .current_env of shop/web again"])
        #expect(try Drift.of(record, state, [replica(.blue, of: 41)], marker: "blue").map(\.mend) == [nil])
    }

    @Test func `says what somebody changed, and leaves it to the keeper`() throws {
        let state = try Samples().state(active: 42)
        let record = try #require(try state.services[Samples().key])
        let changed = try replica(.blue, drift: [.renamed(to: "mine"), .disconnected, .restartPolicy("always")])
        let drift = Drift.of(record, state, [changed], marker: "blue")
        #expect(
            drift.map(\.text) == [
                "web-blue-0 was renamed to 'mine'", "web-blue-0 is not in its network any more, or not at its address",
                "web-blue-0 has the restart policy 'always' that Teal did not set",
            ]
        )
        #expect(drift.map(\.mend) == [nil, nil, nil])
    }

    @Test func `says where the proxy does not listen inside networks`() throws {
        let watch = ListenerWatch(wantedPublic: [], wantedInternal: []) { () async throws(SwitchError) in
            throw .cancelled
        }
        let key = try Samples().key
        let traffic = ServiceTraffic(
            service: key,
            routes: [],
            proxy: ProxyPolicy(),
            drain: DrainPolicy(),
            targets: [],
            gateway: "10.213.1.1"
        )
        let table = TrafficTable(position: .init(epoch: 1, version: 1), services: [traffic])
        func unheard(_ networks: [ProxyListeners.Network]?) -> [String] {
            watch.unheard(ProxyListeners(processID: 1, public: [], internal: [], networks: networks), table)
        }
        #expect(
            unheard(nil) == [
                "services of shop do not find each other by name: the proxy that runs is of an earlier version"
            ]
        )
        #expect(
            unheard([
                .init(project: "shop", address: "10.213.1.1:8000"),
                .init(project: "shop", address: "10.213.1.1:80", problem: "10.213.1.1:80 is taken"),
            ]) == ["inside the network of shop, services are not found there: 10.213.1.1:80 is taken"]
        )
        let place = ProxyListeners.Network(project: "shop", address: "10.213.1.1:80", strangers: 3)
        #expect(
            watch.strangers(ProxyListeners(processID: 1, public: [], internal: [], networks: [place])) == [
                "3 connections to 10.213.1.1:80 were closed: they came from outside the network of shop"
            ]
        )
    }

    @Test(arguments: [
        (["0.0.0.0:80"], ["0.0.0.0:80"], true), (["127.0.0.1:41233"], ["127.0.0.1:0"], true),
        (["127.0.0.1:8080"], ["localhost:8080"], true), (["[::]:80"], ["[::]:80"], true),
        (["127.0.0.1:8081"], ["127.0.0.1:8080"], false), (["127.0.0.1:80"], ["0.0.0.0:80"], false),
        (["0.0.0.0:80", "0.0.0.0:81"], ["0.0.0.0:80"], false), ([], ["0.0.0.0:80"], false),
    ])
    func `says when the proxy listens elsewhere`(found: [String], wanted: [String], isRight: Bool) {
        #expect((ListenerDrift.of(found, wanted: wanted, kind: "public") == nil) == isRight)
    }

    @Test func `names both sides of that`() {
        #expect(
            ListenerDrift.of(["127.0.0.1:8081"], wanted: ["127.0.0.1:8080"], kind: "public")
                == "the proxy's public address is 127.0.0.1:8081, the daemon was started with 127.0.0.1:8080"
        )
    }
}
