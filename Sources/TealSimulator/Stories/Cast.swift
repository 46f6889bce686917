import TealCore
import TealDriverKit

/// The services of one story.
struct Cast {
    let project: ProjectName
    let environment: EnvironmentName
    var specs: [ServiceSpec] = []

    /// Draws one to three services of any kind.
    init(drawnFrom random: inout SeededGenerator) throws(NameError) {
        project = try ProjectName(parsing: "shop")
        environment = try EnvironmentName(parsing: "production")
        let count = [1, 1, 1, 2, 2, 3][random.pick(0...5)]
        for number in 0..<count {
            let name = try ServiceName(parsing: "svc\(number)")
            var spec = Self.draw(name, &random)
            if let before = specs.last?.name, random.chance(40) { spec.needs = [before] }
            specs.append(spec)
        }
    }

    /// What only some projects have: ports of the host, and a network of their own with names in it.
    mutating func addWhims(_ random: inout SeededGenerator) {
        if random.chance(15) {
            for index in specs.indices where specs[index].kind == .web && random.chance(60) {
                specs[index].hostPorts = [HostPort(port: 8000 + index)]
            }
        }
        guard random.chance(15) else { return }
        for index in specs.indices where specs[index].kind == .web {
            specs[index].source = .image("shop/\(specs[index].name)")
            switch random.pick(0...3) {
            case 0: specs[index].routes = []
            case 1: specs[index].routes = [Route(hosts: ["\(specs[index].name).example"], internalOnly: true)]
            case 2: specs[index].routes[0].pathPrefix = "/api"
            default: break
            }
        }
    }

    /// The web services of a project that has a network, as they are known in it.
    var neighbours: [Neighbour] {
        specs.filter(\.isNetworked).map { Neighbour(name: $0.name, port: $0.port) }
    }

    func key(_ spec: ServiceSpec) -> ServiceKey { ServiceKey(project: project, service: spec.name) }

    private static func draw(_ name: ServiceName, _ random: inout SeededGenerator) -> ServiceSpec {
        switch random.pick(0...15) {
        case 0: return worker(name, .exclusive, &random)
        case 1: return worker(name, handover, &random)
        case 2:
            var spec = ServiceSpec(name: name, kind: .job, source: .artifact(path: "."))
            spec.command = ["bin/once"]
            return spec
        case 3:
            var spec = web(name, &random)
            spec.strategy = .recreate
            return spec
        case 4:
            var spec = web(name, &random)
            spec.background = .exclusive
            return spec
        case 5...6:
            var spec = web(name, &random)
            spec.background = handover
            return spec
        case 7:
            var spec = web(name, &random)
            spec.kind = .accessory
            return spec
        default: return web(name, &random)
        }
    }

    private static var handover: Background {
        .handover(activate: .post(path: "/activate"), deactivate: .post(path: "/deactivate"))
    }

    private static func worker(
        _ name: ServiceName,
        _ background: Background,
        _ random: inout SeededGenerator
    ) -> ServiceSpec {
        var spec = ServiceSpec(name: name, kind: .worker, source: .artifact(path: "."))
        spec.background = background
        spec.stop.grace = random.milliseconds(500...2000)
        spec.health = HealthGate(check: random.chance(50) ? .command(["bin/check"]) : .none)
        spec.health.deadline = .seconds(6)
        return spec
    }

    private static func web(_ name: ServiceName, _ random: inout SeededGenerator) -> ServiceSpec {
        var spec = ServiceSpec(name: name, kind: .web, source: .artifact(path: "."))
        spec.replicas = [1, 1, 2, 2, 3][random.pick(0...4)]
        spec.routes = [Route(hosts: ["\(name).example"])]
        spec.port = 8080
        let check: HealthCheck = random.chance(85) ? .http(HTTPExpectation(path: "/up")) : .tcp
        spec.health = HealthGate(check: check)
        spec.health.passes = random.pick(2...3)
        spec.health.deadline = random.milliseconds(4000...9000)
        spec.watch.window = [.zero, .milliseconds(800), .seconds(2), .seconds(6)][random.pick(0...3)]
        spec.watch.warmUp = .milliseconds(300)
        spec.watch.requestsMin = random.pick(5...15)
        spec.watch.syntheticPerSecond = random.chance(70) ? 4 : 0
        spec.drain.requests = random.milliseconds(500...3000)
        spec.drain.upgraded = random.milliseconds(500...6000)
        spec.stop.grace = random.milliseconds(300...2000)
        if random.chance(25) { spec.keep.standby = random.milliseconds(3000...60_000) }
        if random.chance(20) { spec.keep.releases = 1 }
        if random.chance(30) { spec.migrate = OnceCommand(command: ["bin/migrate"]) }
        if random.chance(12) { spec.switchWhen = .quiet(upgradedMax: 0, limit: random.milliseconds(500...5000)) }
        if random.chance(25) {
            for point in Hook.Point.allCases where random.chance(40) {
                spec.hooks.append(Hook(name: point.rawValue, point: point, run: OnceCommand(command: ["bin/hook"])))
            }
        }
        if random.chance(25) { spec.smoke.append(SmokeRequest(name: "front", expectation: HTTPExpectation(path: "/"))) }
        if random.chance(15) {
            var expectation = HTTPExpectation(path: "/orders")
            expectation.method = "POST"
            spec.smoke.append(SmokeRequest(name: "order", expectation: expectation))
        }
        return spec
    }
}

extension ServiceSpec {
    /// Whether its replicas are containers in their project's network.
    var isNetworked: Bool { if case .image = source { true } else { false } }
}
