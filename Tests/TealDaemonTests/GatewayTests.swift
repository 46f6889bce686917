import Foundation
import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch
import Testing

@testable import TealDaemon

@Suite struct `Before a release, the places inside its network` {
    private static let gateway = "10.213.1.1"

    private func member(_ change: (inout ServiceSpec) -> Void = { _ in }) throws -> Member {
        let release = try Samples().image(2) { spec in
            spec.port = 3000
            change(&spec)
        }
        return Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
    }

    private func state(_ member: Member, gateway: String? = gateway) throws -> HostState {
        var record = ServiceRecord(service: member.service, environment: member.new.environment)
        record.gateway = gateway.map { "\($0)/24" }
        return HostState(services: [record])
    }

    /// What is said where programs listen at every address with these ports.
    private func report(
        _ taken: [Int: String],
        kind: Rollout.Kind = .deploy,
        listeners: ProxyListeners? = ProxyListeners(processID: 1, public: ["127.0.0.1:8088"], internal: []),
        gateway: String? = gateway,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> PreflightReport {
        let member = try member(change)
        let ports = GatewayPorts(
            listeners: { listeners },
            isFree: { _, port in taken[port] == nil },
            holder: { taken[$0] }
        )
        let rollout = Rollout(
            id: RolloutID(number: 1),
            kind: kind,
            members: [member],
            author: "ann",
            now: Timestamp(nanoseconds: 0)
        )
        return await ports.check(rollout, try state(member, gateway: gateway))
    }

    @Test func `are looked at, and one that another program has keeps the release out`() async throws {
        #expect(try await report([:]) == PreflightReport())
        let problem = try #require(try await report([3000: "node (pid 7)"]).problems.first)
        #expect(
            problem.description == """
                error: nothing has been changed: callers inside the network of shop would reach node (pid 7) instead of \
                web at 10.213.1.1:3000 [preflight.listener-taken]
                  next: Let it listen at addresses of its own instead of all, or end it; or change `port` of web in teal.yml
                """
        )
        let first = try #require(try await report([3000: "node (pid 7)"], gateway: nil).problems.first)
        #expect(first.summary.hasSuffix("would reach node (pid 7) instead of web at port 3000"))
    }

    @Test func `at port 80 only make a remark, since web servers are usually there`() async throws {
        let report = try await report([80: "nginx (pid 9)"])
        #expect(report.problems.isEmpty)
        #expect(
            report.warnings == [
                "inside the network of shop no service is found at port 80, which nginx (pid 9) has: callers name a "
                    + "service's own port"
            ]
        )
        #expect(try await self.report([80: "nginx (pid 9)"]) { $0.port = 80 }.problems.isEmpty)
    }

    @Test func `keep no rollback out, and nothing where it has been so before`() async throws {
        let back = try await report([3000: "node (pid 7)"], kind: .rollback)
        #expect(back.problems.isEmpty && back.warnings.count == 1)
        let place = ProxyListeners.Network(project: "shop", address: "10.213.1.1:3000", problem: "it is taken")
        let known = ProxyListeners(processID: 1, public: [], internal: [], networks: [place])
        let again = try await report([3000: "node (pid 7)"], listeners: known)
        #expect(again.problems.isEmpty && again.warnings.count == 1)
    }

    @Test func `are no business of anybody where the proxy itself has them, or gives no answer`() async throws {
        let everywhere = ProxyListeners(processID: 1, public: ["0.0.0.0:80"], internal: ["0.0.0.0:3000"])
        let taken = [80: "teal-proxy (pid 1)", 3000: "teal-proxy (pid 1)"]
        #expect(try await report(taken, listeners: everywhere) == PreflightReport())
        let own = [80, 3000].map { ProxyListeners.Network(project: "shop", address: "10.213.1.1:\($0)") }
        let listeners = ProxyListeners(processID: 1, public: [], internal: [], networks: own)
        #expect(try await report(taken, listeners: listeners) == PreflightReport())
        #expect(try await report(taken, listeners: nil) == PreflightReport())
        #expect(try await report(taken) { $0.kind = .worker } == PreflightReport())
    }

    @Test func `are tried by the system`() throws {
        let ports = GatewayPorts { nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(descriptor, address, length)
                _ = listen(descriptor, 1)
                _ = getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        #expect(!ports.isFree("192.0.2.1", port) && !ports.isFree("127.0.1.1", port))
        #expect(ports.holder(port)?.contains("pid \(getpid())") == true)
        close(descriptor)
        #expect(ports.isFree("192.0.2.1", port))
    }
}

@Suite struct `Before a release, its internal routes` {
    /// What is said of a release of `shop/web`, where `blog/web` has the internal name `web` too.
    private func codes(image: Bool, other: Bool, network: Bool) async throws -> [String] {
        let internalOnly = [Route(hosts: ["web"], internalOnly: true)]
        let samples = try Samples()
        let spec: (inout ServiceSpec) -> Void = { $0.routes = internalOnly }
        let new =
            image ? try samples.image(2, "shop:1", .image(digest: Samples.digest), spec) : try samples.release(2, spec)
        let api = try samples.other
        let others = try Samples(project: other ? "blog" : "shop")
        let taken = try others.release(1) { spec in
            spec.routes = internalOnly
            if !other { spec.name = api }
        }
        let key = ServiceKey(project: taken.id.service.project, service: other ? taken.id.service.service : api)
        var record = ServiceRecord(service: key, environment: taken.environment)
        record.blue = .init(release: taken.id)
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        if network { record.gateway = "10.213.2.1/24" }
        let state = HostState(services: [record], releases: [ReleaseRecord(release: taken)])
        let member = Member(
            service: new.id.service,
            new: new,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        return HostPreflight.routes([member], state).map(\.code) + HostPreflight.sharedNames([member], state)
    }

    @Test func `may be those of another project where one of the two has a network`() async throws {
        let said =
            "web/ is internal to shop and to blog: processes of the host do not find what runs in a container by it"
        #expect(try await codes(image: true, other: true, network: false) == [said])
        #expect(try await codes(image: false, other: true, network: true) == [said])
        #expect(try await codes(image: false, other: true, network: false) == ["preflight.route-taken"])
        #expect(try await codes(image: true, other: false, network: true) == ["preflight.route-taken"])
    }
}
