import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `Services of Compose files` {
    private func spec(_ change: (inout WrittenContainer) -> Void = { _ in }) throws -> ServiceSpec {
        var spec = ServiceSpec(
            name: try ServiceName(parsing: "mail"),
            kind: .worker,
            source: .image("ghcr.io/acme/mail:1")
        )
        var written = WrittenContainer(project: "shop", service: "mail")
        change(&written)
        spec.written = written
        return spec
    }

    private func plan(createNetworks: Bool?) async throws -> PlanView {
        try await Fixture.with("written") { fixture in
            let bench = try await Controls(fixture)
            bench.images.put(
                "ghcr.io/acme/mail:1",
                .success(
                    FoundImage(
                        content: .image(digest: Samples.digest),
                        place: .registry,
                        traits: .init(user: "app", ports: [], hasHealthCheck: false)
                    )
                )
            )
            let need = HostNeed(
                what: "the network edge, which is external",
                next: "docker network create edge",
                network: "edge"
            )
            bench.containers.state.withLock { $0.missing = [need] }
            let order = try bench.order(try spec())
            var options = order.options
            options.createNetworks = createNetworks
            let view = try await bench.control.plan(RolloutRequest(order.order, options: options))
            // A plan makes nothing.
            #expect(!bench.containers.asked.contains { $0.hasPrefix("network") })
            return view
        }
    }

    @Test func `are not released while a network is missing, and it is said how it is made`() async throws {
        let problem = try #require(try await plan(createNetworks: nil).problems.first)
        #expect(problem.code == "preflight.network")
        #expect(problem.detail.contains("needs the network edge, which is external: it is not there"))
        #expect(problem.next == ["Run `docker network create edge` on the host, or deploy with `--create-networks`"])
    }

    @Test func `have their networks made when that is asked`() async throws {
        let plan = try await plan(createNetworks: true)
        #expect(plan.problems == [])
        #expect(
            plan.warnings.contains(
                "mail@1 needs the network edge, which is external: it is not there, and this deploy makes it first"
            )
        )
    }

    @Test func `are spoken of by the doctor where they are open to others, or to nobody`() throws {
        let open = try spec { written in
            written.network.ports = [
                WrittenPort(hostPort: 25, containerPort: 25),
                WrittenPort(hostAddress: "0.0.0.0", hostPort: 465, containerPort: 465),
            ]
        }
        #expect(
            WrittenAdvice.lines(open) == [
                .init(
                    text:
                        "port 465 of mail is open to other hosts at 0.0.0.0, whatever a firewall such as ufw says: Docker's "
                        + "rules go round it",
                    next: "Write `127.0.0.1:465:465` in the Compose file if that is not meant"
                )
            ]
        )
        let inside = try spec { written in
            var definition = WrittenNetworkDefinition(key: "back")
            definition.isInternal = true
            written.network.networks = [WrittenNetwork(name: "shop_back", definition: definition)]
            written.network.ports = [WrittenPort(hostPort: 25, containerPort: 25)]
        }
        #expect(
            WrittenAdvice.lines(inside).map(\.text) == [
                "mail is in internal networks alone, so its published ports do not work: 25"
            ]
        )
        #expect(WrittenAdvice.lines(try spec()) == [])
    }
}
