import ArgumentParser
import TealCore

/// Where an nginx is that moves the traffic.
struct NginxOptions: ParsableArguments {
    @Option(
        help: .init("With nginx: its program (default: /usr/sbin/nginx).", valueName: "path"),
        completion: .file()
    )
    var nginx: String?
    @Option(
        help: .init("With nginx: the file it was started with (default: /etc/nginx/nginx.conf).", valueName: "path"),
        completion: .file()
    )
    var nginxConf: String?
    @Option(
        help: .init(
            "With nginx: where its master process writes its number (default: /run/nginx.pid).",
            valueName: "path"
        ),
        completion: .file()
    )
    var nginxPid: String?
    @Option(
        help: .init(
            "With nginx: Teal's own file, which the configuration includes inside `http` (default: /etc/nginx/conf.d/teal.conf).",
            valueName: "path"
        ),
        completion: .file()
    )
    var nginxInclude: String?
    @Option(
        help: .init(
            "With nginx: where it notes requests for Teal (default: /var/log/nginx/teal.log).",
            valueName: "path"
        ),
        completion: .file()
    )
    var nginxLog: String?
    @Option(
        help: .init(
            "With nginx: a loopback address at which it says which table it follows (default: 127.0.0.1:7079).",
            valueName: "address:port"
        )
    )
    var nginxStatus: String?
    @Option(
        help: .init(
            "With nginx: a plain address of a site, for Teal's own requests through the public route.",
            valueName: "address:port"
        )
    )
    var nginxProbe: String?
    @Option(
        help: .init(
            "With nginx: the site of a service in which Teal rewrites the one line that leads to it; may be repeated.",
            valueName: "project/service=path"
        )
    )
    var nginxSite: [String] = []

    /// Everything that is wrong with what was given, one line each.
    ///
    /// - Parameter kind: What is to move the traffic.
    /// - Returns: Nothing where all can be meant.
    func complaints(for kind: SwitchKind) -> [String] {
        let paths = [
            ("--nginx", nginx), ("--nginx-conf", nginxConf), ("--nginx-pid", nginxPid),
            ("--nginx-include", nginxInclude), ("--nginx-log", nginxLog),
        ]
        let given =
            paths.compactMap { $1 == nil ? nil : $0 } + (nginxStatus == nil ? [] : ["--nginx-status"])
            + (nginxProbe == nil ? [] : ["--nginx-probe"]) + (nginxSite.isEmpty ? [] : ["--nginx-site"])
        if kind != .nginx {
            return given.isEmpty ? [] : ["\(given.joined(separator: ", ")): only with `--switch nginx`."]
        }
        var lines = paths.compactMap { name, path in
            path.flatMap { $0.hasPrefix("/") ? nil : "\(name): '\($0)' is no absolute path." }
        }
        if let nginxStatus {
            if let endpoint = Self.endpoint(nginxStatus) {
                if !endpoint.address.hasPrefix("127."), endpoint.address != "::1" {
                    lines.append(
                        "--nginx-status: '\(nginxStatus)' is no address of this host's loopback, such as 127.0.0.1:7079."
                    )
                }
            } else {
                lines.append("--nginx-status: '\(nginxStatus)' is not an address with a port, such as 127.0.0.1:7079.")
            }
        }
        if let nginxProbe, Self.endpoint(nginxProbe) == nil {
            lines.append("--nginx-probe: '\(nginxProbe)' is not an address with a port, such as 127.0.0.1:7081.")
        }
        var services: Set<ServiceKey> = []
        for text in nginxSite {
            guard let (service, _) = Self.site(text) else {
                lines.append(
                    "--nginx-site: '\(text)' does not name a service and a file, such as shop/web=/etc/nginx/sites-available/shop."
                )
                continue
            }
            if !services.insert(service).inserted { lines.append("--nginx-site: \(service) is given twice.") }
        }
        return lines
    }

    /// What was given, of which ``complaints(for:)`` has nothing to say.
    var places: NginxPlaces {
        var places = NginxPlaces()
        places.program = nginx
        places.configuration = nginxConf
        places.pidFile = nginxPid
        places.include = nginxInclude
        places.log = nginxLog
        places.status = nginxStatus.flatMap(Self.endpoint)
        places.probe = nginxProbe.flatMap(Self.endpoint)
        places.sites = Dictionary(nginxSite.compactMap(Self.site)) { first, _ in first }
        return places
    }

    /// An address of IPv4 or, in brackets, of IPv6, with a port; names are not looked up.
    private static func endpoint(_ text: String) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let address = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        let isIPv4 =
            address.split(separator: ".", omittingEmptySubsequences: false).count == 4
            && address.split(separator: ".").allSatisfy { UInt8($0) != nil }
        let isIPv6 = address.contains(":") && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        guard isBracketed ? isIPv6 : isIPv4 else { return nil }
        return Endpoint(address: address, port: port)
    }

    private static func site(_ text: String) -> (ServiceKey, String)? {
        let halves = text.split(separator: "=", maxSplits: 1)
        guard halves.count == 2, halves[1].hasPrefix("/") else { return nil }
        let names = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        // What is wrong with a name is said by the example.
        guard names.count == 2, let project = try? ProjectName(parsing: String(names[0])),
            let service = try? ServiceName(parsing: String(names[1]))
        else { return nil }
        return (ServiceKey(project: project, service: service), String(halves[1]))
    }
}
