import TealAPI
import TealCore

/// What is up, for people and for scripts.
struct DevView: Hashable, Encodable {
    struct Service: Hashable, Encodable {
        let service: String
        let kind: String
        /// Where browsers find it.
        let urls: [String]
        /// Ports of this machine, `address:port`.
        let ports: [String]
    }

    let project: String
    /// The home of the daemon, for other commands.
    let home: String
    let services: [Service]
    /// Services that run and are not asked for any more.
    let left: [String]

    /// - Parameters:
    ///   - project: The project.
    ///   - home: The daemon's home.
    ///   - services: What was asked for.
    ///   - ports: Ports of this machine, with the services that have them.
    ///   - publicPort: The port of the proxy.
    ///   - running: The services that run.
    init(
        project: ProjectName,
        home: String,
        services: [ServiceSpec],
        ports: [(port: HostPort, service: ServiceName)],
        publicPort: Int,
        running: [String]
    ) {
        self.project = "\(project)"
        self.home = home
        self.services = services.map { service in
            let routes = service.routes.filter { !$0.internalOnly }
            let urls = routes.flatMap { route in
                route.hosts.map { host in
                    "http://\(host)\(publicPort == 80 ? "" : ":\(publicPort)")"
                        + (route.pathPrefix == "/" ? "" : route.pathPrefix)
                }
            }
            return Service(
                service: "\(service.name)",
                kind: service.kind.rawValue,
                urls: urls,
                ports: ports.filter { $0.service == service.name }.map { "\($0.port)" }
            )
        }
        let wanted = Set(self.services.map(\.service))
        left = running.filter { !wanted.contains($0) }.sorted()
    }
}

/// The words around what is worked on.
struct DevText {
    let style: Style

    func lines(_ view: DevView) -> [String] {
        var table = TextTable()
        for service in view.services {
            table.add(service.service, (service.urls + service.ports).joined(separator: "  "))
        }
        var lines = [style.green(style.bold("up")) + "  \(view.project)"] + table.lines(indent: 2)
        if !view.left.isEmpty {
            lines.append(
                "  \(style.yellow("look:")) \(Phrase.all(view.left)) \(view.left.count == 1 ? "runs" : "run") and "
                    + "\(view.left.count == 1 ? "was" : "were") not asked for: `teal dev down` ends everything"
            )
        }
        lines.append("  other commands find it with TEAL_HOME=\(view.home)")
        return lines
    }

    func lines(_ end: WorkshopEnd) -> [String] {
        guard end.wasUp || !end.containers.isEmpty || !end.volumes.isEmpty else {
            return ["nothing was up"] + kept(end)
        }
        let counts = [("container", end.containers), ("network", end.networks), ("volume", end.volumes)]
        let parts = counts.filter { !$0.1.isEmpty }.map { Words.count($0.1.count, $0.0) }
        return [style.green(style.bold("down")) + (parts.isEmpty ? "" : "  \(parts.joined(separator: ", ")) removed")]
            + kept(end)
    }

    private func kept(_ end: WorkshopEnd) -> [String] {
        end.keptVolumes.isEmpty
            ? [] : ["  kept: \(end.keptVolumes.joined(separator: ", ")) (`teal dev down --volumes` removes them)"]
    }
}

/// The values of `--output json` beside those of rollouts and logs, each under a key of its own.
struct DevLine: Encodable {
    var up: DevView?
    var down: WorkshopEnd?
}
