import TealCore

/// Ports and routes.
extension ServiceTranslation {
    /// The port of requests is the proxy's, also where it is published; all others lead into the container.
    mutating func translatePorts() {
        if takesTraffic { translateRoutes() } else { spec.port = steering.port }
        for (index, port) in service.ports.enumerated() {
            let key = path("ports", "[\(index)]")
            var place = PublishedPlace(port, everywhere: steering.publishesEverywhere)
            if surroundings.isDevelopment { place = place.atLoopback }
            guard let why = reasonForContainer(port, place) else {
                take(place, index, key)
                continue
            }
            lead(port, place, why, key)
        }
        spec.hostPorts = taken.isEmpty ? nil : Array(Set(taken.map(\.port))).sorted()
    }

    private mutating func translateRoutes() {
        let traefik = surroundings.traefik[service.name]
        let domains = surroundings.domains[service.name]
        let fromLabels = traefik.flatMap { $0.routes.isEmpty ? nil : $0.routes } ?? domains?.routes ?? []
        spec.port = steering.port ?? traefik?.port ?? domains?.port ?? guessedPort()
        let routes = steering.routes.isEmpty ? fromLabels : steering.routes
        if steering.routes.isEmpty, traefik?.routes.isEmpty ?? true, let domains, !domains.read.isEmpty {
            assumed.append("\(name): found as its labels \(Phrase.all(domains.read)) say")
        }
        // Other names of it inside the project lead to the proxy, which must know them.
        let names = surroundings.otherNames(service.name)
        spec.routes = routes
        if !names.isEmpty { spec.routes.append(Route(hosts: names.map { $0.lowercased() }, internalOnly: true)) }
    }

    /// Where a port is published, as it is written.
    private struct PublishedPlace {
        /// Nil where no address is written.
        private(set) var asked: String?
        private(set) var address: String
        /// Of a range the first; nil for one that the Engine chooses.
        let number: Int?
        /// As it is written.
        let text: String

        init(_ port: ComposePort, everywhere: Bool) {
            let written = port.published.flatMap { $0.isEmpty ? nil : $0 }
            number = written.flatMap { $0.split(separator: "-").first }.flatMap { Int($0) }
            text = written ?? ""
            asked = port.hostAddress.flatMap { $0.isEmpty ? nil : $0 }
            address = asked ?? (everywhere ? "0.0.0.0" : "127.0.0.1")
        }

        /// The same, where only this machine comes to it.
        var atLoopback: Self {
            var place = self
            let own = HostPort(address: address, port: 1)
            if !own.isLoopback { (place.asked, place.address) = (nil, own.isIPv6 ? "::1" : "127.0.0.1") }
            return place
        }
    }

    /// Why a port leads into the container; nil for one that the proxy takes over.
    private func reasonForContainer(_ port: ComposePort, _ place: PublishedPlace) -> String? {
        if surroundings.isDevelopment { return "is as Compose has it while the service is worked on" }
        let transport = port.transport ?? "tcp"
        if transport != "tcp" { return "is \(transport.uppercased())" }
        if let name = KnownProtocol.name(of: port, published: place.number) { return "is \(name)" }
        guard takesTraffic else { return "may be anything, since nothing says that \(service.name) takes requests" }
        guard port.target == spec.port else { return "is not that of its requests" }
        if port.mode == "host" { return "is published with `mode: host`" }
        if written.network.mode != nil { return "is its own in that network" }
        return nil
    }

    // MARK: To the proxy

    private mutating func take(_ place: PublishedPlace, _ index: Int, _ key: NodePath) {
        guard let number = place.number else {
            notes[key] = .differently("no port of the host is chosen for it: requests come in at the proxy's own port")
            return
        }
        let port = HostPort(address: place.address, port: number)
        taken.append(TakenPort(port, index: index))
        let open =
            place.asked == nil && !steering.publishesEverywhere
            ? ", at 127.0.0.1 alone; write an address, or `publish: everywhere`, to open it further" : ""
        notes[key] = .differently(
            "the proxy listens there, and leads every request to the release that is active" + open
        )
        if place.text.contains("-") {
            assumed.append("\(name): of the ports \(place.text) of the host the first, \(number)")
        }
        if !open.isEmpty {
            assumed.append(
                "\(name): port \(number) of the host, which the proxy takes over, is open at 127.0.0.1 alone; for other hosts "
                    + "write an address before it, or `publish: everywhere`"
            )
        }
    }

    // MARK: Into the container

    private mutating func lead(_ port: ComposePort, _ place: PublishedPlace, _ why: String, _ key: NodePath) {
        let own = WrittenPort(
            hostAddress: place.address,
            hostPort: place.number,
            containerPort: port.target,
            transport: port.transport ?? "tcp"
        )
        written.network.ports.append(own)
        if place.number != nil, spec.replicas > 1 {
            report(
                .conflict,
                key,
                "`\(service.name)` has \(spec.replicas) replicas, and one alone can have port \(place.text) of the host",
                "Leave the port of the host out, or run one replica."
            )
        }
        warnOfPort(own, isAsked: place.asked != nil || steering.publishesEverywhere)
        if place.number != nil {
            alone.append(
                "both would need port \(place.text) of the host, which \(why) and which the proxy does not take over"
            )
        }
        if place.asked == nil, !steering.publishesEverywhere {
            notes[key] = .differently(
                "open at 127.0.0.1 alone, since Docker's rules go round a firewall; write an address to open it further"
            )
        } else {
            notes[key] = .honoured
        }
    }

    private mutating func warnOfPort(_ port: WrittenPort, isAsked: Bool) {
        guard let number = port.hostPort, !surroundings.isDevelopment else { return }
        if !isAsked {
            warnings.append(
                """
                \(name): port \(number) of the host is open at 127.0.0.1 alone, since Docker's rules go round a firewall such as \
                ufw; for other hosts write an address before it, or `publish: everywhere`
                """
            )
        } else if !port.hostAddress.hasPrefix("127."), port.hostAddress != "::1" {
            warnings.append(
                """
                \(name): port \(number) of the host is open to other hosts at \(port.hostAddress), whatever a firewall such as \
                ufw says, since Docker's rules go round it
                """
            )
        }
    }

    /// The only port that could take requests.
    private func guessedPort() -> Int? {
        let published = service.ports.filter { ($0.transport ?? "tcp") == "tcp" }.map(\.target)
        let exposed = service.exposed.compactMap { Int($0.split(separator: "/").first ?? "") }
        let candidates = Set(published.isEmpty ? exposed : published)
        if candidates.count == 1 { return candidates.first }
        if !steering.takesTraffic, let first = surroundings.openPorts(service.name).first { return first }
        guard candidates.count > 1 else { return nil }
        report(
            .missing,
            path("x-teal", "port"),
            "`\(service.name)` takes requests, and could at \(Phrase.oneOf(candidates.sorted().map { "\($0)" }))",
            "Write `port: \(candidates.min() ?? 80)` at the service in teal.yml, or in its `x-teal`."
        )
        return candidates.min()
    }
}
