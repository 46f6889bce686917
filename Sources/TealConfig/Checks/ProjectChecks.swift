import TealCore

/// Checks what concerns several services, or a service as a whole.
struct ProjectChecks {
    /// The range that Linux takes ports of outgoing connections from by default (`ip_local_port_range`).
    static let ephemeralPorts = 32768...60999

    let services: [DecodedService]
    /// Every service that the file names, also those that could not be read.
    let known: Set<ServiceName>
    let findings: Findings

    func run(_ notes: inout Notes) {
        checkNeeds()
        checkPorts(&notes)
        HostPortChecks(services: services, findings: findings).run()
        checkRoutes()
        checkVolumes()
        checkSealed()
    }

    // MARK: Needs

    private func checkNeeds() {
        for service in services {
            for need in service.spec.needs {
                let items = service.section.items("needs")
                guard let item = items.first(where: { $0.scalar?.text == need.description }) else { continue }
                if need == service.spec.name {
                    findings.add(.cycle, on: item, "`\(need)` needs itself", "Remove it from `needs`.")
                } else if !known.contains(need) {
                    let names = known.map(\.description).sorted()
                    findings.add(
                        .reference,
                        on: item,
                        "there is no service `\(need)`",
                        NearestWord.to(need.description, in: names).map { "Did you mean `\($0)`?" }
                            ?? "The services are \(Phrase.all(names))."
                    )
                }
            }
        }
        let needs = Dictionary(
            services.map { ($0.spec.name, $0.spec.needs.filter { known.contains($0) }) },
            uniquingKeysWith: { first, _ in first }
        )
        var reported: Set<ServiceName> = []
        for service in services where !reported.contains(service.spec.name) {
            guard let circle = Self.circle(from: service.spec.name, needs), circle.count > 1 else { continue }
            reported.formUnion(circle)
            service.section.reportConflict(
                "needs",
                """
                services need each other in a circle: \
                \((circle + [circle[0]]).map(\.description).joined(separator: " → "))
                """,
                "Remove one of these from `needs`.",
                code: .cycle
            )
        }
    }

    /// A circle that leads from `start` back to it; nil when there is none.
    private static func circle(from start: ServiceName, _ needs: [ServiceName: [ServiceName]]) -> [ServiceName]? {
        var visited: Set<ServiceName> = []
        func walk(_ name: ServiceName, _ path: [ServiceName]) -> [ServiceName]? {
            for next in needs[name] ?? [] {
                if next == start { return path }
                if visited.insert(next).inserted, let found = walk(next, path + [next]) { return found }
            }
            return nil
        }
        return walk(start, [start])
    }

    // MARK: Ports

    private struct Span {
        let service: DecodedService
        let slot: Slot
        let ports: ClosedRange<Int>
        let place: Place

        var label: String { "\(service.spec.name)'s \(slot) slot" }
        var text: String { ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)" }
    }

    private func checkPorts(_ notes: inout Notes) {
        var spans: [Span] = []
        for service in services {
            guard let node = service.section.node("ports") else { continue }
            for slot in Slot.allCases {
                guard let first = service.ports[slot] else { continue }
                let place = node.entries?.first { $0.name == slot.rawValue }?.value.keyPlace ?? node.keyPlace
                let last = first + service.spec.replicas - 1
                guard last <= 65535 else {
                    findings.add(
                        .value,
                        at: place,
                        key: "\(node.key).\(slot)",
                        value: "\(first)",
                        "\(service.spec.replicas) replicas from port \(first) on go beyond 65535",
                        "Choose a lower port."
                    )
                    continue
                }
                let span = Span(service: service, slot: slot, ports: first...last, place: place)
                if let other = spans.first(where: { $0.ports.overlaps(span.ports) }) {
                    report(span, at: place, key: "\(node.key).\(slot)", against: other)
                }
                if span.ports.overlaps(Self.ephemeralPorts) {
                    notes.warnings.append(
                        """
                        \(service.spec.name): port \(span.text) of the \(slot) slot is in the range of outgoing \
                        connections (\(Self.ephemeralPorts.lowerBound)-\(Self.ephemeralPorts.upperBound)) and may \
                        be taken
                        """
                    )
                }
                spans.append(span)
            }
        }
    }

    private func report(_ span: Span, at place: Place, key: String, against other: Span) {
        let replicas = span.ports.count > 1 || other.ports.count > 1 ? ", replicas counted" : ""
        findings.add(
            .portOverlap,
            at: place,
            key: key,
            value: "\(span.ports.lowerBound)",
            """
            \(span.label) takes \(span.text), which overlaps with \(other.text) of \(other.label) \
            (\(other.place.words))\(replicas)
            """,
            "Choose ports that are free, such as \(freePort(count: span.ports.count)) on."
        )
    }

    /// A port from which so many are free in the whole project.
    private func freePort(count: Int) -> Int {
        let taken = services.flatMap { service in
            service.ports.values.map { $0...($0 + service.spec.replicas - 1) }
        }
        let highest = taken.map(\.upperBound).filter { $0 < Self.ephemeralPorts.lowerBound - 200 }.max() ?? 8000
        return (highest / 100 + 1) * 100
    }

    // MARK: Routes

    private struct Claim: Hashable {
        let isInternal: Bool
        let host: String
        let path: String
    }

    private func checkRoutes() {
        var claims: [Claim: (service: ServiceName, place: Place)] = [:]
        for service in services where service.spec.kind == .web {
            for (route, node) in zip(service.spec.routes, service.routeNodes) {
                let place = node?.keyPlace ?? service.section.place
                for host in route.hosts.isEmpty ? [""] : route.hosts {
                    let claim = Claim(isInternal: route.internalOnly, host: host, path: route.pathPrefix)
                    guard let other = claims[claim] else {
                        claims[claim] = (service.spec.name, place)
                        continue
                    }
                    let what = "\(host.isEmpty ? "every host" : host)\(route.pathPrefix == "/" ? "" : route.pathPrefix)"
                    findings.add(
                        .routeOverlap,
                        at: place,
                        key: node?.key ?? service.section.key,
                        value: node?.shown,
                        """
                        \(service.spec.name) claims \(what), which \
                        \(other.service == service.spec.name ? "it" : "\(other.service)") already has \
                        (\(other.place.words))
                        """,
                        "Give one of them another host or `path`."
                    )
                }
            }
        }
    }

    // MARK: Data

    private static func advice(on item: ConfigurationNode, _ volume: Volume) -> String {
        if item.entries != nil {
            return "Write `shared: true` if that is safe, `readOnly: true` if it only reads, or `strategy: recreate`."
        }
        let text = volume.source == volume.target ? volume.source : "\(volume.source):\(volume.target)"
        return "Write `\(text):shared` if that is safe, `\(text):ro` if it only reads, or `strategy: recreate`."
    }

    private func checkVolumes() {
        for service in services where service.isStrategyKnown && service.spec.strategy == .blueGreen {
            for (item, volume) in zip(service.volumeNodes, service.spec.volumes)
            where !volume.readOnly && !volume.shared {
                findings.add(
                    .data,
                    on: item,
                    "two releases of \(service.spec.name) would write to \(volume.source) at the same time",
                    Self.advice(on: item, volume)
                )
            }
        }
    }

    /// A secret's value belongs to the project, so env files that bring one must agree.
    private func checkSealed() {
        var first: [String: (service: ServiceName, value: Secret)] = [:]
        for service in services {
            for (name, value) in service.sealed.sorted(by: { $0.key < $1.key }) {
                guard let other = first[name] else {
                    first[name] = (service.spec.name, value)
                    continue
                }
                guard other.value != value else { continue }
                service.section.reportConflict(
                    "secrets",
                    "the env files of \(other.service) and \(service.spec.name) have different values of \(name)",
                    "Give one of the two secrets another name; a project has one value by each name."
                )
            }
        }
    }
}
