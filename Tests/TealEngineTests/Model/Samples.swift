import TealCore
import TealDriverKit
import TealEngine

/// Names and specs for tests.
enum Samples {
    static let project: ProjectName = name("shop")
    static let environment: EnvironmentName = name("production")

    /// A name that is known to be well formed; a test that gets it wrong ends here.
    static func name<Kind>(_ text: String) -> Name<Kind> {
        do { return try Name(parsing: text) } catch { preconditionFailure("'\(text)' is no name: \(error)") }
    }

    static func key(_ text: String) -> ServiceKey { ServiceKey(project: project, service: name(text)) }

    /// A service with one route and quick limits.
    static func web(_ text: String = "web", replicas: Int = 2) -> ServiceSpec {
        var spec = ServiceSpec(name: name(text), kind: .web, source: .artifact(path: "."))
        spec.replicas = replicas
        spec.routes = [Route(hosts: ["\(text).example"])]
        spec.health = HealthGate(check: .http(HTTPExpectation(path: "/up")))
        spec.health.deadline = .seconds(5)
        spec.watch.window = .seconds(2)
        spec.watch.warmUp = .milliseconds(500)
        spec.watch.requestsMin = 10
        spec.drain.requests = .seconds(2)
        spec.drain.upgraded = .seconds(3)
        return spec
    }

    static func worker(_ text: String = "mail", _ background: Background = .exclusive) -> ServiceSpec {
        var spec = ServiceSpec(name: name(text), kind: .worker, source: .artifact(path: "."))
        spec.background = background
        return spec
    }

    static var handover: Background {
        .handover(activate: .post(path: "/activate"), deactivate: .post(path: "/deactivate"))
    }

    static func hook(_ name: String, _ point: Hook.Point) -> Hook {
        Hook(name: name, point: point, run: OnceCommand(command: ["./\(name)"]))
    }

    static func smoke(_ name: String, method: String = "GET") -> SmokeRequest {
        var expectation = HTTPExpectation(path: "/\(name)")
        expectation.method = method
        return SmokeRequest(name: name, expectation: expectation)
    }

    static func draft(_ spec: ServiceSpec, content: String = "1") -> ReleaseDraft {
        ReleaseDraft(
            spec: spec,
            content: .artifact(sha256: content),
            secretVersions: [:],
            configurationHash: content
        )
    }

    static let request = Request(
        project: project,
        environment: environment,
        author: "ann",
        gitCommit: nil,
        wallTime: 0
    )
}

extension HostModel {
    /// The release that the next deploy of a service makes.
    func nextRelease(_ service: ServiceKey) -> ReleaseID {
        ReleaseID(service: service, number: (state.services[service]?.lastRelease ?? 0) + 1)
    }

    /// Begins a deploy of services as they are described, each with a behaviour if it has one.
    @discardableResult
    func deploy(_ specs: [ServiceSpec], _ behaving: [ServiceName: Behaviour] = [:]) -> RolloutID? {
        for spec in specs {
            let service = ServiceKey(project: Samples.project, service: spec.name)
            behaviours[nextRelease(service)] = behaving[spec.name] ?? Behaviour()
        }
        let drafts = specs.map { Samples.draft($0, content: "\(time)") }
        return begin(Planner.deploy(drafts, Samples.request, force: true, state: state), .deploy)
    }

    @discardableResult
    func rollback(_ services: [ServiceKey], to number: Int? = nil) -> RolloutID? {
        begin(Planner.rollback(services.map { ($0, number) }, state: state), .rollback)
    }

    /// Lets a rollout come to its end.
    @discardableResult
    func end(of id: RolloutID?, atMost limit: Duration = .seconds(900)) -> Rollout? {
        guard let id else { return nil }
        run(atMost: limit) { self.finished[id] != nil }
        return finished[id]
    }

    /// Deploys and waits for the end.
    @discardableResult
    func deployed(_ specs: [ServiceSpec], _ behaving: [ServiceName: Behaviour] = [:]) -> Rollout? {
        end(of: deploy(specs, behaving))
    }
}
