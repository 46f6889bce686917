package import TealCompose
package import TealCore

/// Writes the smallest `teal.yml` for the services of Compose files: which of them takes requests, and nothing that they say
/// themselves.
package struct ComposeTemplate {
    /// Programs that lead requests to containers by what they are labelled with, as Teal's own proxy does by itself.
    private static let proxies: Set<String> = ["traefik", "nginx-proxy", "caddy-docker-proxy", "haproxy"]
    /// Names that people give to what their users see first, the likeliest first.
    private static let frontNames = [
        "web", "www", "frontend", "front", "app", "site", "nginx", "caddy", "gateway", "api", "server", "backend",
    ]

    /// The file as a text with a line end at its end.
    package let text: String
    package let project: ProjectName
    /// The services that take requests, each with why it was taken for one.
    package let web: [ServiceName: String]
    /// What was seen and not decided, a sentence each.
    package let remarks: [String]

    /// - Parameters:
    ///   - compose: What the Compose files come to.
    ///   - files: Their paths as the file is to name them.
    ///   - name: The project; the Compose project's name where none is given.
    ///   - service: The service that takes requests, by either of its names; the likeliest where none is given.
    ///   - host: The host name that its users ask for; every host where none is given.
    /// - Throws: `cli.no-service` for a service that the files do not have, `config.value` for a project without a name.
    package init(
        _ compose: ComposeProject,
        files: [String],
        project name: ProjectName?,
        service: String?,
        host: String?
    ) throws(Problem) {
        if let name { project = name } else { project = try Self.name(of: compose) }
        let translated = ComposeTranslation(compose, files: .local).outcome().project
        let choice = try Self.choose(translated.services, compose, asked: service)
        var web = choice.labelled
        var lines = [
            "# How \(project) is released: its services are those of \(Phrase.all(files)), and this file says what Compose cannot.",
            "# Check it with `teal validate`, see what it does with `teal plan`; docs/compose.md and docs/teal.yml.md explain it.",
            "project: \(project)",
            files.count == 1
                ? "compose: \(InitTemplate.scalar(files[0]))"
                : "compose: [\(files.map(InitTemplate.scalar).joined(separator: ", "))]",
        ]
        if let front = choice.front {
            lines += ["", "services:", "  \(front.name):"]
            if let port = front.port { lines.append("    port: \(port)") }
            lines.append(
                host.map { "    host: \($0)" } ?? "    path: /    # every host; `host: shop.example.com` for one"
            )
            web[front.name] = front.why
        } else if web.isEmpty {
            lines += [
                "", "# No service takes requests so far; for one that does:", "# services:", "#   web:",
                "#     port: 8080",
                "#     host: shop.example.com",
            ]
        }
        text = lines.joined(separator: "\n") + "\n"
        self.web = web
        remarks = choice.remarks
    }

    private static func name(of compose: ComposeProject) throws(Problem) -> ProjectName {
        do {
            return try ProjectName(parsing: NameAdvice.name(from: compose.name) ?? "")
        } catch {
            throw Problem(
                ConfigurationProblem.Code.value.rawValue,
                "nothing has been changed: the Compose project's name '\(Phrase.short(compose.name))' is none that Teal could use",
                next: ["Name the project with `--project`"]
            )
        }
    }
}

extension ComposeTemplate {
    /// The service that users see, with what has to be said of it.
    private struct Front {
        let name: ServiceName
        /// Where it cannot be told from the Compose file.
        let port: Int?
        let why: String
    }

    private struct Choice {
        /// Services whose labels say that they take requests, and why.
        var labelled: [ServiceName: String] = [:]
        var front: Front?
        var remarks: [String] = []
    }

    private struct Candidate {
        let name: ServiceName
        let written: String
        /// TCP ports in the container, ascending.
        let ports: [Int]
        /// Ports of the host that lead there.
        let published: [String]
        /// The lower, the likelier.
        let rank: (Int, Int, Int)
    }

    private static func choose(
        _ services: [TranslatedService],
        _ compose: ComposeProject,
        asked: String?
    ) throws(Problem) -> Choice {
        var choice = Choice()
        for service in services where service.spec.kind == .web {
            choice.labelled[service.spec.name] = "its labels say so"
        }
        for service in services where isProxy(compose.services[service.written]) {
            choice.remarks.append(
                "\(service.spec.name): Teal's own proxy takes its place; remove it, or put it into a profile that is not enabled"
            )
        }
        let possible = services.filter { ![.job].contains($0.spec.kind) && !isProxy(compose.services[$0.written]) }
        if let asked {
            guard let found = possible.first(where: { $0.written == asked || "\($0.spec.name)" == asked }) else {
                throw Problem(
                    "cli.no-service",
                    "nothing has been changed: no service \(Phrase.short(asked)) of the Compose files can take requests",
                    next: ["Name one of \(Phrase.all(possible.map { "\($0.spec.name)" }))"]
                )
            }
            if choice.labelled[found.spec.name] == nil {
                choice.front = front(candidate(found, compose, all: services), why: "it was named")
            }
            return choice
        }
        guard choice.labelled.isEmpty else { return choice }
        let candidates = possible.filter { $0.spec.kind == .worker }.map { candidate($0, compose, all: services) }
            .filter { !$0.ports.isEmpty }.enumerated()
            .sorted { one, other in
                one.element.rank == other.element.rank
                    ? one.offset < other.offset : one.element.rank < other.element.rank
            }.map(\.element)
        guard let first = candidates.first else { return choice }
        choice.front = front(first, why: reason(first, among: candidates.count))
        choice.remarks += candidates.dropFirst().filter { !$0.published.isEmpty }.map { other in
            """
            \(other.name): it publishes port \(Phrase.all(other.published)) and was taken for a worker; if it takes requests too, \
            give it a `host` or a `path` of its own under `services`
            """
        }
        return choice
    }

    private static func candidate(
        _ service: TranslatedService,
        _ compose: ComposeProject,
        all: [TranslatedService]
    ) -> Candidate {
        let written = compose.services[service.written]
        let open = (written?.ports ?? []).filter { ($0.transport ?? "tcp") == "tcp" }
        let published = open.compactMap { $0.published.flatMap { $0.isEmpty ? nil : $0 } }
        let exposed = (written?.exposed ?? []).filter { !$0.hasSuffix("/udp") }
            .compactMap { Int($0.split(separator: "/").first ?? "") }
        let ports = Set(open.isEmpty ? exposed : open.map(\.target)).sorted()
        let isNeeded = all.contains { $0.spec.needs.contains(service.spec.name) && $0.spec.kind == .worker }
        let hint = frontNames.firstIndex { "\(service.spec.name)".contains($0) } ?? frontNames.count
        return Candidate(
            name: service.spec.name,
            written: service.written,
            ports: ports,
            published: published,
            rank: (published.isEmpty ? 1 : 0, isNeeded ? 1 : 0, hint)
        )
    }

    private static func front(_ candidate: Candidate, why: String) -> Front {
        // One port is found by itself, and none is the one that the image exposes.
        let usual = [80, 8080, 3000, 8000, 5000]
        let port = candidate.ports.count < 2 ? nil : usual.first(where: candidate.ports.contains) ?? candidate.ports[0]
        return Front(name: candidate.name, port: port, why: why)
    }

    private static func reason(_ candidate: Candidate, among count: Int) -> String {
        let ports =
            candidate.published.isEmpty
            ? "it says that it listens on \(Phrase.all(candidate.ports.map { "\($0)" }))"
            : "it publishes port \(Phrase.all(candidate.published))"
        return count == 1 ? "\(ports), and no other service does" : "\(ports), and looks most like what users see"
    }

    private static func isProxy(_ service: ComposeService?) -> Bool {
        guard let image = service?.image, let reference = ImageReference(parsing: image) else { return false }
        return reference.repository.split(separator: "/").last.map { proxies.contains(String($0)) } ?? false
    }
}
